import { request } from '../../doctor/check.ts'

/** Cloudflare's API below an account: https://developers.cloudflare.com/api/ */
export interface CloudflareApi {
  /** Returns the result of a GET. Throws Cloudflare's own message when it refuses. */
  get<T>(path: string): Promise<T>
  /** The same for a question that needs a body. */
  post<T>(path: string, body: object): Promise<T>
  /** The accounts that the token may list. */
  accounts<T>(): Promise<readonly T[]>
  /** The zones with this name that the token sees. */
  zones<T>(name: string): Promise<readonly T[]>
}

interface Envelope<T> {
  readonly success: boolean
  readonly errors?: readonly { readonly message: string }[]
  readonly result: T
}

export function createCloudflareApi(options: {
  readonly apiUrl: string
  readonly accountId: string
  readonly token: string
}): CloudflareApi {
  const { apiUrl, accountId, token } = options
  async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const response = await request(`${apiUrl}${path}`, { ...init, headers })
    const { success, errors = [], result }: Envelope<T> = await response.json()
    if (success) return result
    const reasons = errors.map(({ message }) => message).join('; ')
    throw new Error(`Cloudflare refuses ${path}: ${response.status} ${reasons}`)
  }
  return {
    get: (path) => call(`/accounts/${accountId}${path}`),
    post: (path, body) => call(`/accounts/${accountId}${path}`, { method: 'POST', body: JSON.stringify(body) }),
    accounts: () => call('/accounts?per_page=50'),
    zones: (name) => call(`/zones?name=${name}`),
  }
}

import { request } from '../../doctor/check.ts'

/** Cloudflare's API below an account: https://developers.cloudflare.com/api/ */
export interface CloudflareApi {
  /** Returns the result of a GET. Throws Cloudflare's own message when it refuses. */
  get<T>(path: string): Promise<T>
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
  return {
    async get<T>(path: string) {
      const response = await request(`${apiUrl}/accounts/${accountId}${path}`, {
        headers: { Authorization: `Bearer ${token}` },
      })
      const { success, errors = [], result }: Envelope<T> = await response.json()
      if (success) return result
      throw new Error(
        `Cloudflare refuses ${path}: ${response.status} ${errors.map(({ message }) => message).join('; ')}`,
      )
    },
  }
}

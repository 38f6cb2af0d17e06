import type { TokenCredential } from '@azure/identity'
import { request } from '../../doctor/check.ts'

const MANAGEMENT = 'https://management.azure.com'

/** Azure's management API: https://learn.microsoft.com/rest/api/azure/ */
export interface ManagementApi {
  /** The answer about a path, or `undefined` if the resource does not exist. Throws Azure's own message. */
  get<T extends object>(path: string, apiVersion: string): Promise<T | undefined>
  /** The same for a question that needs a body. */
  post<T extends object>(path: string, apiVersion: string, body: object): Promise<T | undefined>
}

interface Failure {
  readonly error?: { readonly message?: string }
}

export function createManagementApi(identity: Pick<TokenCredential, 'getToken'>, url = MANAGEMENT): ManagementApi {
  async function call<T extends object>(path: string, apiVersion: string, init: RequestInit): Promise<T | undefined> {
    const { token } = (await identity.getToken(`${MANAGEMENT}/.default`)) ?? {}
    const separator = path.includes('?') ? '&' : '?'
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const response = await request(`${url}${path}${separator}api-version=${apiVersion}`, { ...init, headers })
    if (response.status === 404) return undefined
    const body: T & Failure = await response.json()
    if (!response.ok) throw new Error(`Azure does not show ${path}: ${response.status} ${body.error?.message ?? ''}`)
    return body
  }
  return {
    get: (path, apiVersion) => call(path, apiVersion, {}),
    post: (path, apiVersion, body) => call(path, apiVersion, { method: 'POST', body: JSON.stringify(body) }),
  }
}

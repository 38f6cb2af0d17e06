import type { TokenCredential } from '@azure/identity'
import { request } from '../../doctor/check.ts'

const MANAGEMENT = 'https://management.azure.com'

/** Azure's management API: https://learn.microsoft.com/rest/api/azure/ */
export interface ManagementApi {
  /** The answer about a path, or `undefined` if the resource does not exist. Throws Azure's own message. */
  get<T extends object>(path: string, apiVersion: string): Promise<T | undefined>
}

interface Failure {
  readonly error?: { readonly message?: string }
}

export function createManagementApi(identity: Pick<TokenCredential, 'getToken'>, url = MANAGEMENT): ManagementApi {
  return {
    async get<T extends object>(path: string, apiVersion: string) {
      const { token } = (await identity.getToken(`${MANAGEMENT}/.default`)) ?? {}
      const separator = path.includes('?') ? '&' : '?'
      const response = await request(`${url}${path}${separator}api-version=${apiVersion}`, {
        headers: { Authorization: `Bearer ${token}` },
      })
      if (response.status === 404) return undefined
      const body: T & Failure = await response.json()
      if (!response.ok) throw new Error(`Azure does not show ${path}: ${response.status} ${body.error?.message ?? ''}`)
      return body
    },
  }
}

import type { TokenCredential } from '@azure/identity'
import { request } from '../../doctor/check.ts'
import type { StoredToken } from '../token-check.ts'

const API_VERSION = '7.4'

/** Where a secret is. `url` replaces the vault's own address. */
export interface VaultSecret {
  readonly vault: string
  readonly name: string
  readonly url?: string
}

type Identity = Pick<TokenCredential, 'getToken'>

/** Writes a new version of the secret: https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret */
export async function writeSecret(identity: Identity, secret: VaultSecret, value: string): Promise<void> {
  const response = await call(identity, secret, { method: 'PUT', body: JSON.stringify({ value }) })
  if (!response.ok) throw await refusal(secret, response)
}

/** The secret's value, or why it cannot be read. */
export async function readVaultSecret(identity: Identity, secret: VaultSecret): Promise<StoredToken> {
  const response = await call(identity, secret, {})
  if (response.status === 404) return { state: 'missing' }
  if (response.status === 403) return { state: 'unreadable' }
  if (!response.ok) throw await refusal(secret, response)
  const { value }: { readonly value: string } = await response.json()
  return { state: 'stored', token: value.trim() }
}

async function call(identity: Identity, { vault, name, url }: VaultSecret, init: RequestInit): Promise<Response> {
  const { token } = (await identity.getToken('https://vault.azure.net/.default')) ?? {}
  const address = `${url ?? `https://${vault}.vault.azure.net`}/secrets/${name}?api-version=${API_VERSION}`
  return request(address, {
    ...init,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
  })
}

async function refusal({ vault, name }: VaultSecret, response: Response): Promise<Error> {
  const { error }: { readonly error?: { readonly message?: string } } = await response.json()
  return new Error(
    `The key vault ${vault} refuses the secret ${name}: ${response.status} ${error?.message ?? ''} The role Key Vault Secrets Officer is needed.`,
  )
}

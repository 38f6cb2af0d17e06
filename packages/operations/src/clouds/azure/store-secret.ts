import type { EnvVars } from '../cloud-access.ts'
import { personalIdentity } from './identity.ts'
import { writeSecret } from './vault.ts'

/**
 * Writes a new version of the secret to the key vault, with the operator's sign-in. KEY_VAULT_URL replaces the vault's
 * address.
 */
export function storeAzureSecret(vault: string, name: string, value: string, env: EnvVars): Promise<void> {
  return writeSecret(
    personalIdentity(),
    { vault, name, ...(env['KEY_VAULT_URL'] && { url: env['KEY_VAULT_URL'] }) },
    value,
  )
}

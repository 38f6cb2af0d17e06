import { isObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'
import { unknownServiceToken } from './token-header.ts'
import { whoami } from './whoami.ts'

/** Returns for example `CKAN 2.11.6`. Throws the reason when CKAN does not answer. */
export async function checkCkan(client: CkanClient): Promise<string> {
  const { result } = await client.call('status_show', {}, undefined, { retry: true })
  const version = isObject(result) ? result['ckan_version'] : undefined
  return typeof version === 'string' && version !== '' ? `CKAN ${version}` : 'CKAN, which hides its version'
}

/**
 * Describes the permissions of the service token. Does not name its user, because everyone can read this at the
 * gateway. Throws `TokenInvalidError` when CKAN does not know the token.
 */
export async function checkToken(client: CkanClient, token: string): Promise<string> {
  if (await isSysadmin(client, token)) return "the service token is a sysadmin's"
  return "the service token is not a sysadmin's: uploads are linked only where its user may update the dataset"
}

/**
 * Whether the token belongs to a sysadmin. CKAN hides nothing from sysadmins, so only for them a 404 proves that
 * something does not exist. Throws `TokenInvalidError` when CKAN does not know the token.
 */
export async function isSysadmin(client: CkanClient, token: string): Promise<boolean> {
  const caller = await whoami(client, token)
  if (caller === undefined) throw await unknownServiceToken(client, token)
  return caller.sysadmin
}

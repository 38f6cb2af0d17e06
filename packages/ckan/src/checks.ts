import { isObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'
import { unknownServiceToken } from './token-header.ts'
import { whoami } from './whoami.ts'

/** `CKAN 2.11.6`, when CKAN answers; throws the reason when it doesn't. */
export async function checkCkan(client: CkanClient): Promise<string> {
  const { result } = await client.call('status_show', {}, undefined, { retry: true })
  const version = isObject(result) ? result['ckan_version'] : undefined
  return typeof version === 'string' && version !== '' ? `CKAN ${version}` : 'CKAN, which hides its version'
}

/** What the service token may do, without whose it is: anybody may ask the gateway. Throws `TokenInvalidError` for a token that CKAN doesn't know. */
export async function checkToken(client: CkanClient, token: string): Promise<string> {
  if (await isSysadmin(client, token)) return "the service token is a sysadmin's"
  return "the service token is not a sysadmin's: uploads are linked only where its user may update the dataset"
}

/** Whether the token is a sysadmin's, to whom CKAN hides nothing: only then 404 says that something isn't there. Throws `TokenInvalidError` for one that CKAN doesn't know. */
export async function isSysadmin(client: CkanClient, token: string): Promise<boolean> {
  const caller = await whoami(client, token)
  if (caller === undefined) throw await unknownServiceToken(client, token)
  return caller.sysadmin
}

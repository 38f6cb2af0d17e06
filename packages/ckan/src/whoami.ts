import { type Caller, NotAllowedError, NotFoundError, UnavailableError } from '@ckan-uplink/core'
import { bareToken, isObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'

/** The user of a token; `undefined` when CKAN does not know the token. CKAN answers this since 2.10. */
export async function whoami(
  client: CkanClient,
  token: string,
  tokenHeader = client.tokenHeader,
): Promise<Caller | undefined> {
  if (bareToken(token) === '') return undefined
  try {
    const { result } = await client.call('user_show', {}, token, { retry: true, tokenHeader })
    return toCaller(result)
  } catch (thrown) {
    if (thrown instanceof NotFoundError || thrown instanceof NotAllowedError) return undefined
    throw thrown
  }
}

function toCaller(user: unknown): Caller {
  if (isObject(user) && typeof user['id'] === 'string' && typeof user['name'] === 'string') {
    return { id: user['id'], name: user['name'], sysadmin: user['sysadmin'] === true }
  }
  throw new UnavailableError(
    'CKAN answered user_show without the id and name of a user: check that CKAN_URL is the address of a CKAN.',
  )
}

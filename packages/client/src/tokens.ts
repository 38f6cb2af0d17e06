import { messageOf } from '@ckan-uplink/core'
import type { Act } from './actions.ts'

/** An API token as CKAN lists it, without the secret. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly created_at: string
  readonly last_access: string | null
}

/** The result of revoking one token. */
export interface Revocation {
  readonly id: string
  readonly revoked: boolean
  /** Why the token was not revoked. */
  readonly reason?: string
}

export interface Tokens {
  /** The tokens of a user, by name or id. A sysadmin may list every user's tokens, others only their own. */
  list(user: string): Promise<readonly Token[]>
  /** Creates a token and returns it. CKAN shows it only once. */
  create(user: string, name: string): Promise<string>
  /** Revokes tokens by id, one after another. A failure does not stop the rest. */
  revoke(ids: Iterable<string>): Promise<readonly Revocation[]>
}

export function createTokens(act: Act): Tokens {
  return {
    // CKAN 2.9 reads `user`; later versions accept both.
    list: (user) => act<readonly Token[]>('api_token_list', { user_id: user, user }),
    create: async (user, name) => (await act<{ readonly token: string }>('api_token_create', { user, name })).token,
    async revoke(ids) {
      const revocations: Revocation[] = []
      for (const id of ids) revocations.push(await revokeOne(act, id))
      return revocations
    },
  }
}

/** Revoking twice does no harm, so the call may be retried. */
async function revokeOne(act: Act, id: string): Promise<Revocation> {
  try {
    await act('api_token_revoke', { jti: id }, { retry: true })
    return { id, revoked: true }
  } catch (thrown) {
    return { id, revoked: false, reason: messageOf(thrown) }
  }
}

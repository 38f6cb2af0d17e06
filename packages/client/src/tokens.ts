import { messageOf, NotAllowedError, NotFoundError } from '@ckan-uplink/core'
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
  /** The tokens of a user, by name or id. Default: the caller. Only a sysadmin may list the tokens of other users. */
  list(user?: string): Promise<readonly Token[]>
  /** Creates a token for a user, by default for the caller, and returns it. CKAN shows it only once. */
  create(...names: readonly [name: string] | readonly [user: string, name: string]): Promise<string>
  /** Revokes tokens by id, one after another. A failure does not stop the rest. */
  revoke(ids: Iterable<string>): Promise<readonly Revocation[]>
}

export function createTokens(act: Act): Tokens {
  return {
    async list(user) {
      const name = user ?? (await callerName(act))
      // CKAN 2.9 reads `user`; later versions accept both.
      return act<readonly Token[]>('api_token_list', { user_id: name, user: name })
    },
    async create(...names) {
      const [user, name] = names.length === 2 ? names : [await callerName(act), ...names]
      return (await act<{ readonly token: string }>('api_token_create', { user, name })).token
    },
    async revoke(ids) {
      const revocations: Revocation[] = []
      for (const id of ids) revocations.push(await revokeOne(act, id))
      return revocations
    },
  }
}

async function callerName(act: Act): Promise<string> {
  try {
    return (await act<{ readonly name: string }>('user_show')).name
  } catch (cause) {
    if (!(cause instanceof NotFoundError)) throw cause
    throw new NotAllowedError('CKAN does not know the token: it was revoked, has expired or is mistyped.', { cause })
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

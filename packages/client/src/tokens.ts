import { messageOf } from '@ckan-uplink/core'
import type { Act } from './actions.ts'

/** An API token as CKAN shows it: never the token itself. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly created_at: string
  readonly last_access: string | null
}

/** What became of one token that was to be revoked. */
export interface Revocation {
  readonly id: string
  readonly revoked: boolean
  /** Why it wasn't. */
  readonly reason?: string
}

export interface Tokens {
  /** Those of a user, by name or id: one's own, or anybody's for a sysadmin. */
  list(user: string): Promise<readonly Token[]>
  /** The token itself, which CKAN shows this once. */
  create(user: string, name: string): Promise<string>
  /** By their ids, one after another; one that can't be revoked doesn't keep the others. */
  revoke(ids: Iterable<string>): Promise<readonly Revocation[]>
}

export function createTokens(act: Act): Tokens {
  return {
    // CKAN 2.9 knows the user as `user`, and later ones let both pass.
    list: (user) => act<readonly Token[]>('api_token_list', { user_id: user, user }),
    create: async (user, name) => (await act<{ readonly token: string }>('api_token_create', { user, name })).token,
    async revoke(ids) {
      const revocations: Revocation[] = []
      for (const id of ids) revocations.push(await revokeOne(act, id))
      return revocations
    },
  }
}

/** Harmless twice, so it may be asked again. */
async function revokeOne(act: Act, id: string): Promise<Revocation> {
  try {
    await act('api_token_revoke', { jti: id }, { retry: true })
    return { id, revoked: true }
  } catch (thrown) {
    return { id, revoked: false, reason: messageOf(thrown) }
  }
}

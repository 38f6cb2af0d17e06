import { NotAllowedError } from '@ckan-uplink/core'
import type { GatewayDeps } from '../deps.ts'
import type { KnownCaller } from '../http/caller.ts'
import { type RateLimit, tooManyRequests } from '../http/rate-limits.ts'
import { findLinkOf, type UploadLink } from './upload-link.ts'

/** The caller who has the secret of a link. Throws `NotAllowedError`, and 429 for too many requests by one link. */
export type OpenLink = (token: string) => Promise<KnownCaller>

/** Asks the bucket each time, so that a link that somebody revokes ends at once. CKAN is asked nothing. */
export function createOpenLink({ settings, store, clock }: GatewayDeps, perUser: RateLimit): OpenLink {
  return async (token) => {
    if (!settings.uploadLinks) throw new NotAllowedError('This gateway takes no files by upload links.')
    const link = await findLinkOf(store, token)
    if (link === undefined) throw new NotAllowedError('This is no upload link. Check that the address is complete.')
    const over = endReasonOf(link, clock.now())
    if (over !== undefined) throw new NotAllowedError(`This upload link ${over}. Ask the sender for a new one.`)
    const [id, name] = [`link-${link.id}`, `link ${link.id}`]
    if (!(await perUser.admits(id))) throw tooManyRequests('This upload link has sent')
    return { id, name, sysadmin: false, token: '', link }
  }
}

/** Why the link no longer works. */
export function endReasonOf({ revoked, expires_at }: UploadLink, now: Date): string | undefined {
  if (revoked !== undefined) return 'was revoked'
  return Date.parse(expires_at) <= now.getTime() ? 'has expired' : undefined
}

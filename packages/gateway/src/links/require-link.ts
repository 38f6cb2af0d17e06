import { NotAllowedError } from '@ckan-uplink/core'
import type { KnownCaller } from '../http/caller.ts'
import type { UploadLink } from './upload-link.ts'

/** The link of a caller. Throws `NotAllowedError` for a caller with a token, and for another link. */
export function requireLink({ link }: KnownCaller, id: string): UploadLink {
  if (link?.id === id) return link
  throw new NotAllowedError('This requires the secret of this upload link in the Authorization header.')
}

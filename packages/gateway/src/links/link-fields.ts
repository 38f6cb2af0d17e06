import * as v from 'valibot'
import { named } from '../http/named.ts'
import { time } from '../uploads/answers.ts'
import { endReasonOf } from './open-link.ts'
import type { UploadLink } from './upload-link.ts'

/** A link as people see it who may change its place. The secret is in no answer but the first. */
export const shownLink = named(
  'UploadLink',
  v.strictObject({
    id: v.string(),
    dataset: v.pipe(v.string(), v.description('The id of the dataset.')),
    resource: v.optional(v.pipe(v.string(), v.description('The resource whose file is replaced.'))),
    created_by: v.pipe(v.string(), v.description('The user whose right counts at each use.')),
    created_at: time,
    expires_at: time,
    max_files: v.number(),
    max_bytes: v.number(),
    files: v.pipe(v.number(), v.description('The uploads that have begun, cancelled ones included.')),
    bytes: v.pipe(v.number(), v.description('The sum of their sizes.')),
    note: v.optional(v.string()),
    publish: v.boolean(),
    state: v.pipe(v.picklist(['open', 'used', 'expired', 'revoked'])),
    revoked: v.optional(v.strictObject({ at: time, by: v.string() })),
  }),
)
export type ShownLink = v.InferOutput<typeof shownLink>

export function showLink(link: UploadLink, now: Date): ShownLink {
  const { version: _version, secret_hash: _hash, created_by_id: _id, ...shown } = link
  return { ...shown, state: stateOf(link, now) }
}

export function stateOf(link: UploadLink, now: Date): ShownLink['state'] {
  if (link.revoked) return 'revoked'
  if (endReasonOf(link, now) !== undefined) return 'expired'
  return link.files >= link.max_files || link.bytes >= link.max_bytes ? 'used' : 'open'
}

import type { Resource } from '@ckan-uplink/core'
import { isSameUrl } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { refusal } from '../http/validate.ts'

/** What a resource shows, in the words of CKAN. */
export const replaced = v.pipe(
  v.object({
    url: v.string('Must be a string'),
    last_modified: v.optional(v.nullable(v.string('Must be a string'))),
  }),
  v.description(
    'The `url` and `last_modified` that CKAN shows for the resource. The file is linked only if both are still the same. Default: the file replaces what CKAN shows now, and any earlier upload.',
  ),
)

export type Replaced = v.InferOutput<typeof replaced>

/** Throws `RefusedError` unless the resource still shows it. */
export function checkReplaced(
  { url, lastModified }: Pick<Resource, 'url' | 'lastModified'>,
  expected?: Replaced,
): void {
  if (expected === undefined) return
  if (isSameUrl(expected.url, url) && (expected.last_modified ?? null) === lastModified) return
  throw refusal({ replaces: ['CKAN shows another file or URL for this resource now: read the resource again'] })
}

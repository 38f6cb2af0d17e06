import type { Resource } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { UrlSettings } from '../uploads/linked-url.ts'
import { mentionOf, mentionsIn, parseOwnUrl } from '../uploads/own-url.ts'
import type { OperationDeps } from './operation-deps.ts'

/** By how much CKAN's clock may be behind, and its search index late. */
const SLACK_MS = 600_000

export interface References {
  /** Whether the URL of another resource leads to the object of this key, as in a dataset that was copied. */
  readonly isReferencedElsewhere: (upload: UploadKey) => boolean
  /** Whether any resource points to a file of its own. */
  readonly hasOwnFiles: boolean
}

/**
 * Asks all datasets, or those that were changed since a time by this machine's clock, who points to what isn't their own; that is
 * little, and held in memory. Throws as the lister does, and `NotAllowedError` where CKAN hides datasets from the token.
 */
export async function findReferences(
  { settings, lister }: Pick<OperationDeps, 'settings' | 'lister'>,
  since?: Date,
): Promise<References> {
  const mentions = new Set<string>()
  let hasOwnFiles = false
  const changed = since && { since: new Date(since.getTime() - SLACK_MS) }
  for await (const { resources } of lister.datasets({ ...changed, complete: true })) {
    const others = resources.filter((resource) => !leadsToOwn(settings, resource))
    hasOwnFiles ||= others.length < resources.length
    for (const mention of others.flatMap(({ id, url }) =>
      mentionsIn(settings, url).filter((mention) => mention !== id),
    ))
      mentions.add(mention)
  }
  return { isReferencedElsewhere: (upload) => mentions.has(mentionOf(upload)), hasOwnFiles }
}

function leadsToOwn(settings: UrlSettings, { id, url }: Resource): boolean {
  const upload = parseOwnUrl(settings, url)?.upload
  return upload?.kind === 'resource' && upload.resourceId === id
}

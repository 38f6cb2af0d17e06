import type { Resource } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { UrlSettings } from '../uploads/linked-url.ts'
import { mentionOf, mentionsIn, parseOwnUrl } from '../uploads/own-url.ts'
import type { OperationDeps } from './operation-deps.ts'

/** How far CKAN's clock may be behind, and how late its search index may be. */
const SLACK_MS = 600_000

export interface References {
  /** Whether the URL of another resource leads to this object, for example in a copy of a dataset. */
  readonly isReferencedElsewhere: (upload: UploadKey) => boolean
  /** Whether at least one resource points to its own file. */
  readonly hasOwnFiles: boolean
}

/**
 * Finds all URLs that point to another resource's file. Reads all datasets, or only datasets that were changed since
 * `since` by this machine's clock. Such URLs are rare, so they are kept in memory. Throws when the lister does, and
 * `NotAllowedError` when CKAN hides datasets from the token.
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

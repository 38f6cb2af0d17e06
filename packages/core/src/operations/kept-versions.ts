import type { LinkDeps } from '../link/link.ts'
import { createRecentMap } from '../support/recent-map.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { buildKey, parseKey, type ResourceKey } from '../uploads/keys.ts'
import { readOwnRecord } from './own-record.ts'

/** Whether the settings keep a replaced file, however old it is. `shownId` is the upload that CKAN shows. */
export type IsKeptVersion = (upload: UploadKey, shownId: string) => Promise<boolean>

/** Objects come in the order of their keys, so only a few resources are needed at the same time. */
const MAX_REMEMBERED = 16

/**
 * Counts the earlier files of a resource from the newest on, as `resource_versions` lists them: files that were linked,
 * and not withdrawn. Reads each resource once, and nothing without `keepVersions`. Images have no versions.
 */
export function createKeptVersions(deps: Pick<LinkDeps, 'settings' | 'store'>): IsKeptVersion {
  const oldest = createRecentMap<Promise<string>>(MAX_REMEMBERED)
  return async (upload, shownId) => {
    if (deps.settings.keepVersions === undefined || upload.kind !== 'resource') return false
    const place = `${upload.resourceId} ${shownId}`
    const found = oldest.get(place) ?? oldestKept(deps, deps.settings.keepVersions, upload, shownId)
    oldest.set(place, found)
    return ageOf(upload) >= (await found)
  }
}

/** The upload id of the oldest file that is kept; empty when all are. */
async function oldestKept(
  { settings, store }: Pick<LinkDeps, 'settings' | 'store'>,
  count: number,
  { resourceId }: ResourceKey,
  shownId: string,
): Promise<string> {
  const files: Array<{ readonly key: string; readonly parsed: ResourceKey }> = []
  for await (const { key } of store.list(`${buildKey(settings.keyPrefix, { resourceId })}/`)) {
    const parsed = parseKey(settings.keyPrefix, key)
    if (parsed?.kind === 'resource' && parsed.uploadId !== shownId) files.push({ key, parsed })
  }
  if (files.length < count) return ''
  let left = count
  for (const { key, parsed } of files.reverse()) {
    const own = await readOwnRecord(store, key, parsed)
    if (own.kind === 'found' && own.stored.record.linked && !own.stored.record.withdrawn) left -= 1
    if (left === 0) return ageOf(parsed)
  }
  return ''
}

/** A file at a plain key is older than all files with upload ids. */
function ageOf({ uploadId }: ResourceKey): string {
  return uploadId ?? ''
}

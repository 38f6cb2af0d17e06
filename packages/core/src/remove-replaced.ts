import { messageOf } from './errors.ts'
import { parseKey, type ResourceKey } from './keys.ts'
import type { LinkDeps } from './link/link.ts'
import { parseLinkedUrl, versionOf } from './linked-url.ts'
import { readRecord, type UploadRecord } from './upload-record.ts'

const DAY_MS = 86_400_000

/**
 * Removes the file of an upload that a later one, `by`, has replaced for longer than the setting asks for, as long as that one's
 * own file is there. Looks at CKAN right before: what CKAN points to stays, also in a deleted dataset. Without the setting
 * everything stays. Throws nothing: what couldn't be removed is left to the next run.
 */
export async function removeReplaced(deps: LinkDeps, key: string, by: string): Promise<void> {
  const { settings, store, clock, logger } = deps
  const parsed = parseKey(settings.keyPrefix, key)
  if (settings.removeReplacedAfterDays === undefined || typeof parsed !== 'object') return
  try {
    const later = (await readRecord(store, by))?.record
    const isOld = clock.now().getTime() - Date.parse(later?.linked?.at ?? '') > settings.removeReplacedAfterDays * DAY_MS
    if (!later || !isOld || !(await isInPlaceOf(deps, parsed, later))) return
    await store.remove(key)
    logger.log('info', 'replaced_file_removed', { key, by })
  } catch (error) {
    logger.log('warn', 'replaced_file_left', { key, by, reason: messageOf(error) })
  }
}

/** Whether the later upload is one of this resource, with its file, and what CKAN shows. */
async function isInPlaceOf({ settings, store, catalog }: LinkDeps, { resourceId, uploadId }: ResourceKey, later: UploadRecord): Promise<boolean> {
  const object = later.entity.id === resourceId ? await store.head(later.key) : undefined
  if (object === undefined || uploadId === undefined || later.id <= uploadId) return false
  const version = await versionOf(object.etag)
  const datasetId = later.entity.dataset_id ?? (await catalog.findDataset(resourceId))
  const dataset = datasetId === undefined ? undefined : await catalog.readDataset(datasetId)
  const resource = dataset?.resources.find(({ id }) => id === resourceId)
  const shown = resource && parseLinkedUrl(settings, resource.url)
  return shown?.resourceId === resourceId && shown.uploadId === later.id && shown.version === version
}

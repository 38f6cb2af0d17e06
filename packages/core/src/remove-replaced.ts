import { messageOf } from './errors.ts'
import { parseKey, type ResourceKey } from './keys.ts'
import type { LinkDeps } from './link/link.ts'
import { parseLinkedUrl } from './linked-url.ts'
import { readRecord } from './upload-record.ts'

const DAY_MS = 86_400_000

/**
 * Removes the file of an upload that a later one, `by`, has replaced for longer than the setting asks for. Looks at CKAN right
 * before: what CKAN points to stays, also in a deleted dataset. Without the setting everything stays. Throws nothing: what
 * couldn't be removed is left to the next run.
 */
export async function removeReplaced(deps: LinkDeps, key: string, by: string): Promise<void> {
  const { settings, store, clock, logger } = deps
  const parsed = parseKey(settings.keyPrefix, key)
  if (settings.removeReplacedAfterDays === undefined || typeof parsed !== 'object') return
  try {
    const later = (await readRecord(store, by))?.record
    const isOld = clock.now().getTime() - Date.parse(later?.linked?.at ?? '') > settings.removeReplacedAfterDays * DAY_MS
    if (!isOld || !(await showsLater(deps, parsed, later?.entity.dataset_id))) return
    await store.remove(key)
    logger.log('info', 'replaced_file_removed', { key, by })
  } catch (error) {
    logger.log('warn', 'replaced_file_left', { key, by, reason: messageOf(error) })
  }
}

async function showsLater({ settings, catalog }: LinkDeps, { resourceId, uploadId }: ResourceKey, known: string | undefined): Promise<boolean> {
  const datasetId = known ?? (await catalog.findDataset(resourceId))
  const dataset = datasetId === undefined ? undefined : await catalog.readDataset(datasetId)
  const resource = dataset?.resources.find(({ id }) => id === resourceId)
  const shown = resource && parseLinkedUrl(settings, resource.url)
  return shown?.resourceId === resourceId && shown.uploadId !== undefined && uploadId !== undefined && shown.uploadId > uploadId
}

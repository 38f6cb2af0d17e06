import { messageOf } from '../errors.ts'
import { parseKey } from '../keys.ts'
import type { LinkDeps } from '../link/link.ts'
import type { StoredObject } from '../ports.ts'
import { readRecord } from '../upload-record.ts'
import { laterShown, readShown } from './shown-upload.ts'

export const DAY_MS = 86_400_000

/**
 * Removes the file of an upload that a later one, `by`, has replaced for longer than the setting asks for, as long as that one's
 * own file is there. Looks at CKAN right before: what CKAN points to stays, also in a deleted dataset. Without the setting
 * everything stays. Throws nothing: what couldn't be removed is left to the next run.
 */
export async function removeReplaced(deps: LinkDeps, object: StoredObject, by: string): Promise<void> {
  const { settings, store, clock, logger } = deps
  const { key } = object
  const parsed = parseKey(settings.keyPrefix, key)
  if (settings.removeReplacedAfterDays === undefined || typeof parsed !== 'object') return
  try {
    const later = (await readRecord(store, by))?.record
    const isOld = clock.now().getTime() - Date.parse(later?.linked?.at ?? '') > settings.removeReplacedAfterDays * DAY_MS
    if (!later || !isOld || (await laterShown(deps, parsed, object, await readShown(deps, parsed, later.entity.dataset_id))) !== by) return
    await store.remove(key)
    logger.log('info', 'replaced_file_removed', { key, by })
  } catch (error) {
    logger.log('warn', 'replaced_file_left', { key, by, reason: messageOf(error) })
  }
}

import { messageOf } from '../errors.ts'
import { parseKey } from '../keys.ts'
import type { LinkDeps } from '../link/link.ts'
import type { DatasetLister, StoredObject } from '../ports.ts'
import { once } from '../runtime.ts'
import { readRecord } from '../upload-record.ts'
import type { Finding } from './reconcile.ts'
import { laterShown, readShown } from './shown-upload.ts'
import { askWhoPoints } from './who-points.ts'

export const DAY_MS = 86_400_000

/** `by`: the later upload. `undefined`: the file stays. */
type RemoveReplaced = (object: StoredObject, by: string) => Promise<Finding | undefined>

/**
 * For one run: removes the file of an upload that a later one has replaced for longer than the setting asks for, as long as that one's
 * own file is there. What CKAN points to stays, also in a deleted dataset, and in a copy of one: all datasets are asked at the first
 * file that is old enough, and CKAN again right before each removal. Without the setting or a lister everything stays, and where the token isn't a
 * sysadmin's. Throws nothing: what couldn't be removed is left to the next run.
 */
export function createReplacedRemover(deps: LinkDeps, lister: DatasetLister | undefined): RemoveReplaced {
  const { settings, store, clock, logger } = deps
  const days = settings.removeReplacedAfterDays
  if (days === undefined || lister === undefined) return async () => undefined

  const askAll = once(async () => {
    const askedAt = clock.now()
    try {
      return { askedAt, all: await askWhoPoints({ settings, lister }) }
    } catch (error) {
      logger.log('warn', 'replaced_files_left', { reason: messageOf(error) })
      return undefined
    }
  })

  const isNeeded = async (object: StoredObject, by: string): Promise<boolean> => {
    const upload = parseKey(settings.keyPrefix, object.key)
    const later = (await readRecord(store, by))?.record
    if (typeof upload !== 'object' || later?.linked === undefined) return true
    const isOld = clock.now().getTime() - Date.parse(later.linked.at) > days * DAY_MS
    if (!isOld) return true
    const asked = await askAll()
    if (
      asked === undefined ||
      asked.all.isForeign(upload) ||
      (await askWhoPoints({ settings, lister }, asked.askedAt)).isForeign(upload)
    )
      return true
    return (await laterShown(deps, upload, object, await readShown(deps, upload, later.entity.dataset_id))) !== by
  }

  return async (object, by) => {
    const { key, size } = object
    try {
      if (await isNeeded(object, by)) return undefined
      await store.remove(key)
    } catch (error) {
      logger.log('warn', 'replaced_file_left', { key, by, reason: messageOf(error) })
      return undefined
    }
    logger.log('info', 'replaced_file_removed', { key, by })
    return { kind: 'removed', key, size, by }
  }
}

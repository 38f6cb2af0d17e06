import { messageOf } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import type { Outcome } from '../notifications/outcome.ts'
import { isParked } from '../notifications/park.ts'
import type { StoredObject } from '../ports/index.ts'
import { DAY_MS } from '../support/units.ts'
import { type UploadKey, uploadKeyOf } from '../uploads/image-keys.ts'
import { readRecord, type StoredRecord } from '../uploads/upload-record.ts'
import { neverLinkedReason } from './ended-upload.ts'
import type { Finding } from './finding.ts'
import { readOwnRecord } from './own-record.ts'
import { isReferencedElsewhere, type RemovalDeps } from './removal-deps.ts'
import { removeFromCkan } from './remove-from-ckan.ts'
import { removeWithdrawn } from './remove-withdrawn.ts'
import { laterShown, readShown } from './shown-upload.ts'
import { isRequestedBefore, removeUnneededFile } from './unneeded-files.ts'

/** Removes the object when nothing needs it, given the linker's outcome. `undefined` when the object stays. */
type Remove = (object: StoredObject, outcome: Outcome) => Promise<Finding | undefined>

/** One object that may no longer be needed. */
interface Suspect {
  readonly object: StoredObject
  readonly upload: UploadKey
  readonly stored: StoredRecord | undefined
  readonly outcome: Outcome
}

/** Returns the reason when it has removed the object. */
type Rule = (remover: RemovalDeps, suspect: Suspect) => Promise<string | undefined>

/**
 * Removes, during one run, files that were withdrawn, and files that were never linked or were replaced longer ago than
 * the settings say. Files that CKAN points to stay, also when a deleted dataset or a copy of a dataset points to them.
 * To know that, it reads all datasets before the first removal, and asks CKAN again right before each removal. Removes
 * nothing without `removal`, or when the token does not belong to a sysadmin. Never throws: the next run tries again.
 */
export function createFileRemover(deps: LinkDeps, removal: RemovalDeps | undefined): Remove {
  const { settings, store, logger } = deps
  if (removal === undefined) return async () => undefined

  const remove = async (object: StoredObject, outcome: Outcome): Promise<string | undefined> => {
    const upload = uploadKeyOf(settings.keyPrefix, object.key)
    if (upload === undefined) return undefined
    const own = await readOwnRecord(store, object.key, upload)
    if (own.kind === 'unreadable') return undefined
    const stored = own.kind === 'found' ? own.stored : undefined
    for (const rule of RULES) {
      const reason = await rule(removal, { object, upload, stored, outcome })
      if (reason !== undefined) return reason
    }
    return undefined
  }

  return async (object, outcome) => {
    if (!SUSPICIOUS.includes(outcome.kind)) return undefined
    const { key, size } = object
    try {
      const reason = await remove(object, outcome)
      if (reason === undefined) return undefined
      logger.log('info', 'file_removed', { key, reason })
      return { kind: 'removed', key, size, reason }
    } catch (error) {
      logger.log('warn', 'file_left', { key, reason: messageOf(error) })
      return undefined
    }
  }
}

/** With any other outcome the upload is linked, or may be linked later. */
const SUSPICIOUS: readonly Outcome['kind'][] = ['ignored', 'superseded', 'orphaned']

const removeUnlinked: Rule = async (remover, { object, upload, stored }) => {
  const { settings, clock } = remover
  const before = new Date(clock.now().getTime() - settings.removeUnlinkedAfterDays * DAY_MS)
  const reason = neverLinkedReason(stored?.record)
  if (reason === undefined || object.modifiedAt >= before || !isRequestedBefore(upload.uploadId, before))
    return undefined
  const asked = await remover.findAllReferences()
  if (asked === undefined || asked.all.isReferencedElsewhere(upload)) return undefined
  return (await removeUnneededFile(remover, { ...object, reason, foundAt: asked.askedAt })) ? reason : undefined
}

/** Removes a replaced file that `keepVersions` does not keep, and only while the file of the later upload exists. */
const removeReplaced: Rule = async (remover, { object, upload, stored, outcome }) => {
  const { settings, store, clock } = remover
  const days = settings.removeReplacedAfterDays
  if (days === undefined || outcome.kind !== 'superseded' || upload.kind !== 'resource') return undefined
  const later = (await readRecord(store, outcome.by))?.record
  if (later?.linked === undefined || clock.now().getTime() - Date.parse(later.linked.at) <= days * DAY_MS)
    return undefined
  if (await remover.isKeptVersion(upload, outcome.by)) return undefined
  if (await isReferencedElsewhere(remover, upload)) return undefined
  const shown = await readShown(remover, upload, later.entity.dataset_id)
  if ((await laterShown(remover, upload, object, shown)) !== outcome.by) return undefined
  if (await isParked(store, { bucket: settings.bucket, key: object.key })) return undefined
  if (!(await removeFromCkan(remover, stored?.record))) return undefined
  await store.remove(object.key)
  return `A later upload, ${outcome.by}, replaced it more than ${days} days ago.`
}

const RULES: readonly Rule[] = [
  async (remover, { upload, stored }) => stored && removeWithdrawn(remover, upload, stored),
  removeUnlinked,
  removeReplaced,
]

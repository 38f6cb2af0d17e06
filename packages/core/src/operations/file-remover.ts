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
import { isReferencedElsewhere, type RemovalDeps } from './removal-deps.ts'
import { removeWithdrawn } from './remove-withdrawn.ts'
import { laterShown, readShown } from './shown-upload.ts'
import { isAskedForBefore, readOwnRecord, removeUnneededFile } from './unneeded-files.ts'

/** Removes the object where nothing needs it, given what the linker made of it. `undefined`: it stays. */
type Remove = (object: StoredObject, outcome: Outcome) => Promise<Finding | undefined>

/** One object that may be of no use any more. */
interface Suspect {
  readonly object: StoredObject
  readonly upload: UploadKey
  readonly stored: StoredRecord | undefined
  readonly outcome: Outcome
}

/** Gives the reason of what it removed. */
type Rule = (remover: RemovalDeps, suspect: Suspect) => Promise<string | undefined>

/**
 * For one run: removes files that were withdrawn, that were never linked, or that a later upload has replaced, the latter two for as long as
 * the settings ask for. What CKAN points to stays, also in a deleted dataset, and in a copy of one: all datasets are asked at the first
 * file that is to go, and CKAN again right before each removal. Without `removal` everything stays, and where the token isn't a sysadmin's.
 * Throws nothing: what couldn't be removed is left to the next run.
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

/** All others are linked, or may be later. */
const SUSPICIOUS: readonly Outcome['kind'][] = ['ignored', 'superseded', 'orphaned']

const removeUnlinked: Rule = async (remover, { object, upload, stored }) => {
  const { settings, clock } = remover
  const before = new Date(clock.now().getTime() - settings.removeUnlinkedAfterDays * DAY_MS)
  const reason = neverLinkedReason(stored?.record)
  if (reason === undefined || object.modifiedAt >= before || !isAskedForBefore(upload.uploadId, before))
    return undefined
  const asked = await remover.findAllReferences()
  if (asked === undefined || asked.all.isReferencedElsewhere(upload)) return undefined
  return (await removeUnneededFile(remover, { ...object, reason, foundAt: asked.askedAt })) ? reason : undefined
}

/** As long as the later upload's own file is there. */
const removeReplaced: Rule = async (remover, { object, upload, outcome }) => {
  const { settings, store, clock } = remover
  const days = settings.removeReplacedAfterDays
  if (days === undefined || outcome.kind !== 'superseded' || upload.kind === 'image') return undefined
  const later = (await readRecord(store, outcome.by))?.record
  if (later?.linked === undefined || clock.now().getTime() - Date.parse(later.linked.at) <= days * DAY_MS)
    return undefined
  if (await isReferencedElsewhere(remover, upload)) return undefined
  const shown = await readShown(remover, upload, later.entity.dataset_id)
  if ((await laterShown(remover, upload, object, shown)) !== outcome.by) return undefined
  if (await isParked(store, { bucket: settings.bucket, key: object.key })) return undefined
  await store.remove(object.key)
  return `A later upload, ${outcome.by}, has long taken its place.`
}

const RULES: readonly Rule[] = [
  async (remover, { upload, stored }) => stored && removeWithdrawn(remover, upload, stored),
  removeUnlinked,
  removeReplaced,
]

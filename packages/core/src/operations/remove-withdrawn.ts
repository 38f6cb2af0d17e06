import { messageOf } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import { isStillWithdrawn, waitsForWithdrawal } from '../link/withdrawn-upload.ts'
import { type UploadKey, uploadKeyOf } from '../uploads/image-keys.ts'
import { mentionOf, mentionsIn } from '../uploads/own-url.ts'
import { updateRecord } from '../uploads/update-record.ts'
import type { StoredRecord, UploadRecord } from '../uploads/upload-record.ts'
import { ARRIVAL_MARGIN_MS } from './ended-upload.ts'
import type { Finding } from './finding.ts'
import { isReferencedElsewhere, type RemovalDeps } from './removal-deps.ts'
import { removeFromCkan } from './remove-from-ckan.ts'
import { readShown } from './shown-upload.ts'

/**
 * Removes a withdrawn file with all its versions unless CKAN points to it. Notes it in the record; returns the reason.
 * The bytes go, even if CKAN has given its file to another owner.
 */
export async function removeWithdrawn(
  removal: RemovalDeps,
  upload: UploadKey,
  stored: StoredRecord,
): Promise<string | undefined> {
  const { settings, store, clock } = removal
  const { key, entity, withdrawn } = stored.record
  if (withdrawn === undefined || waitsForWithdrawal(stored.record, clock.now())) return undefined
  if (await isReferencedElsewhere(removal, upload)) return undefined
  const shown = await readShown(removal, upload, entity.dataset_id)
  const isShown = shown.kind === 'shown' && mentionsIn(settings, shown.url).includes(mentionOf(upload))
  if (shown.kind === 'hidden' || isShown || !(await isStillWithdrawn(store, stored.record))) return undefined
  await removeFromCkan(removal, stored.record)
  const keptUntil = await store.purge(key)
  const removed = {
    removed_at: clock.now().toISOString(),
    ...(keptUntil !== undefined && { kept_until: keptUntil.toISOString() }),
  }
  await updateRecord(
    store,
    stored,
    (record) => record.withdrawn && { ...record, withdrawn: { ...record.withdrawn, ...removed } },
  )
  return `It was withdrawn by ${withdrawn.by}: ${withdrawn.reason}`
}

/**
 * Removes, during one run, the versions of withdrawn files that a bucket with versions keeps and that no listing shows.
 * Such versions remain when a run removed the file before, or when the linker removed an object that was put after the
 * withdrawal. Does so once per record, and a second time if the upload's URL was valid after the first removal. Never
 * throws.
 */
export function createVersionsRemover(
  deps: LinkDeps,
  removal: RemovalDeps | undefined,
): (stored: StoredRecord) => Promise<Finding | undefined> {
  if (removal === undefined) return async () => undefined
  return async (stored) => {
    const { key, withdrawn } = stored.record
    if (withdrawn === undefined || !hasVersionsLeft(stored.record, deps.clock.now())) return undefined
    try {
      const upload = uploadKeyOf(deps.settings.keyPrefix, key)
      if (upload === undefined || (await deps.store.head(key)) !== undefined) return undefined
      const reason = await removeWithdrawn(removal, upload, stored)
      return reason === undefined ? undefined : { kind: 'removed', key, size: 0, reason }
    } catch (error) {
      deps.logger.log('warn', 'file_left', { key, reason: messageOf(error) })
      return undefined
    }
  }
}

/** Whether versions may exist that no removal has covered, and no new version can arrive. */
function hasVersionsLeft({ withdrawn, expires_at: expiresAt }: UploadRecord, now: Date): boolean {
  if (withdrawn?.removed_at === undefined) return true
  const last = expiresAt === undefined ? 0 : Date.parse(expiresAt) + ARRIVAL_MARGIN_MS
  return Date.parse(withdrawn.removed_at) < last && last <= now.getTime()
}

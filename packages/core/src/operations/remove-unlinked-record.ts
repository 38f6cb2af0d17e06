import type { LinkDeps } from '../link/link.ts'
import { RECORDS_KEPT_MS } from '../link/read-upload.ts'
import { isParked } from '../notifications/park.ts'
import type { Settings } from '../settings/settings.ts'
import { DAY_MS } from '../support/units.ts'
import { timeOfUploadId } from '../uploads/keys.ts'
import { recordKey, type UploadRecord } from '../uploads/upload-record.ts'
import { ENDED, uploadIdOf } from './ended-upload.ts'
import type { Finding } from './finding.ts'

/** The schedule may miss some nights. */
const MARGIN_MS = 15 * DAY_MS

type Days = Pick<Settings, 'removeUnlinkedAfterDays'>

/** The age of the oldest records that the scheduled run has to read. */
export function recordsLookedAtMs(settings: Days): number {
  return keptMs(settings, 'failed') + MARGIN_MS
}

/**
 * Removes the record of an upload that was never linked and has no file. When no file arrived, it keeps the record for
 * some days; when the record says why a file was refused, for a longer time. Never removes the record of a parked
 * upload or of a plain key.
 */
export async function removeUnlinkedRecord(
  { settings, store, clock }: LinkDeps,
  record: UploadRecord,
): Promise<Finding | undefined> {
  const { id, key, state, linked } = record
  const uploadId = uploadIdOf(id)
  if (linked !== undefined || uploadId === undefined || !ENDED.includes(state)) return undefined
  const keptUntil = Math.max(timeOfUploadId(uploadId), endOf(record)) + keptMs(settings, state)
  if (clock.now().getTime() < keptUntil) return undefined
  if ((await store.head(key)) !== undefined || (await isParked(store, { bucket: settings.bucket, key })))
    return undefined
  await store.remove(recordKey(id))
  const reason = `The upload was never linked and has no file. Its state is ${state}.`
  return { kind: 'record_removed', uploadId: id, key: recordKey(id), reason }
}

function endOf({ expires_at }: UploadRecord): number {
  return expires_at === undefined ? 0 : Date.parse(expires_at)
}

function keptMs({ removeUnlinkedAfterDays: days }: Days, state: UploadRecord['state']): number {
  return state === 'expired' ? days * DAY_MS : Math.max(RECORDS_KEPT_MS, 2 * days * DAY_MS)
}

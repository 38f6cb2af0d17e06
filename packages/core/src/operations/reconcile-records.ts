import { isRetryable, messageOf } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import type { StoredObject } from '../ports/index.ts'
import { inBatches, modifiedSince, startAfter } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { timeOfUploadId } from '../uploads/keys.ts'
import { updateRecord } from '../uploads/update-record.ts'
import {
  RECORDS_PREFIX,
  readRecord,
  recordKey,
  type StoredRecord,
  type UploadRecord,
} from '../uploads/upload-record.ts'
import { ARRIVAL_MARGIN_MS, uploadIdOf } from './ended-upload.ts'
import type { Finding } from './finding.ts'
import type { Phase } from './reconcile-phase.ts'
import { removeUnlinkedRecord } from './remove-unlinked-record.ts'
import { createVersionsRemover } from './remove-withdrawn.ts'

const BATCH = 100

/**
 * Sets the state `expired` in records whose file did not arrive in time; the gateway already shows them so. Some time
 * later it removes records of uploads that were never linked. It also removes old versions of withdrawn files that the
 * bucket keeps.
 */
export const reconcileRecords: Phase = async function* (deps, { dataset, since, recordsSince, removal }, after) {
  if (dataset !== undefined) return
  const removeVersions = createVersionsRemover(deps, removal)
  const limit = createLimiter(deps.settings.storeConcurrency)
  const listing = modifiedSince(deps.store.list(RECORDS_PREFIX, startAfter(after)), since)
  const latest = deps.clock.now().getTime() - ARRIVAL_MARGIN_MS
  for await (const records of inBatches(requestedBetween(listing, recordsSince?.getTime() ?? 0, latest), BATCH)) {
    const findings = await Promise.all(records.map(({ key }) => limit(() => settle(deps, idOf(key), removeVersions))))
    for (const [index, finding] of findings.entries())
      if (finding) yield { finding, position: { phase: 'records', ...startAfter(records[index]?.key) } }
    yield { position: { phase: 'records', ...startAfter(records.at(-1)?.key) } }
  }
}

/**
 * Filters records by the time in their ids, without reading them. Skips the records of plain keys, which cannot expire.
 */
async function* requestedBetween(
  listing: AsyncIterable<StoredObject>,
  earliest: number,
  latest: number,
): AsyncGenerator<StoredObject> {
  for await (const object of listing) {
    const uploadId = uploadIdOf(idOf(object.key))
    const requestedAt = uploadId === undefined ? Number.POSITIVE_INFINITY : timeOfUploadId(uploadId)
    if (requestedAt >= earliest && requestedAt <= latest) yield object
  }
}

function idOf(key: string): string {
  return key.slice(RECORDS_PREFIX.length, -'.json'.length)
}

async function settle(
  deps: LinkDeps,
  id: string,
  removeVersions: ReturnType<typeof createVersionsRemover>,
): Promise<Finding | undefined> {
  const read = await tryToRead(deps.store, id)
  if (read.kind === 'absent') return undefined
  if (read.kind === 'unreadable')
    return { kind: 'stuck_record', uploadId: id, key: recordKey(id), state: 'unreadable', reason: read.reason }
  const { stored } = read
  const removed = (await removeUnlinkedRecord(deps, stored.record)) ?? (await removeVersions(stored))
  if (removed) return removed
  const { store, clock } = deps
  const { key, state, expires_at: expiresAt } = stored.record
  const isOver =
    isPending(state) && expiresAt !== undefined && Date.parse(expiresAt) + ARRIVAL_MARGIN_MS < clock.now().getTime()
  // When the object exists, the linker handles the upload.
  if (!isOver || (await store.head(key)) !== undefined) return undefined
  const reason = `No file arrived before the upload expired at ${expiresAt}.`
  await updateRecord(store, stored, (record) =>
    isPending(record.state) ? { ...record, state: 'expired', reason } : undefined,
  )
  return { kind: 'stuck_record', uploadId: id, key, state, reason }
}

/** The file of an upload in state `scanning` had arrived, and somebody removed it. */
function isPending(state: UploadRecord['state']): boolean {
  return state === 'issued' || state === 'scanning'
}

type ReadRecord =
  | { readonly kind: 'found'; readonly stored: StoredRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string }

async function tryToRead(store: LinkDeps['store'], id: string): Promise<ReadRecord> {
  try {
    const stored = await readRecord(store, id)
    return stored ? { kind: 'found', stored } : { kind: 'absent' }
  } catch (error) {
    if (isRetryable(error)) throw error
    return { kind: 'unreadable', reason: messageOf(error) }
  }
}

import type { PublishEvent } from '../events/publish-event.ts'
import type { Catalog, Clock, Logger, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { type UploadKey, uploadKeyOf } from '../uploads/image-keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { closeUpload } from '../uploads/open-uploads.ts'
import { updateRecord } from '../uploads/update-record.ts'
import { readRecord, recordIdOf, type UploadRecord } from '../uploads/upload-record.ts'
import { withdrawnMarks } from '../uploads/withdrawn-mark.ts'
import { changeOf, moveForward, noteFile } from './record-changes.ts'
import { parked, type Result } from './result.ts'
import { tellCkan } from './tell-ckan.ts'
import type { Upload } from './upload.ts'
import { shownThoughWithdrawn, waitsForWithdrawal } from './withdrawn-upload.ts'

export interface Finisher {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'put' | 'remove'>
  readonly catalog: Pick<Catalog, 'submit' | 'createViews' | 'registerFile' | 'renameFile' | 'giveFile' | 'deleteFile'>
  readonly logger: Logger
  readonly clock: Pick<Clock, 'now'>
  readonly publishEvent?: PublishEvent | undefined
}

/**
 * Completes a result: submits the file to the loader, creates views, registers the file in CKAN, and then writes the
 * upload's record. Idempotent: a repeated message continues where the last one stopped. Throws when the store does;
 * then the queue has to deliver the message again. Usually returns the given result. Returns `retry` while the loader
 * or CKAN is busy or unreachable, and when the object was replaced while its record changed to another version. Returns
 * `parked` when CKAN refuses the submission or the registration.
 */
export async function finishUpload(finisher: Finisher, upload: Upload<UploadKey>, result: Result): Promise<Result> {
  const { instead, ...done } = await tellCkan(finisher, upload, result)
  const change = noteFile(changeOf(finisher, upload, resultForRecord(upload, result, instead), done), done.file)
  // An upload without a record gets one only when it is linked, because no user asks for it before.
  if (change && (upload.stored.etag !== undefined || result.kind === 'linked')) {
    const record = await updateRecord(finisher.store, upload.stored, change, publisherFor(finisher, upload, result))
    await closeUpload(finisher.store, upload.stored.record, record)
    if (record.state === 'withdrawn' && result.kind !== 'infected') return withdrawnMeanwhile(finisher, record, result)
    if (result.kind === 'failed' && result.etag !== undefined) await removeRefused(finisher, record, result.etag)
  }
  if (result.kind === 'infected') {
    await removeInfected(finisher, upload, result)
    if (result.isShown)
      return parked(`${result.reason} It was removed, but CKAN still points to it: ${remedyFor(upload)}.`)
  }
  return instead ?? ((await isReplaced(finisher, upload, result)) ? replaced(upload) : result)
}

/** Before a file without a resource is registered, CKAN shows it nowhere: its record says what stopped it. */
function resultForRecord({ parsed }: Upload<UploadKey>, result: Result, instead: Result | undefined): Result {
  return parsed.kind === 'file' ? (instead ?? result) : result
}

/** No event for a file that CKAN has long shown, whose missing record a reconciliation writes. */
function publisherFor(
  { publishEvent }: Finisher,
  { stored }: Upload<UploadKey>,
  result: Result,
): PublishEvent | undefined {
  const isOld = stored.etag === undefined && result.kind === 'linked' && !result.written
  return isOld ? undefined : publishEvent
}

/**
 * A user withdrew the upload after this linker read the record, so the record does not say the result. The gateway may
 * undo the withdrawal. Then the message has to say it, so that a reconciliation cannot link a refused upload.
 */
function withdrawnMeanwhile({ clock }: Finisher, record: UploadRecord, result: Result): Result {
  const final = result.kind === 'linked' ? parked(shownThoughWithdrawn(record)) : result
  return waitsForWithdrawal(record, clock.now()) ?? final
}

/**
 * Whether the object now has another version than the version that was just linked in place of an earlier one. Another
 * linker may have read the record and CKAN before this linker's write, and the object after it, and found nothing to
 * do. Then only this linker notices the difference.
 */
async function isReplaced(
  { store }: Finisher,
  { key, stored, parsed }: Upload<UploadKey>,
  result: Result,
): Promise<boolean> {
  if (result.kind !== 'linked') return false
  const before = stored.record.linked?.version
  // All objects that are put to a plain key share one record. While it described an earlier object, the linker may have
  // refused the present object because of it.
  const isPlain = result.written && parsed.uploadId === undefined
  const isMoved = before !== undefined && before !== result.candidate.version
  if (!isPlain && !isMoved) return false
  const object = await store.head(key)
  return object !== undefined && (await versionOf(object.etag)) !== result.candidate.version
}

function replaced({ key }: Upload<UploadKey>): Result {
  return {
    kind: 'retry',
    cause: new Error(`The object ${JSON.stringify(key)} was replaced while it was being linked.`),
  }
}

/**
 * Removes only the refused content: a client may have used the URL again and put other content. A linker with other
 * settings may have linked this same content; then it stays.
 */
async function removeRefused({ store }: Finisher, { key, linked }: UploadRecord, etag: string): Promise<void> {
  if (linked?.version === (await versionOf(etag))) return
  if ((await store.head(key))?.etag === etag) await store.remove(key)
}

/** The reconciliation removes other versions that the bucket keeps, as those of every withdrawn file. */
async function removeInfected(
  { store, logger }: Finisher,
  { key, parsed, stored }: Upload<UploadKey>,
  { etag, reason }: Extract<Result, { kind: 'infected' }>,
): Promise<void> {
  logger.log('warn', 'infected', { key, reason, requested_by: stored.record.requested_by })
  if (parsed.kind === 'resource' && parsed.uploadId !== undefined && stored.etag !== undefined)
    await store.put(withdrawnMarks(parsed) + stored.record.id, new Uint8Array())
  if ((await store.head(key))?.etag === etag) await store.remove(key)
}

function remedyFor({ parsed }: Upload<UploadKey>): string {
  return parsed.kind === 'file' ? 'the next reconciliation removes its file from CKAN' : 'upload another file'
}

/** Marks the record of the key as `failed` because its message was parked. Throws when the store does. */
export async function noteParked(
  {
    store,
    settings,
    publishEvent,
  }: Pick<Finisher, 'publishEvent' | 'settings'> & { readonly store: Pick<ObjectStore, 'get' | 'put'> },
  key: string,
  reason: string,
): Promise<void> {
  const parsed = uploadKeyOf(settings.keyPrefix, key)
  const stored = parsed && (await readRecord(store, recordIdOf(parsed)))
  if (stored)
    await updateRecord(
      store,
      stored,
      (record) => moveForward(record, { state: 'failed', code: 'parked', reason }),
      publishEvent,
    )
}

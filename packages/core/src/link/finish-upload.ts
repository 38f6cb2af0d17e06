import type { PublishEvent } from '../events/publish-event.ts'
import type { Catalog, Clock, Logger, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { type UploadKey, uploadKeyOf } from '../uploads/image-keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { closeUpload } from '../uploads/open-uploads.ts'
import { type RecordChange, updateRecord } from '../uploads/update-record.ts'
import { readRecord, recordIdOf, type UploadRecord } from '../uploads/upload-record.ts'
import { withdrawnMarks } from '../uploads/withdrawn-mark.ts'
import { parked, type Result } from './result.ts'
import { type Told, tellCkan } from './tell-ckan.ts'
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
  const change = noteFile(changeOf(finisher, upload, reachedBy(upload, result, instead), done), done.file)
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

/** CKAN shows a file without a resource nowhere before it is registered. */
function reachedBy({ parsed }: Upload<UploadKey>, result: Result, instead: Result | undefined): Result {
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
      (record) => forward(record, { state: 'failed', code: 'parked', reason }),
      publishEvent,
    )
}

function changeOf(
  finisher: Finisher,
  { isListed, parsed, stored }: Upload<UploadKey>,
  result: Result,
  done: Omit<Told, 'instead'>,
): RecordChange | undefined {
  switch (result.kind) {
    case 'linked':
      return (record) => linked(record, result, { ...done, now: finisher.clock.now(), claimed: stored.record.claimed })
    case 'superseded':
      return (record) => forward(record, { state: 'superseded', reason: `A later upload, ${result.by}, is linked.` })
    case 'failed':
      return (record) => forward(record, { state: 'failed', code: result.code, reason: result.reason })
    case 'waiting':
      // Somebody may have released the upload since the linker read the record.
      return (record) =>
        result.state === 'proposed' && record.held === undefined
          ? undefined
          : forward(record, { state: result.state, reason: result.reason })
    case 'infected':
      // A plain key can be used again, so a person's next file there has to be linked.
      return parsed.uploadId === undefined
        ? (record) => forward(record, { state: 'failed', code: 'infected', reason: result.reason })
        : (record) => infected(record, result, finisher.clock.now())
    case 'parked':
      return (record) => forward(record, { state: 'failed', code: 'parked', reason: result.reason })
    case 'gone':
      return isListed
        ? undefined
        : (record) =>
            forward(record, { state: 'failed', code: 'parked', reason: `${result.reason} ${result.whatToDo}` })
    default:
      return undefined
  }
}

function linked(
  record: UploadRecord,
  result: Extract<Result, { kind: 'linked' }>,
  at: Omit<Told, 'instead'> & { readonly now: Date; readonly claimed: string | undefined },
): UploadRecord | undefined {
  const { version } = result.candidate
  if (record.state === 'withdrawn') return undefined
  // Another object was put to this plain key: the record now belongs to the later version.
  if (record.claimed !== at.claimed && record.claimed !== version) return undefined
  const isSame = record.state === 'linked' && record.linked?.version === version
  const isSubmitted = at.submittedAt === undefined || record.submitted_at === at.submittedAt
  if (isSame && isSubmitted && !isFurther(at.file, record.file)) return undefined
  const { code: _code, reason: _reason, submitted_at: _submitted, ...rest } = record
  return {
    ...rest,
    state: 'linked',
    linked: isSame && record.linked ? record.linked : linkedVersion(record.linked, result, at.now),
    ...(record.claimed !== undefined && { claimed: version }),
    ...(at.submittedAt !== undefined && { submitted_at: at.submittedAt }),
    ...(isFurther(at.file, record.file) && { file: at.file }),
  }
}

function linkedVersion(
  before: UploadRecord['linked'],
  { candidate, mimetype }: Pick<Extract<Result, { kind: 'linked' }>, 'candidate' | 'mimetype'>,
  now: Date,
): NonNullable<UploadRecord['linked']> {
  const { version, object, checksum } = candidate
  return {
    version,
    size: object.size,
    at: now.toISOString(),
    ...(checksum !== undefined && { checksum }),
    ...(mimetype !== undefined && { mimetype }),
    ...(before !== undefined && { nth: (before.nth ?? 1) + 1 }),
  }
}

const FILE_STEPS = ['registered', 'renamed', 'given']

/** Another linker may have done more steps for the same file, or alone may know the file's id. */
function isFurther(file: UploadRecord['file'], before: UploadRecord['file']): file is NonNullable<typeof file> {
  if (file === undefined) return false
  if (before !== undefined && (before.id === undefined) !== (file.id === undefined)) return file.id !== undefined
  return FILE_STEPS.indexOf(file.step) > FILE_STEPS.indexOf(before?.step ?? '')
}

/** Notes how far the registration is, also when it was cut short, or the file was withdrawn meanwhile. */
function noteFile(change: RecordChange | undefined, file: UploadRecord['file']): RecordChange | undefined {
  if (file === undefined) return change
  return (record) => {
    const changed = change?.(record)
    const now = changed ?? record
    return isFurther(file, now.file) ? { ...now, file } : changed
  }
}

/** The file is withdrawn like a file that a person takes back, also if another version of it was linked before. */
function infected(
  record: UploadRecord,
  { by, reason }: Extract<Result, { kind: 'infected' }>,
  now: Date,
): UploadRecord | undefined {
  if (record.state === 'withdrawn') return undefined
  const { reason: _reason, ...rest } = record
  return { ...rest, state: 'withdrawn', code: 'infected', withdrawn: { at: now.toISOString(), by, reason } }
}

/** Changes only a record that is open or failed. A record that says `linked` keeps that state. */
function forward(
  record: UploadRecord,
  change: Pick<UploadRecord, 'state' | 'reason' | 'code'>,
): UploadRecord | undefined {
  const isOpen =
    record.state === 'issued' ||
    record.state === 'scanning' ||
    record.state === 'expired' ||
    (record.state === 'failed' && record.code !== 'changed_in_ckan' && record.code !== 'moved')
  const isSame = record.state === change.state && record.reason === change.reason
  return isOpen && !isSame ? { ...record, ...change } : undefined
}

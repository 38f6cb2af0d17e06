import type { Clock } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { RecordChange } from '../uploads/update-record.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'
import type { Result } from './result.ts'
import type { Told } from './tell-ckan.ts'
import type { Upload } from './upload.ts'

/** The change of the record that the result asks for. `undefined` when the record stays as it is. */
export function changeOf(
  { clock }: { readonly clock: Pick<Clock, 'now'> },
  { isListed, parsed, stored }: Upload<UploadKey>,
  result: Result,
  done: Omit<Told, 'instead'>,
): RecordChange | undefined {
  switch (result.kind) {
    case 'linked':
      return (record) => linked(record, result, { ...done, now: clock.now(), claimed: stored.record.claimed })
    case 'superseded':
      return (record) =>
        moveForward(record, { state: 'superseded', reason: `A later upload, ${result.by}, is linked.` })
    case 'failed':
      return (record) => moveForward(record, { state: 'failed', code: result.code, reason: result.reason })
    case 'waiting':
      // Somebody may have released the upload since the linker read the record.
      return (record) =>
        result.state === 'proposed' && record.held === undefined
          ? undefined
          : moveForward(record, { state: result.state, reason: result.reason })
    case 'infected':
      // A plain key can be used again, so a person's next file there has to be linked.
      return parsed.uploadId === undefined
        ? (record) => moveForward(record, { state: 'failed', code: 'infected', reason: result.reason })
        : (record) => infected(record, result, clock.now())
    case 'parked':
      return (record) => moveForward(record, { state: 'failed', code: 'parked', reason: result.reason })
    case 'gone':
      return isListed
        ? undefined
        : (record) =>
            moveForward(record, { state: 'failed', code: 'parked', reason: `${result.reason} ${result.whatToDo}` })
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
  // Another linker may have registered the file meanwhile.
  const refusal = record.file?.step === 'given' ? undefined : at.refusal
  const isNoted = refusal === undefined || record.reason === refusal
  if (isSame && isSubmitted && isNoted && !isFurtherStep(at.file, record.file)) return undefined
  const { code: _code, reason: _reason, submitted_at: _submitted, ...rest } = record
  return {
    ...rest,
    state: 'linked',
    ...(refusal !== undefined && { reason: refusal }),
    linked: isSame && record.linked ? record.linked : linkedVersion(record.linked, result, at.now),
    ...(record.claimed !== undefined && { claimed: version }),
    ...(at.submittedAt !== undefined && { submitted_at: at.submittedAt }),
    ...(isFurtherStep(at.file, record.file) && { file: at.file }),
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
function isFurtherStep(file: UploadRecord['file'], before: UploadRecord['file']): file is NonNullable<typeof file> {
  if (file === undefined) return false
  if (before !== undefined && (before.id === undefined) !== (file.id === undefined)) return file.id !== undefined
  return FILE_STEPS.indexOf(file.step) > FILE_STEPS.indexOf(before?.step ?? '')
}

/** Notes how far the registration is, also when it was cut short, or the file was withdrawn meanwhile. */
export function noteFile(change: RecordChange | undefined, file: UploadRecord['file']): RecordChange | undefined {
  if (file === undefined) return change
  return (record) => {
    const changed = change?.(record)
    const now = changed ?? record
    return isFurtherStep(file, now.file) ? { ...now, file } : changed
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
export function moveForward(
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

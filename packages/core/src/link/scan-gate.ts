import { UplinkError } from '../errors.ts'
import type { Settings } from '../settings/settings.ts'
import { DAY_MS } from '../support/units.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { isCleared, noteWaiting, readVerdict, type StoredVerdict } from '../uploads/scans.ts'
import { readRecord, writeRecord } from '../uploads/upload-record.ts'
import { type PlatformGate, takePlatformVerdict } from './platform-verdict.ts'
import { parked, type Result } from './result.ts'
import type { Candidate, Upload } from './upload.ts'

export interface ScanGate extends PlatformGate {
  readonly settings: Pick<Settings, 'scanner'>
}

/** A scanner that has not looked at a file for so long has probably stopped. */
const WAITS_FOR_MS = DAY_MS

/** The platform may report its verdict before the tag is there. After these attempts, the file waits as any other. */
const ATTEMPTS_FOR_TAG = 5

/**
 * Lets a valid version pass when a scanner has found it clean: then it returns `undefined`. Otherwise it returns the
 * result for the upload. Before the version passes, its record says so, because the gateway serves by the record. Lets
 * every version pass without a scanner. Throws when the store does.
 */
export async function passScanGate(gate: ScanGate, candidate: Candidate<UploadKey>): Promise<Result | undefined> {
  const { upload, version } = candidate
  const { settings, store, clock } = gate
  // CKAN has shown a forgotten upload for longer than there are records.
  if (settings.scanner === undefined || upload.isForgotten === true) return undefined
  if (isCleared(upload.stored.record, version)) return upload.isScanned ? checkLaterVerdict(gate, candidate) : undefined
  const verdict = await verdictOn(gate, candidate)
  if (verdict !== undefined) return answer(gate, candidate, verdict)
  if (upload.isScanned && upload.attempt <= ATTEMPTS_FOR_TAG) return UNTAGGED
  const since = await noteWaiting(store, upload.stored.record, clock.now())
  // Another linker may have taken the platform's verdict before there was this mark, which it then cannot remove.
  const late = settings.scanner === 'platform' ? await verdictOn(gate, candidate) : undefined
  if (late !== undefined) return answer(gate, candidate, late)
  return clock.now().getTime() - since.getTime() < WAITS_FOR_MS ? SCANNING : parked(lateReason(gate, since))
}

function verdictOn(gate: ScanGate, candidate: Candidate<UploadKey>): Promise<StoredVerdict | undefined> {
  return gate.settings.scanner === 'platform'
    ? takePlatformVerdict(gate, candidate)
    : readVerdict(gate.store, candidate.upload.stored.record.id, candidate.version)
}

/** The platform's scanner may find something in a file that passed before, for example by newer signatures. */
async function checkLaterVerdict(gate: ScanGate, candidate: Candidate<UploadKey>): Promise<Result | undefined> {
  if (gate.settings.scanner !== 'platform') return undefined
  const verdict = await takePlatformVerdict(gate, candidate)
  return verdict?.result === 'infected' ? answer(gate, candidate, verdict) : undefined
}

const SCANNING: Result = { kind: 'waiting', state: 'scanning', reason: 'A virus scanner has not looked at it yet.' }

const UNTAGGED: Result = {
  kind: 'retry',
  cause: new UplinkError('store', 'A virus scanner is done with the file, but its tag is not there yet.', true),
}

function lateReason({ settings, platformScanner }: ScanGate, since: Date): string {
  const advice =
    settings.scanner === 'platform'
      ? `check that ${platformScanner?.name} scans this bucket and tags its objects`
      : 'start the scanner'
  return `No virus scanner has looked at the file since ${since.toISOString()}: ${advice}. It looks at this file too.`
}

async function answer(
  { store }: ScanGate,
  { upload, object, version }: Candidate<UploadKey>,
  verdict: StoredVerdict,
): Promise<Result | undefined> {
  if (verdict.result === 'clean') return noteClean(store, upload, version)
  if (verdict.result === 'unscannable')
    return parked(`${verdict.by} could not scan the file: ${verdict.reason} To link it all the same, accept it.`)
  const { by, found } = verdict
  return { kind: 'infected', etag: object.etag, by, reason: `${by} found ${found} in the file.` }
}

/** An upload without a record gets one only when it is linked, so its record is changed only in memory. */
async function noteClean(
  store: ScanGate['store'],
  upload: Upload<UploadKey>,
  version: string,
): Promise<Result | undefined> {
  const { record, etag } = upload.stored
  const scanned = { ...record, scanned: version }
  if (etag === undefined) {
    upload.stored = { record: scanned, etag }
    return undefined
  }
  await writeRecord(store, { record: scanned, etag })
  upload.stored = (await readRecord(store, record.id)) ?? upload.stored
  return isCleared(upload.stored.record, version) ? undefined : CHANGED
}

const CHANGED: Result = {
  kind: 'retry',
  cause: new Error('The upload record was changed by another linker meanwhile.'),
}

import type { Clock, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { DAY_MS } from '../support/units.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { isCleared, noteWaiting, readVerdict, type StoredVerdict } from '../uploads/scans.ts'
import { readRecord, writeRecord } from '../uploads/upload-record.ts'
import { parked, type Result } from './result.ts'
import type { Candidate, Upload } from './upload.ts'

export interface ScanGate {
  readonly settings: Pick<Settings, 'scanner'>
  readonly store: Pick<ObjectStore, 'get' | 'put'>
  readonly clock: Pick<Clock, 'now'>
}

/** A scanner that has not looked at a file for so long has probably stopped. */
const WAITS_FOR_MS = DAY_MS

/**
 * Lets a valid version pass when a scanner has found it clean: then it returns `undefined`. Otherwise it returns the
 * result for the upload. Before the version passes, its record says so, because the gateway serves by the record. Lets
 * every version pass without a scanner. Throws when the store does.
 */
export async function passScanGate(
  gate: ScanGate,
  { upload, object, version }: Candidate<UploadKey>,
): Promise<Result | undefined> {
  const { settings, store, clock } = gate
  const { record } = upload.stored
  // CKAN has shown a forgotten upload for longer than there are records.
  if (settings.scanner === undefined || upload.isForgotten === true || isCleared(record, version)) return undefined
  const verdict = await readVerdict(store, record.id, version)
  if (verdict !== undefined) return answer(gate, upload, version, { ...verdict, etag: object.etag })
  const since = await noteWaiting(store, record, clock.now())
  return clock.now().getTime() - since.getTime() < WAITS_FOR_MS ? SCANNING : parked(late(since))
}

const SCANNING: Result = { kind: 'waiting', state: 'scanning', reason: 'A virus scanner has not looked at it yet.' }

function late(since: Date): string {
  return `No virus scanner has looked at the file since ${since.toISOString()}: start the scanner. It looks at this file too.`
}

async function answer(
  { store }: ScanGate,
  upload: Upload<UploadKey>,
  version: string,
  verdict: StoredVerdict & { readonly etag: string },
): Promise<Result | undefined> {
  if (verdict.result === 'clean') return noteClean(store, upload, version)
  if (verdict.result === 'unscannable')
    return parked(`${verdict.by} could not scan the file: ${verdict.reason} To link it all the same, accept it.`)
  const { etag, by, found } = verdict
  return { kind: 'infected', etag, by, reason: `${by} found ${found} in the file.` }
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

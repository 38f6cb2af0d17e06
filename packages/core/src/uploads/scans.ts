import { UplinkError } from '../errors.ts'
import type { ObjectStore, Verdict } from '../ports/index.ts'
import { UPLINK_PREFIX } from './keys.ts'
import type { UploadRecord } from './upload-record.ts'

const SCANS_PREFIX = `${UPLINK_PREFIX}scans/`
/** One small document per file that waits for a scanner. */
const WAITING_PREFIX = `${SCANS_PREFIX}waiting/`
/** Verdicts are removed a month later: the record of a linked file keeps the verdict. */
export const VERDICTS_PREFIX = `${SCANS_PREFIX}verdicts/`

/** A verdict with the scanner's name or the reason of an operator, and its time. */
export type StoredVerdict = Verdict & { readonly by: string; readonly at: string }

/** A file that waits for a scanner. */
export interface WaitingFile {
  /** The id of its record, which a plain key may lack. */
  readonly id: string
  readonly key: string
  readonly since: Date
}

/** Whether a scanner has found this version clean, or it was linked before there was a scanner. */
export function isCleared({ scanned, linked }: Pick<UploadRecord, 'scanned' | 'linked'>, version: string): boolean {
  return scanned === version || linked?.version === version
}

/** `undefined` when no scanner has looked at this version. Throws when the store does. */
export async function readVerdict(
  store: Pick<ObjectStore, 'get'>,
  id: string,
  version: string,
): Promise<StoredVerdict | undefined> {
  const found = await store.get(verdictKey(id, version))
  return found && readVersion1<StoredVerdict>(verdictKey(id, version), found.bytes)
}

/** Stores the verdict on a version. A later verdict replaces an earlier one, unless `onlyIf` is given. */
export async function writeVerdict(
  store: Pick<ObjectStore, 'put'>,
  { id, version }: { readonly id: string; readonly version: string },
  verdict: StoredVerdict,
  options: { readonly onlyIf?: 'absent' } = {},
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify({ version: 1, ...verdict }))
  await store.put(verdictKey(id, version), bytes, { contentType: 'application/json', ...options })
}

/** Notes that a file waits for a scanner. Returns since when it does. */
export async function noteWaiting(
  store: Pick<ObjectStore, 'put' | 'get'>,
  { id, key }: Pick<UploadRecord, 'id' | 'key'>,
  now: Date,
): Promise<Date> {
  const bytes = new TextEncoder().encode(JSON.stringify({ version: 1, key, since: now.toISOString() }))
  const put = await store.put(waitingKey(id), bytes, { contentType: 'application/json', onlyIf: 'absent' })
  return put === undefined ? ((await readWaiting(store, waitingKey(id)))?.since ?? now) : now
}

/** All files that wait for a scanner, ordered by the ids of their records. */
export async function* waitingFiles(store: Pick<ObjectStore, 'list' | 'get'>): AsyncGenerator<WaitingFile> {
  for await (const { key } of store.list(WAITING_PREFIX)) {
    const file = await readWaiting(store, key)
    if (file) yield file
  }
}

/** The file no longer waits for a scanner. */
export async function endWaiting(store: Pick<ObjectStore, 'remove'>, id: string): Promise<void> {
  await store.remove(waitingKey(id))
}

/** `undefined` when the file no longer waits. */
async function readWaiting(store: Pick<ObjectStore, 'get'>, mark: string): Promise<WaitingFile | undefined> {
  const found = await store.get(mark)
  if (found === undefined) return undefined
  const { key, since } = readVersion1<{ readonly key: string; readonly since: string }>(mark, found.bytes)
  return { id: decodeURIComponent(mark.slice(WAITING_PREFIX.length)), key, since: new Date(since) }
}

function waitingKey(id: string): string {
  return WAITING_PREFIX + encodeURIComponent(id)
}

function verdictKey(id: string, version: string): string {
  return `${VERDICTS_PREFIX}${encodeURIComponent(id)}/${version}.json`
}

/** The document of this service at a key. */
function readVersion1<T>(key: string, bytes: Uint8Array): T {
  try {
    const document = JSON.parse(new TextDecoder().decode(bytes))
    if (document.version === 1) return document
  } catch {
    // Reported below, like any other content that is no such document.
  }
  throw new UplinkError('store', `The object ${key} is not of version 1: remove it, and scan again.`, false)
}

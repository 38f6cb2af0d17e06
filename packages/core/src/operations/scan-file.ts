import type { Clock, ObjectStore, StoredObject, Verdict } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { MIB } from '../support/units.ts'
import { callLinker } from '../uploads/held-upload.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { endWaiting, isCleared, noteWaiting, readVerdict, type WaitingFile, writeVerdict } from '../uploads/scans.ts'
import { readRecord } from '../uploads/upload-record.ts'

export interface ScanDeps {
  readonly settings: Pick<Settings, 'keyPrefix'>
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'put' | 'remove'>
  readonly clock: Pick<Clock, 'now'>
  readonly scan: (content: AsyncIterable<Uint8Array>) => Promise<Verdict>
}

const CHUNK_BYTES = 8 * MIB

/**
 * Scans one waiting file in the version that is there now, stores the verdict, and calls the linker. After a crash at
 * any point, the next call goes on. `undefined` when there is nothing to scan any more. Throws when the store or the
 * scanner does, and when the file is replaced during the scan: then it still waits.
 */
export async function scanFile(deps: ScanDeps, { id, key }: WaitingFile): Promise<Verdict | undefined> {
  const { settings, store, clock, scan } = deps
  const object = await unscannedObject(store, { id, key })
  if (object === undefined) {
    await endWaiting(store, id)
    return undefined
  }
  const version = await versionOf(object.etag)
  const known = await readVerdict(store, id, version)
  const verdict = known ?? (await scan(readAll(store, object)))
  if (known === undefined)
    await writeVerdict(store, { id, version }, { ...verdict, by: 'ClamAV', at: clock.now().toISOString() })
  await callLinker(store, settings, { id, key })
  await endWaiting(store, id)
  // Another content that was put meanwhile has to wait as well.
  const present = await store.head(key)
  if (present !== undefined && present.etag !== object.etag) await noteWaiting(store, { id, key }, clock.now())
  return verdict
}

/** The object of a waiting file. `undefined`: it is gone, withdrawn, or scanned, so the file need not wait. */
export async function unscannedObject(
  store: Pick<ObjectStore, 'head' | 'get'>,
  { id, key }: Pick<WaitingFile, 'id' | 'key'>,
): Promise<StoredObject | undefined> {
  const object = await store.head(key)
  const record = (await readRecord(store, id))?.record
  return object && record && isSettled(record, await versionOf(object.etag)) ? undefined : object
}

function isSettled(record: Parameters<typeof isCleared>[0] & { readonly state: string }, version: string): boolean {
  return record.state === 'withdrawn' || isCleared(record, version)
}

/** The content in pieces. Throws when the object is replaced or removed meanwhile. */
async function* readAll(
  store: Pick<ObjectStore, 'get'>,
  { key, etag, size }: { readonly key: string; readonly etag: string; readonly size: number },
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < size; offset += CHUNK_BYTES) {
    const found = await store.get(key, { offset, length: CHUNK_BYTES })
    if (found?.object.etag !== etag) throw new Error('The file was replaced while it was being scanned.')
    yield found.bytes
  }
}

import type { ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { updateRecord } from './update-record.ts'
import type { StoredRecord, UploadRecord } from './upload-record.ts'

/** Below the prefix of files, so that its notification reaches the linker. */
const CALLS = 'uplink-calls/'
const MAX_KEY_BYTES = 4096

/** Whether the file waits for a decision. A file that was refused is withdrawn. */
export function isHeld({ held, state }: Pick<UploadRecord, 'held' | 'state'>): boolean {
  return held !== undefined && state !== 'withdrawn'
}

/** What CKAN shows when the upload is released, which it may replace, and what it reserves from then on. */
export type Present = Partial<Pick<UploadRecord, 'previous_url' | 'previous_last_modified' | 'entity' | 'reserved'>>

/**
 * Lets the linker link a held upload from now on, and calls it. Idempotent. Returns the record. Throws when the store
 * does, and when others keep changing the record.
 */
export async function releaseUpload(
  store: Pick<ObjectStore, 'get' | 'put'>,
  settings: Pick<Settings, 'keyPrefix'>,
  stored: StoredRecord,
  present: Present = {},
): Promise<UploadRecord> {
  const released = await updateRecord(store, stored, (record) => {
    const { held, reason: _reason, ...rest } = record
    if (held === undefined || record.state === 'withdrawn') return undefined
    return { ...rest, ...present, ...(record.state === 'proposed' && { state: 'issued' }) }
  })
  await callLinker(store, settings, released)
  return released
}

/**
 * Has the linker look at an upload again: the notification of this small object reaches it like that of any file. It
 * removes the object when it is done. Each call has a key of its own, because the linker may remove an earlier call
 * after this one was put.
 */
export async function callLinker(
  store: Pick<ObjectStore, 'put'>,
  { keyPrefix }: Pick<Settings, 'keyPrefix'>,
  { id, key }: Pick<UploadRecord, 'id' | 'key'>,
): Promise<void> {
  const call = `${keyPrefix}${CALLS}${encodeURIComponent(id)}.${crypto.randomUUID()}`
  await store.put(call, new TextEncoder().encode(key), { contentType: 'text/plain' })
}

/** Whether this is the key of a call. A file of a resource with the id `uplink-calls` has one more slash. */
export function isCall(keyPrefix: string, key: string): boolean {
  return key.startsWith(keyPrefix + CALLS) && !key.includes('/', keyPrefix.length + CALLS.length)
}

/** The key of the object that the linker has to look at. `undefined` when an earlier look has removed the call. */
export async function readCall(store: Pick<ObjectStore, 'get'>, key: string): Promise<string | undefined> {
  const found = await store.get(key, { length: MAX_KEY_BYTES })
  return found && new TextDecoder().decode(found.bytes)
}

import type { PublishEvent } from '../events/publish-event.ts'
import { showsNewEvent } from '../events/upload-event.ts'
import type { ObjectStore } from '../ports/index.ts'
import { readRecord, type StoredRecord, type UploadRecord, writeRecord } from './upload-record.ts'

const ATTEMPTS = 4

/** Returns the changed record, or `undefined` to leave it. Called again when another writer has changed the record. */
export type RecordChange = (record: UploadRecord) => UploadRecord | undefined

/**
 * Changes the record by compare-and-set, and returns it. Throws when the store does and when other writers keep
 * changing the record. Also throws when another linker has linked another version: only CKAN knows which version is
 * later. With `publishEvent`, receivers hear about the change before the record shows it, so that a crash loses none.
 */
export async function updateRecord(
  store: Pick<ObjectStore, 'get' | 'put'>,
  stored: StoredRecord,
  change: RecordChange,
  publishEvent?: PublishEvent,
): Promise<UploadRecord> {
  let current = stored
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const record = change(current.record)
    if (record === undefined) return current.record
    if (current.record.linked?.version !== stored.record.linked?.version) break
    if (showsNewEvent(current.record, record)) await publishEvent?.(record)
    if (await writeRecord(store, { ...current, record })) return record
    current = (await readRecord(store, stored.record.id)) ?? { record: stored.record, etag: undefined }
  }
  throw new Error(`The upload record ${stored.record.id} was changed by another linker meanwhile.`)
}

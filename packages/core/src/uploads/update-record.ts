import type { ObjectStore } from '../ports/index.ts'
import { readRecord, type StoredRecord, type UploadRecord, writeRecord } from './upload-record.ts'

const ATTEMPTS = 4

/** What a record is to become; `undefined`: it is right as it is. Applied anew when somebody else changed the record meanwhile. */
export type RecordChange = (record: UploadRecord) => UploadRecord | undefined

/**
 * Makes the change unless the record already shows it. Gives the record as it is then. Throws when the store does, when others keep changing the record,
 * and when another linker has noted another version meanwhile: which of the two came later only CKAN can say.
 */
export async function updateRecord(
  store: Pick<ObjectStore, 'get' | 'put'>,
  stored: StoredRecord,
  change: RecordChange,
): Promise<UploadRecord> {
  let current = stored
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const record = change(current.record)
    if (record === undefined) return current.record
    if (current.record.linked?.version !== stored.record.linked?.version) break
    if (await writeRecord(store, { ...current, record })) return record
    current = (await readRecord(store, stored.record.id)) ?? { record: stored.record, etag: undefined }
  }
  throw new Error(`The upload record ${stored.record.id} was changed by another linker meanwhile.`)
}

import { type ObjectStore, UplinkError } from '@ckan-uplink/core'
import {
  markOpen,
  RECORDS_PREFIX,
  readRecord,
  recordKey,
  type StoredRecord,
  type UploadRecord,
  unmarkOpen,
  updateRecord,
  withdrawnMarks,
  writeRecord,
} from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'

/** The gateway's access to upload records. */
export interface Records {
  find(id: string): Promise<UploadRecord | undefined>
  /** The record, with its ETag for a conditional write. */
  read(id: string): Promise<StoredRecord | undefined>
  /** Replaces the record if it has not changed since it was read. `false`: it has changed, and nothing is written. */
  replace(stored: StoredRecord, record: UploadRecord): Promise<boolean>
  /** Stores a new record, and marks its upload as open. */
  announce(record: UploadRecord): Promise<void>
  /** The same for a record that a repeated request may have stored already. Returns the stored record. */
  announceOnce(record: UploadRecord): Promise<UploadRecord>
  /** Changes the state from `issued` to `aborted`, and returns the record. */
  abort(id: string): Promise<UploadRecord | undefined>
  /** Removes a record that was announced, and its mark. */
  discard(record: UploadRecord): Promise<void>
  /** Marks an upload as no longer open. */
  close(record: UploadRecord): Promise<void>
  hasObject(key: string): Promise<boolean>
  /** Keeps a withdrawn file in the list of its resource's versions. */
  markWithdrawn(record: UploadRecord): Promise<void>
  /** The ids of all records in order, starting after `after`. */
  ids(after?: string): AsyncIterable<string>
}

/** The parts of an action's context that read records. */
export interface RecordDeps extends GatewayDeps {
  readonly records: Records
}

export function createRecords(store: ObjectStore): Records {
  return {
    find: async (id) => (await readRecord(store, id))?.record,
    read: (id) => readRecord(store, id),
    replace: ({ etag }, record) => writeRecord(store, { record, etag }),
    async announce(record) {
      const [isNew] = await Promise.all([writeRecord(store, { record, etag: undefined }), markOpen(store, record)])
      if (!isNew) throw new UplinkError('store', `${recordKey(record.id)} already exists.`, true)
    },
    async announceOnce(record) {
      const [isNew] = await Promise.all([writeRecord(store, { record, etag: undefined }), markOpen(store, record)])
      return isNew ? record : ((await readRecord(store, record.id))?.record ?? record)
    },
    async abort(id) {
      const stored = await readRecord(store, id)
      if (stored)
        await updateRecord(store, stored, (record) =>
          record.state === 'issued' ? { ...record, state: 'aborted' } : undefined,
        )
      const record = (await readRecord(store, id))?.record
      if (record?.state === 'aborted') await unmarkOpen(store, record)
      return record
    },
    async discard(record) {
      await Promise.all([store.remove(recordKey(record.id)), unmarkOpen(store, record)])
    },
    close: (record) => unmarkOpen(store, record),
    async *ids(after) {
      for await (const { key } of store.list(RECORDS_PREFIX, after === undefined ? {} : { after: recordKey(after) }))
        yield key.slice(RECORDS_PREFIX.length, -'.json'.length)
    },
    async markWithdrawn({ id, entity }) {
      if (entity.type === 'resource') await store.put(withdrawnMarks({ resourceId: entity.id }) + id, new Uint8Array())
    },
    hasObject: async (key) => (await store.head(key)) !== undefined,
  }
}

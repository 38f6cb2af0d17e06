import type { ObjectStore } from '@ckan-uplink/core'
import {
  markOpen,
  RECORDS_PREFIX,
  readRecord,
  recordKey,
  type StoredRecord,
  settleRecord,
  type UploadRecord,
  unmarkOpen,
  writeRecord,
} from '@ckan-uplink/core/uploads'
import { atStore } from '../at-store.ts'
import type { GatewayDeps } from '../deps.ts'

/** The gateway's access to upload records. Every failure of the store is an `UplinkError` of code `store`. */
export interface Records {
  find(id: string): Promise<UploadRecord | undefined>
  /** The record, with its ETag for a conditional write. */
  read(id: string): Promise<StoredRecord | undefined>
  /** Replaces the record if it has not changed since it was read. `false`: it has changed, and nothing is written. */
  replace(stored: StoredRecord, record: UploadRecord): Promise<boolean>
  /** Stores a new record, and marks its upload as open. */
  announce(record: UploadRecord): Promise<void>
  /** Changes the state from `issued` to `aborted`, and returns the record. */
  abort(id: string): Promise<UploadRecord | undefined>
  /** Removes a record that was announced, and its mark. */
  discard(record: UploadRecord): Promise<void>
  /** Marks an upload as no longer open. */
  close(record: UploadRecord): Promise<void>
  hasObject(key: string): Promise<boolean>
  /** The ids of all records in order, starting after `after`. */
  ids(after?: string): AsyncIterable<string>
}

/** The parts of an action's context that read records. */
export interface RecordDeps extends GatewayDeps {
  readonly records: Records
}

export function createRecords(store: ObjectStore): Records {
  return {
    find: (id) => atStore(async () => (await readRecord(store, id))?.record),
    read: (id) => atStore(() => readRecord(store, id)),
    replace: ({ etag }, record) => atStore(() => writeRecord(store, { record, etag })),
    announce: (record) =>
      atStore(async () => {
        const [isNew] = await Promise.all([writeRecord(store, { record, etag: undefined }), markOpen(store, record)])
        if (!isNew) throw new Error(`${recordKey(record.id)} is there already`)
      }),
    abort: (id) =>
      atStore(async () => {
        const stored = await readRecord(store, id)
        if (stored)
          await settleRecord(store, stored, (record) =>
            record.state === 'issued' ? { ...record, state: 'aborted' } : undefined,
          )
        const record = (await readRecord(store, id))?.record
        if (record?.state === 'aborted') await unmarkOpen(store, record)
        return record
      }),
    discard: (record) =>
      atStore(async () => {
        await Promise.all([store.remove(recordKey(record.id)), unmarkOpen(store, record)])
      }),
    close: (record) => unmarkOpen(store, record),
    async *ids(after) {
      const objects = store
        .list(RECORDS_PREFIX, after === undefined ? {} : { after: recordKey(after) })
        [Symbol.asyncIterator]()
      for (;;) {
        const next = await atStore(() => objects.next())
        if (next.done) return
        yield next.value.key.slice(RECORDS_PREFIX.length, -'.json'.length)
      }
    },
    hasObject: (key) => atStore(async () => (await store.head(key)) !== undefined),
  }
}

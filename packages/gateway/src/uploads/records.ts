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

/** Upload records as the gateway needs them. Whatever the store fails with is an `UplinkError` of code `store`. */
export interface Records {
  find(id: string): Promise<UploadRecord | undefined>
  /** The record with the ETag that a change of it depends on. */
  read(id: string): Promise<StoredRecord | undefined>
  /** Writes the record where it is as it was read; `false`: it isn't, and nothing was written. */
  replace(stored: StoredRecord, record: UploadRecord): Promise<boolean>
  /** Puts a record that isn't there yet, and has its upload count as open. */
  announce(record: UploadRecord): Promise<void>
  /** Has an `issued` one say `aborted`; gives it as it is then. */
  abort(id: string): Promise<UploadRecord | undefined>
  /** Takes back what was announced. */
  discard(record: UploadRecord): Promise<void>
  /** Has an upload that ended count as open no more. */
  close(record: UploadRecord): Promise<void>
  hasObject(key: string): Promise<boolean>
  /** The ids of all records, in their order, beginning after this one. */
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

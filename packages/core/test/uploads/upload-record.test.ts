import { describe, expect, it } from 'vitest'
import { readRecord, recordIdOf, recordKey, writeRecord } from '../../src/uploads/index.ts'
import { keyOf, RESOURCE, recordOf, uploadId } from '../support/fixtures.ts'
import { createMemoryStore } from '../support/memory-store.ts'

const id = uploadId(1)
const record = recordOf(keyOf(1))

describe('an upload record', () => {
  it('has a key of its own; the key for a plain key contains the resource', () => {
    expect(recordKey(recordIdOf(keyOf(1)))).toBe(`uplink/uploads/${id}.json`)
    expect(recordKey(recordIdOf(keyOf(0)))).toBe(`uplink/uploads/plain-${RESOURCE}.json`)
  })

  it('is read as it was written', async () => {
    const store = createMemoryStore()
    expect(await readRecord(store, id)).toBeUndefined()
    expect(await writeRecord(store, { record, etag: undefined })).toBe(true)
    expect(await readRecord(store, id)).toEqual({ record, etag: expect.any(String) })
  })

  it("does not overwrite another writer's change", async () => {
    const store = createMemoryStore()
    await writeRecord(store, { record, etag: undefined })
    const seen = await readRecord(store, id)
    expect(await writeRecord(store, { record: { ...record, state: 'aborted' }, etag: undefined })).toBe(false)
    expect(await writeRecord(store, { record: { ...record, state: 'linked' }, etag: seen?.etag })).toBe(true)
    expect(await writeRecord(store, { record: { ...record, state: 'failed' }, etag: seen?.etag })).toBe(false)
    expect((await readRecord(store, id))?.record.state).toBe('linked')
  })

  it.each([
    '',
    'not json',
    'null',
    '[]',
    JSON.stringify({ ...record, version: 2 }),
    JSON.stringify({ ...record, id: uploadId(2) }),
    '{"version":1}',
  ])('is refused permanently when its object contains %j', async (bytes) => {
    const store = createMemoryStore()
    store.place(recordKey(id), { bytes })
    await expect(readRecord(store, id)).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining(recordKey(id)),
    })
  })
})

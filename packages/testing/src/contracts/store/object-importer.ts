import type { ObjectStore } from '@ckan-uplink/core'
import type { ObjectImporter, PreparedObject } from '@ckan-uplink/core/operations'
import { MIB } from '@ckan-uplink/core/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ODD_NAMES } from './odd-keys.ts'

export interface ImporterSubject {
  readonly importer: ObjectImporter
  /** The bucket of the new objects. */
  readonly store: ObjectStore
  /** Another bucket of the same store. */
  readonly source: { readonly bucket: string; readonly store: ObjectStore; readonly importer: ObjectImporter }
  /** Whether the store compares the copies itself. */
  readonly compares: boolean
  close(): Promise<void>
}

const TIMEOUT_MS = 120_000
const BYTES = new TextEncoder().encode('a,b\n1,2\n')
const OTHER = new TextEncoder().encode('other')
/** More than a part. */
const IN_PARTS = 20 * MIB + 1
const TEXT = { contentType: 'text/csv' }

const newKey = (name = 'data.csv'): string => `contract/${crypto.randomUUID()}/${name}`

/** The contract of every `ObjectImporter`. */
export function describeObjectImporter(name: string, start: () => Promise<ImporterSubject>): void {
  describe(`ObjectImporter of ${name}`, { timeout: TIMEOUT_MS }, () => {
    let subject: ImporterSubject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject?.close())

    /** An object in the other bucket. */
    async function given(bytes: Uint8Array, key = newKey()) {
      const { bucket, store } = subject.source
      const etag = (await store.put(key, bytes, { contentType: 'text/plain' })) ?? ''
      return { bucket, key, etag, size: bytes.length }
    }

    /** The object appears only when it is complete. */
    async function complete(key: string, prepared: PreparedObject | undefined) {
      expect(await subject.store.head(key)).toBeUndefined()
      await prepared?.complete()
      return subject.store.get(key)
    }

    it.each(ODD_NAMES)('copies an object called %s', async (odd) => {
      const [from, to] = [await given(BYTES, newKey(odd)), { key: newKey(odd), size: BYTES.length, ...TEXT }]
      const prepared = await subject.importer.copy(from, to)
      expect(prepared?.isCompared).toBe(subject.compares)
      const copy = await complete(to.key, prepared)
      expect(copy?.bytes).toEqual(BYTES)
      expect(copy?.object).toMatchObject({ key: to.key, size: BYTES.length })
      expect((await subject.source.store.get(from.key))?.bytes).toEqual(BYTES)
    })

    it('copies an empty object', async () => {
      const [from, to] = [await given(new Uint8Array()), { key: newKey(), size: 0, ...TEXT }]
      expect((await complete(to.key, await subject.importer.copy(from, to)))?.object.size).toBe(0)
    })

    it('copies an object that was sent in parts', async () => {
      const { importer, source, compares } = subject
      const bytes = numbered(IN_PARTS)
      const [from, to] = [
        { key: newKey(), size: IN_PARTS },
        { key: newKey(), size: IN_PARTS },
      ]
      await (await source.importer.write(chunksOf(bytes), from)).complete()
      const etag = (await source.store.head(from.key))?.etag ?? ''
      const prepared = await importer.copy({ ...from, etag, bucket: source.bucket }, to)
      expect(prepared?.isCompared).toBe(compares)
      expect(Buffer.compare((await complete(to.key, prepared))?.bytes ?? OTHER, bytes)).toBe(0)
    })

    it('copies an object that must be compared only if the store compares it', async () => {
      const { importer, store, compares } = subject
      const key = newKey()
      const prepared = await importer.copy(await given(BYTES), { key, size: BYTES.length }, { mustBeCompared: true })
      expect(prepared?.isCompared).toBe(compares ? true : undefined)
      await prepared?.complete()
      expect((await store.get(key))?.bytes).toEqual(compares ? BYTES : undefined)
    })

    it('does not copy an object that was replaced or removed meanwhile', async () => {
      const { importer, source, store } = subject
      const [from, key] = [await given(BYTES), newKey()]
      await source.store.put(from.key, OTHER)
      expect(await importer.copy(from, { key, size: from.size })).toBeUndefined()
      await source.store.remove(from.key)
      expect(await importer.copy(from, { key, size: from.size })).toBeUndefined()
      expect(await store.head(key)).toBeUndefined()
    })

    it('leaves no object after it gives a file up', async () => {
      const { importer, store } = subject
      const key = newKey()
      const to = { key, size: BYTES.length }
      for (const prepared of [await importer.copy(await given(BYTES), to), await importer.write(chunksOf(BYTES), to)])
        await prepared?.abort()
      expect(await store.head(key)).toBeUndefined()
    })

    it.each([0, 1, 16 * MIB, IN_PARTS])('writes %i bytes of another store', async (size) => {
      const bytes = numbered(size)
      const to = { key: newKey(), size, ...TEXT }
      const prepared = await subject.importer.write(chunksOf(bytes), to)
      expect(prepared.isCompared).toBe(true)
      const copy = await complete(to.key, prepared)
      expect(copy?.object).toMatchObject({ size, contentType: 'text/csv' })
      expect(Buffer.compare(copy?.bytes ?? OTHER, bytes)).toBe(0)
    })

    it('passes on the failure of the other store, and leaves no object', async () => {
      const key = newKey()
      await expect(subject.importer.write(broken(), { key, size: BYTES.length })).rejects.toThrow('cut off')
      expect(await subject.store.head(key)).toBeUndefined()
    })
  })
}

function numbered(size: number): Uint8Array {
  return new Uint8Array(size).map((_, index) => index % 251)
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 1_000_000) yield bytes.subarray(from, from + 1_000_000)
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield BYTES
  throw new Error('cut off')
}

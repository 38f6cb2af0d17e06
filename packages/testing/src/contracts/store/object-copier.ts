import { createHash } from 'node:crypto'
import type { ObjectStore } from '@ckan-uplink/core'
import { MIB } from '@ckan-uplink/core/support'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ODD_NAMES } from './odd-keys.ts'

export interface CopierSubject {
  readonly copier: ObjectCopier
  /** The same, which copies objects above 5 MiB in parts; absent where the store copies every object in one request. */
  readonly copierInParts?: ObjectCopier
  readonly store: ObjectStore
  close(): Promise<void>
}

const TIMEOUT_MS = 60_000
const BYTES = new TextEncoder().encode('a,b\n1,2\n')

const newKey = (name = 'data.csv'): string => `contract/${crypto.randomUUID()}/${name}`

/** The contract of every `ObjectCopier`. */
export function describeObjectCopier(name: string, start: () => Promise<CopierSubject>): void {
  describe(`ObjectCopier of ${name}`, { timeout: TIMEOUT_MS }, () => {
    let subject: CopierSubject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())

    const put = async (key: string, bytes = BYTES) => {
      const etag = (await subject.store.put(key, bytes, { contentType: 'text/csv' })) ?? ''
      return { key, etag, size: bytes.byteLength, contentType: 'text/csv' }
    }

    it.each(ODD_NAMES)('copies the bytes and the media type of an object called %s', async (odd) => {
      const { copier, store } = subject
      const [from, to] = [newKey(odd), newKey(odd)]
      expect(await copier.copy(await put(from), to)).toBe(true)
      const copy = await store.get(to)
      expect(copy?.bytes).toEqual(BYTES)
      expect(copy?.object).toMatchObject({ key: to, size: BYTES.byteLength, contentType: 'text/csv' })
      expect(await store.head(from)).toBeDefined()
    })

    it('does not copy an object that was replaced meanwhile', async () => {
      const { copier, store } = subject
      const [from, to] = [newKey(), newKey()]
      const former = await put(from)
      await put(from, new TextEncoder().encode('other'))
      expect(await copier.copy(former, to)).toBe(false)
      expect(await store.head(to)).toBeUndefined()
    })

    it('says that there is no object to copy', async () => {
      const { copier, store } = subject
      const to = newKey()
      const other = await put(newKey())
      expect(await copier.copy({ ...other, key: newKey() }, to)).toBe(false)
      expect(await store.head(to)).toBeUndefined()
    })

    it('copies a large object in parts, unless it was replaced', async () => {
      const { store, copier, copierInParts = copier } = subject
      const [from, to, late] = [newKey('größe + 1.bin'), newKey(), newKey()]
      const large = new Uint8Array(5 * MIB + 9).fill(97)
      large.set(BYTES, 5 * MIB - 4)
      const source = await put(from, large)
      expect(await copierInParts.copy(source, to)).toBe(true)
      const copy = await store.head(to)
      expect(copy).toMatchObject({ size: large.byteLength, contentType: 'text/csv' })
      expect(await store.sha256(to, copy?.etag ?? '')).toBe(createHash('sha256').update(large).digest('hex'))
      await put(from)
      expect(await copierInParts.copy(source, late)).toBe(false)
      expect(await copierInParts.copy({ ...source, key: newKey() }, late)).toBe(false)
      expect(await store.head(late)).toBeUndefined()
    })
  })
}

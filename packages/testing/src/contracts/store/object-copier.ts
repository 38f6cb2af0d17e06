import type { ObjectStore } from '@ckan-uplink/core'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ODD_NAMES } from './odd-keys.ts'

export interface CopierSubject {
  readonly copier: ObjectCopier
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

    const put = async (key: string, bytes = BYTES) =>
      (await subject.store.put(key, bytes, { contentType: 'text/csv' })) ?? ''

    it.each(ODD_NAMES)('copies the bytes and the media type of an object called %s', async (odd) => {
      const { copier, store } = subject
      const [from, to] = [newKey(odd), newKey(odd)]
      expect(await copier.copy({ key: from, etag: await put(from) }, to)).toBe(true)
      const copy = await store.get(to)
      expect(copy?.bytes).toEqual(BYTES)
      expect(copy?.object).toMatchObject({ key: to, size: BYTES.byteLength, contentType: 'text/csv' })
      expect(await store.head(from)).toBeDefined()
    })

    it('does not copy an object that was replaced meanwhile', async () => {
      const { copier, store } = subject
      const [from, to] = [newKey(), newKey()]
      const etag = await put(from)
      await put(from, new TextEncoder().encode('other'))
      expect(await copier.copy({ key: from, etag }, to)).toBe(false)
      expect(await store.head(to)).toBeUndefined()
    })

    it('says that there is no object to copy', async () => {
      const { copier, store } = subject
      const to = newKey()
      const etag = await put(newKey())
      expect(await copier.copy({ key: newKey(), etag }, to)).toBe(false)
      expect(await store.head(to)).toBeUndefined()
    })
  })
}

import type { ObjectStore } from '@ckan-uplink/core'
import type { PlatformScanner, Verdict } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

export interface PlatformScannerSubject {
  readonly scanner: PlatformScanner
  readonly store: ObjectStore
  /** Tags the present content of the object with a result, as the platform does after a scan. */
  tag(key: string, result: string): Promise<void>
  close(): Promise<void>
}

/** What the platform writes into its tag. */
export interface ScanResults {
  readonly clean: string
  readonly infected: string
  /** All other results. */
  readonly unscannable: readonly string[]
}

const TIMEOUT_MS = 60_000

/** The contract of every `PlatformScanner`. */
export function describePlatformScanner(
  name: string,
  { clean, infected, unscannable }: ScanResults,
  start: () => Promise<PlatformScannerSubject>,
): void {
  describe(`PlatformScanner of ${name}`, { timeout: TIMEOUT_MS }, () => {
    let subject: PlatformScannerSubject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())

    const put = async (key: string, text = 'a,b\n') => ({
      key,
      etag: (await subject.store.put(key, new TextEncoder().encode(text))) ?? '',
    })
    const newKey = () => `contract/${crypto.randomUUID()}/Zürich 1+2 %41.csv`

    it.each<readonly [string, Verdict['result']]>([
      [clean, 'clean'],
      [infected, 'infected'],
      ...unscannable.map((result) => [result, 'unscannable'] as const),
      ['Something new', 'unscannable'],
    ])('reads the tag %j as %s', async (result, expected) => {
      const object = await put(newKey())
      await subject.tag(object.key, result)
      expect(await subject.scanner.verdictOn(object)).toMatchObject({ result: expected })
    })

    it('has no verdict on an object without a tag', async () => {
      expect(await subject.scanner.verdictOn(await put(newKey()))).toBeUndefined()
    })

    it('has no verdict on a missing object', async () => {
      expect(await subject.scanner.verdictOn({ key: newKey(), etag: 'none' })).toBeUndefined()
    })

    it('has no verdict on the content before or after the tagged content', async () => {
      const first = await put(newKey())
      await subject.tag(first.key, clean)
      const second = await put(first.key, 'c,d\n')
      expect(await subject.scanner.verdictOn(second)).toBeUndefined()
      await subject.tag(first.key, clean)
      expect(await subject.scanner.verdictOn(first)).toBeUndefined()
    })

    it('has no verdict on the same content that was put again', async () => {
      const first = await put(newKey())
      await subject.tag(first.key, clean)
      expect(await subject.scanner.verdictOn(await put(first.key))).toBeUndefined()
    })
  })
}

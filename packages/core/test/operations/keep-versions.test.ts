import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { link } from '../../src/index.ts'
import { findUnneededFiles, type OperationDeps, reconcile } from '../../src/operations/index.ts'
import type { Settings } from '../../src/settings/index.ts'
import { DAY_MS } from '../../src/support/index.ts'
import { timeOfUploadId, type UploadRecord } from '../../src/uploads/index.ts'
import { type Bench, createBench, keyOf, RESOURCE, recordOf, uploadId } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

type Site = Bench & { readonly deps: OperationDeps }

/** Uploads of one resource, linked in the order of their numbers, and a look so many days afterwards. */
async function history(orders: readonly number[], settings: Partial<Settings>, days = 60): Promise<Site> {
  const bench = createBench({ settings, resources: [resourceOf(RESOURCE)] })
  for (const order of orders) {
    const { url, lastModified } = bench.catalog.resource(RESOURCE)
    const record = { previous_url: url, previous_last_modified: lastModified }
    const event = bench.upload(keyOf(order), { record, content: { etag: `etag-${order}` } })
    expect(await link(bench, [event])).toMatchObject([{ kind: 'linked' }])
  }
  const now = () => new Date(timeOfUploadId(uploadId(1)) + days * DAY_MS)
  return { ...bench, deps: { ...bench, lister: createTableLister(bench.catalog), clock: { ...bench.clock, now } } }
}

function change({ store }: Site, order: number, more: Partial<UploadRecord>): void {
  const { linked } = JSON.parse(JSON.stringify(store.json(`uplink/uploads/${uploadId(order)}.json`)))
  const record = recordOf(keyOf(order), { state: 'linked', linked, ...more })
  store.place(`uplink/uploads/${uploadId(order)}.json`, { bytes: JSON.stringify(record) })
}

/** The numbers of the files that a night leaves. */
async function leftBy({ deps, store }: Site): Promise<readonly number[]> {
  for await (const _step of reconcile(deps, deps));
  return ordersOf(store.keys('resources/'))
}

function ordersOf(keys: readonly string[]): readonly number[] {
  return keys.map((key) => (key.endsWith(RESOURCE) ? 0 : Number(key.split('/')[3]?.slice(-12))))
}

async function unneededIn({ deps }: Site): Promise<readonly number[]> {
  const keys: string[] = []
  for await (const { key } of findUnneededFiles(deps, { olderThanDays: 30 })) keys.push(key)
  return ordersOf(keys)
}

const BOTH = { removeReplacedAfterDays: 30, keepVersions: 2 }

describe('the number of earlier files to keep', () => {
  it.each<[string, Partial<Settings>, number, readonly number[]]>([
    ['keeps the newest files of the old ones', BOTH, 60, [3, 4, 5]],
    ['lets files beyond it stay until they are old enough', BOTH, 20, [1, 2, 3, 4, 5]],
    ['removes nothing alone', { keepVersions: 2 }, 60, [1, 2, 3, 4, 5]],
    ['may be larger than the number of files', { ...BOTH, keepVersions: 9 }, 60, [1, 2, 3, 4, 5]],
    ['counts only beside the present file', { ...BOTH, keepVersions: 4 }, 60, [1, 2, 3, 4, 5]],
    ['is none without the setting', { removeReplacedAfterDays: 30 }, 60, [5]],
  ])('%s', async (_, settings, days, left) => {
    expect(await leftBy(await history([1, 2, 3, 4, 5], settings, days))).toEqual(left)
  })

  it('does not count a file that was withdrawn', async () => {
    const site = await history([1, 2, 3, 4, 5], BOTH)
    change(site, 4, { state: 'withdrawn', withdrawn: { at: '2026-03-04T05:00:00Z', by: 'jane', reason: 'Names.' } })
    expect(await leftBy(site)).toEqual([2, 3, 5])
  })

  it('does not count an upload that was never linked', async () => {
    const site = await history([1, 2, 4, 5], BOTH)
    site.upload(keyOf(3), { record: { state: 'failed', reason: 'It is too large.' } })
    expect(await leftBy(site)).toEqual([2, 4, 5])
  })

  it('counts a file at a plain key as the oldest', async () => {
    expect(await unneededIn(await history([0, 1, 2, 3], BOTH))).toEqual([0])
    expect(await unneededIn(await history([0, 1, 2], BOTH))).toEqual([])
  })

  it('holds for `clean` as well', async () => {
    expect(await unneededIn(await history([1, 2, 3, 4], { keepVersions: 2 }))).toEqual([1])
    expect(await unneededIn(await history([1, 2, 3, 4], {}))).toEqual([1, 2, 3])
  })

  it('does not keep an upload that was never linked from `clean`', async () => {
    const site = await history([1, 2], BOTH)
    change(site, 1, { state: 'failed', reason: 'It is too large.', linked: undefined } as never)
    expect(await unneededIn(site)).toEqual([1])
  })

  it('reads the records of a resource once in a night', async () => {
    const site = await history([1, 2, 3, 4, 5, 6, 7, 8], BOTH)
    site.store.calls.length = 0
    await leftBy(site)
    expect(site.store.count('list') - 3).toBeLessThan(5)
  })

  it('keeps exactly the newest linked files, for every history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('linked', 'withdrawn'), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (states, keepVersions) => {
          const orders = [...states.map((_, index) => index + 1), states.length + 1]
          const site = await history(orders, { removeReplacedAfterDays: 30, keepVersions })
          const withdrawn = { at: '2026-03-04T05:00:00Z', by: 'jane', reason: 'Names.' }
          for (const [index, state] of states.entries())
            if (state === 'withdrawn') change(site, index + 1, { state, withdrawn })
          const linked = orders.filter((order) => states[order - 1] !== 'withdrawn')
          expect(await leftBy(site)).toEqual(linked.slice(-keepVersions - 1))
        },
      ),
      { numRuns: 60 },
    )
  })
})

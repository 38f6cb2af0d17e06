import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../src/index.ts'
import { type OperationDeps, reconcile, reconcileAll } from '../../src/operations/index.ts'
import { RECORDS_COMPLETE_KEY } from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, OTHER, RESOURCE, urlOf } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

const YEAR_MS = 365 * 86_400_000

/** Files without records, a year later: CKAN shows the file of one resource, and another URL for the other. */
async function adopted(more: { readonly modifiedAt?: Date } = {}): Promise<Bench & OperationDeps> {
  const bench = createBench({
    resources: [
      resourceOf(RESOURCE, { url: await urlOf(keyOf(1), 'one') }),
      resourceOf(OTHER, { url: 'https://example.org/theirs.csv' }),
    ],
  })
  bench.store.place(createdEvent(keyOf(1)).key, { etag: 'one', ...more })
  bench.store.place(createdEvent(keyOf(2, OTHER)).key, { etag: 'two', ...more })
  const now = () => new Date(NOW.getTime() + YEAR_MS)
  return { ...bench, clock: { ...bench.clock, now }, lister: createTableLister(bench.catalog) }
}

const isNoted = ({ store }: Bench) => store.keys(RECORDS_COMPLETE_KEY).length === 1

describe('the first run over the whole bucket', () => {
  it('writes the record of each file that CKAN shows, and notes that records are complete', async () => {
    const bench = await adopted()
    const before = bench.catalog.all()
    await reconcileAll(bench)
    expect(bench.record(keyOf(1))).toMatchObject({
      state: 'linked',
      linked: { size: 8 },
      key: createdEvent(keyOf(1)).key,
    })
    expect(bench.record(keyOf(2, OTHER))).toBeUndefined()
    expect(bench.catalog.all()).toEqual(before)
    expect(bench.store.json(RECORDS_COMPLETE_KEY)).toEqual({ version: 1, at: bench.clock.now().toISOString() })
  })

  it('never links an old file without a record, even when CKAN shows no URL or another version', async () => {
    for (const url of ['', await urlOf(keyOf(1), 'before'), await urlOf(keyOf(0), 'plain')]) {
      const bench = await adopted()
      bench.catalog.set(RESOURCE, { url })
      await reconcileAll(bench)
      expect(bench.catalog.resource(RESOURCE).url).toBe(url)
      expect(bench.record(keyOf(1))).toBeUndefined()
    }
  })

  it('writes no record of an invalid file', async () => {
    const bench = await adopted()
    await reconcileAll({ ...bench, settings: { ...bench.settings, maxUploadBytes: 5 } })
    expect(bench.record(keyOf(1))).toBeUndefined()
    expect(isNoted(bench)).toBe(true)
  })

  it('asks CKAN for such files only in the first run', async () => {
    const bench = await adopted()
    await reconcileAll(bench)
    const reads = bench.catalog.count('readDataset')
    expect(reads).toBeGreaterThan(0)
    await bench.store.remove(`uplink/uploads/${keyOf(1).uploadId}.json`)
    await reconcileAll(bench)
    expect(bench.catalog.count('readDataset')).toBe(reads)
  })

  it('is not complete when CKAN was unreachable for a file without a record', async () => {
    const bench = await adopted()
    bench.catalog.override.readDataset = () => {
      throw new UnavailableError('CKAN is down.')
    }
    await reconcileAll(bench)
    expect(isNoted(bench)).toBe(false)
    delete bench.catalog.override.readDataset
    await reconcileAll(bench)
    expect(isNoted(bench)).toBe(true)
  })

  it('is complete although an upload with a record needs a retry', async () => {
    const bench = await adopted()
    await reconcileAll(bench)
    await bench.store.remove(RECORDS_COMPLETE_KEY)
    await bench.store.remove(createdEvent(keyOf(2, OTHER)).key)
    bench.store.place(createdEvent(keyOf(1)).key, { etag: 'changed' })
    bench.catalog.override.readDataset = () => {
      throw new UnavailableError('CKAN is down.')
    }
    await reconcileAll(bench)
    expect(isNoted(bench)).toBe(true)
  })

  it.each([
    ['of one dataset', { dataset: 'd0000000-0000-4000-8000-000000000000' }],
    ['of recent objects', { since: NOW }],
    ['that does not write records', { restoreRecords: false }],
    ['that continues where an older release stopped', { after: { phase: 'files' as const } }],
  ])('is not one %s', async (_, options) => {
    const bench = await adopted()
    for await (const _step of reconcile(bench, { lister: bench.lister, restoreRecords: true, ...options }));
    expect(isNoted(bench)).toBe(false)
  })

  it('may take several nights', async () => {
    const bench = await adopted()
    let time = bench.clock.now().getTime()
    const clock = {
      ...bench.clock,
      now: () => {
        time += 11_000
        return new Date(time)
      },
    }
    const datasets: OperationDeps['lister']['datasets'] = () => {
      throw new UnavailableError('The night is over.')
    }
    await expect(reconcileAll({ ...bench, clock, lister: { datasets } })).rejects.toThrow('The night is over')
    expect(bench.store.json('uplink/reconcile.json')).toMatchObject({ position: { isWhole: true } })
    expect(isNoted(bench)).toBe(false)
    await reconcileAll({ ...bench, clock })
    expect(isNoted(bench)).toBe(true)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dataset, link, type Outcome, type StoredObject, UnavailableError } from '../../src/index.ts'
import { type DatasetLister, reconcile } from '../../src/operations/index.ts'
import { listShown } from '../../src/operations/list-shown.ts'
import { createSettler } from '../../src/operations/settle-shown.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, RESOURCE } from '../support/fixtures.ts'
import { build, type Plan, plans } from '../support/plans.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

async function objectsIn({ store, settings }: Bench): Promise<readonly StoredObject[]> {
  const objects: StoredObject[] = []
  for await (const object of store.list(settings.keyPrefix)) objects.push(object)
  return objects
}

async function settleAll(
  bench: Bench,
  lister: DatasetLister = createTableLister(bench.catalog),
): Promise<ReadonlyMap<string, Outcome>> {
  return createSettler(bench, await listShown(bench, lister))(await objectsIn(bench))
}

/** The list that CKAN's search would have returned at this moment. */
async function listNow(bench: Bench): Promise<DatasetLister> {
  const datasets: Dataset[] = []
  for await (const dataset of createTableLister(bench.catalog).datasets()) datasets.push(dataset)
  return {
    async *datasets() {
      yield* datasets
    },
  }
}

/** A resource whose first upload is replaced by a second. */
async function createReplaced(settings: Partial<Bench['settings']> = {}): Promise<Bench> {
  const bench = createBench({ settings })
  for (const order of [1, 2]) await link(bench, [bench.upload(keyOf(order), { content: { etag: `etag-${order}` } })])
  return bench
}

const [FIRST, SECOND] = [1, 2].map((order) => createdEvent(keyOf(order)).key)

describe('an object that the list of datasets settles', () => {
  it('is the present file or a replaced file, and needs no other call', async () => {
    const bench = await createReplaced()
    bench.catalog.calls.length = 0
    const settled = await settleAll(bench, await listNow(bench))
    expect([...settled]).toEqual([
      [FIRST, { kind: 'superseded', by: keyOf(2).uploadId }],
      [SECOND, { kind: 'unchanged' }],
    ])
    // The comparison of the list with CKAN.
    expect(bench.catalog.calls).toHaveLength(1)
  })

  it('has the outcome of the linker, which would write nothing', async () => {
    const small: fc.Arbitrary<Plan> = plans.map((plan) => ({ ...plan, before: 0 }))
    let count = 0
    const property = fc.asyncProperty(small, fc.nat(7), fc.boolean(), async (plan, again, isEdited) => {
      const bench = await build(plan)
      for await (const _ of reconcile(bench));
      const put = (await objectsIn(bench))[again]
      if (put) bench.store.place(put.key, { bytes: 'a,c\n', etag: 'another' })
      if (isEdited) bench.catalog.set('resource-0', { url: 'https://example.org/edited.csv' })
      const settled = await settleAll(bench)
      const listed = (await objectsIn(bench)).filter(({ key }) => settled.has(key))
      const writes = () => [bench.store.count('put'), bench.store.count('remove'), bench.catalog.revisions.length]
      const before = writes()
      const events = listed.map(({ key, etag }) => createdEvent(key, { kind: 'listed', etag }))
      expect([...settled.values()]).toEqual(await link(bench, events))
      expect(writes()).toEqual(before)
      count += settled.size
    })
    await fc.assert(property, { numRuns: 200 })
    expect(count).toBeGreaterThan(50)
  })
})

describe('the linker handles an object', () => {
  it.each<[string, (bench: Bench) => unknown]>([
    ['that was put again', ({ store }) => store.place(SECOND ?? '', { etag: 'another' })],
    ['whose record is lost', ({ store }) => store.remove(`uplink/uploads/${keyOf(2).uploadId}.json`)],
    [
      'whose record is unreadable',
      ({ store }) => store.place(`uplink/uploads/${keyOf(2).uploadId}.json`, { bytes: '{}' }),
    ],
    ['whose resource is in no dataset', ({ catalog }) => catalog.remove(RESOURCE)],
    ['whose URL a person has changed', ({ catalog }) => catalog.set(RESOURCE, { url: 'https://example.org/' })],
    ['of a deleted dataset', ({ catalog }) => (catalog.override.dataset = { state: 'deleted' })],
  ])('%s', async (_, change) => {
    const bench = await createReplaced()
    await change(bench)
    expect((await settleAll(bench)).get(SECOND ?? '')).toBeUndefined()
  })

  it.each([
    ['that the loader has not received', 'data.csv', false, undefined],
    ['that is no table, without a call', 'data.pdf', false, { kind: 'unchanged' }],
    ['of a private dataset, without a call', 'data.csv', true, { kind: 'unchanged' }],
  ])('%s', async (_, fileName, isPrivate, expected) => {
    const bench = createBench()
    const event = bench.upload(keyOf(1, RESOURCE, fileName), {
      content: { bytes: fileName.endsWith('.pdf') ? '%PDF-1.7' : 'a,b\n' },
    })
    await link(bench, [event])
    bench.catalog.override.dataset = { private: isPrivate }
    const withLoader: Bench = { ...bench, settings: { ...bench.settings, loader: 'xloader' } }
    expect((await settleAll(withLoader)).get(event.key)).toEqual(expected)
  })
})

describe('a list that is older than CKAN', () => {
  it('settles nothing of a group whose last changed dataset differs', async () => {
    const bench = await createReplaced()
    const list = await listNow(bench)
    // As after a restore of CKAN's database: the index still shows the later upload.
    bench.catalog.set(RESOURCE, { url: '' })
    expect([...(await settleAll(bench, list))]).toEqual([])
  })

  it('is used as far as it was read before CKAN failed, and the log says so', async () => {
    const bench = await createReplaced()
    const broken: DatasetLister = {
      async *datasets() {
        yield* [] as Dataset[]
        throw new UnavailableError('CKAN is down.')
      },
    }
    expect([...(await settleAll(bench, broken))]).toEqual([])
    expect(bench.lines.at(-1)).toEqual({ level: 'warn', fields: { reason: 'CKAN is down.' } })
  })

  it('is read no longer than its time', async () => {
    const bench = createBench({ resources: [] })
    let read = 0
    const endless: DatasetLister = {
      async *datasets() {
        for (;;) {
          read += 1
          yield { id: `dataset-${read}`, state: 'active', private: false, resources: [], readAt: NOW }
        }
      },
    }
    let seconds = 0
    const now = () => {
      seconds += 1
      return new Date(NOW.getTime() + seconds * 1000)
    }
    const clock = { ...bench.clock, now }
    expect((await listShown({ ...bench, clock }, endless, 2500)).size).toBe(0)
    expect(read).toBe(300)
  })
})

describe('a reconciliation', () => {
  it.each([
    [99, 99],
    [100, 1],
  ])('of %i objects in as many datasets reads %i datasets', async (count, reads) => {
    const ids = Array.from({ length: count }, (_, index) => `resource-${String(index).padStart(4, '0')}`)
    const bench = createBench({ resources: ids.map((id) => resourceOf(id, { datasetId: `dataset of ${id}` })) })
    const events = ids.map((id, index) => bench.upload(keyOf(index + 1, id), { record: { entity: entityOf(id) } }))
    await link(bench, events)
    bench.catalog.calls.length = 0
    const kinds = new Set<string>()
    for await (const { finding } of reconcile(bench, { lister: createTableLister(bench.catalog) }))
      if (finding?.kind === 'object') kinds.add(finding.outcome.kind)
    expect([...kinds]).toEqual(['unchanged'])
    expect(bench.catalog.count('readDataset')).toBe(reads)
  })

  function entityOf(id: string) {
    return { type: 'resource', id, dataset_id: `dataset of ${id}` } as const
  }
})

import { describe, expect, it } from 'vitest'
import { link, type Outcome } from '../../src/index.ts'
import { createBench, keyOf } from '../support/fixtures.ts'
import { createMostAtOnce } from '../support/most-at-once.ts'
import { resourceOf } from '../support/table-catalog.ts'

const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ kind }) => kind)
const resourceId = (number: number): string => `resource-${number}`

describe('the cost of linking', () => {
  it('is one read, one look and one write of the record per key, and one read and one write per dataset', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => resourceId(index))
    const bench = createBench({
      resources: ids.map((id, index) => resourceOf(id, { datasetId: `dataset-${index % 2}` })),
    })
    const events = ids.map((id, index) =>
      bench.upload(keyOf(index + 1, id), {
        record: { entity: { type: 'resource', id, dataset_id: `dataset-${index % 2}` } },
      }),
    )
    expect(new Set(kinds(await link(bench, [...events, ...events])))).toEqual(new Set(['linked']))
    expect(['get uplink/uploads/', 'get resources/', 'put uplink/uploads/'].map(bench.store.count)).toEqual([
      20, 20, 20,
    ])
    expect(bench.store.calls).toHaveLength(60)
    expect(['readDataset', 'revise'].map(bench.catalog.count)).toEqual([2, 2])
    expect(bench.catalog.calls).toHaveLength(4)
  })

  it.each([1, 3])('never passes %i calls to the store at once', async (storeConcurrency) => {
    const ids = Array.from({ length: 10 }, (_, index) => resourceId(index))
    const bench = createBench({ resources: ids.map((id) => resourceOf(id)), settings: { storeConcurrency } })
    const events = ids.map((id, index) => bench.upload(keyOf(index + 1, id)))
    const { most, wrap } = createMostAtOnce()
    const store = {
      ...bench.store,
      head: wrap(bench.store.head),
      get: wrap(bench.store.get),
      put: wrap(bench.store.put),
    }
    expect(new Set(kinds(await link({ ...bench, store }, events)))).toEqual(new Set(['linked']))
    expect(most()).toBe(storeConcurrency)
  })

  it.each([1, 2])('never makes more than %i calls to CKAN at once', async (ckanConcurrency) => {
    const ids = Array.from({ length: 6 }, (_, index) => resourceId(index))
    const bench = createBench({
      resources: ids.map((id) => resourceOf(id, { datasetId: `dataset-of-${id}` })),
      settings: { ckanConcurrency },
    })
    const events = ids.map((id, index) =>
      bench.upload(keyOf(index + 1, id), { record: { entity: { type: 'resource', id } } }),
    )
    const { most, wrap } = createMostAtOnce()
    const { findDataset, readDataset, revise } = bench.catalog
    const catalog = {
      ...bench.catalog,
      findDataset: wrap(findDataset),
      readDataset: wrap(readDataset),
      revise: wrap(revise),
    }
    expect(new Set(kinds(await link({ ...bench, catalog }, events)))).toEqual(new Set(['linked']))
    expect(most()).toBe(ckanConcurrency)
  })
})

import { describe, expect, it } from 'vitest'
import { reconcileAll } from '../../src/operations/index.ts'
import { createBench, NOW } from '../support/fixtures.ts'
import { createTableLister } from '../support/table-lister.ts'

const DAY_MS = 86_400_000

describe('an upload link', () => {
  it('is removed at night, 60 days after it was made: at least 30 days after its end', async () => {
    const bench = createBench()
    for (const [id, days] of [
      ['old', 61],
      ['recent', 59],
    ] as const) {
      bench.store.place(`uplink/links/of/dataset/${id}`, { modifiedAt: new Date(NOW.getTime() - days * DAY_MS) })
      bench.store.place(`uplink/links/all/${id}.json`, { bytes: '{}', modifiedAt: NOW })
    }
    bench.store.place('uplink/links/waiting/dataset/upload', {})
    await reconcileAll({ ...bench, lister: createTableLister(bench.catalog) })
    expect(bench.store.keys('uplink/links/')).toEqual([
      'uplink/links/all/recent.json',
      'uplink/links/of/dataset/recent',
      'uplink/links/waiting/dataset/upload',
    ])
  })
})

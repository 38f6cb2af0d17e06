import { describe, expect, it } from 'vitest'
import { link, UnavailableError } from '../../src/index.ts'
import { reconcileAll } from '../../src/operations/index.ts'
import { HOUR_MS } from '../../src/support/units.ts'
import {
  countOpen,
  keepSentRequest,
  markOpen,
  type OpenKind,
  readSentRequest,
  sentRequestKey,
  unmarkOpen,
} from '../../src/uploads/index.ts'
import { expiryOfMark, openKey } from '../../src/uploads/open-uploads.ts'
import { type Bench, createBench, keyOf, NOW, recordOf } from '../support/fixtures.ts'
import { createTableLister } from '../support/table-lister.ts'

const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds)

function openRecord(order: number, expires = later(HOUR_MS), user = 'emma') {
  return recordOf(keyOf(order), { requested_by: user, requested_by_id: user, expires_at: expires.toISOString() })
}

const count = ({ store }: Bench, userId = 'emma', { kind = 'files' as OpenKind, now = NOW, most = 100 } = {}) =>
  countOpen(store, { userId, kind, now, most })

describe('open uploads', () => {
  it('count until their URL expires, separately per user and kind, and never twice', async () => {
    const bench = createBench()
    const image = { ...openRecord(4), id: 'image-4', entity: { type: 'user', id: 'emma' } } as const
    const records = [openRecord(1), openRecord(2, later(2 * HOUR_MS)), openRecord(3, later(HOUR_MS), 'ada'), image]
    for (const record of [...records, ...records]) await markOpen(bench.store, record)
    expect([await count(bench), await count(bench, 'ada'), await count(bench, 'em')]).toEqual([2, 1, 0])
    expect(await count(bench, 'emma', { kind: 'images' })).toBe(1)
    expect(await count(bench, 'emma', { now: later(HOUR_MS + 1) })).toBe(1)
    await unmarkOpen(bench.store, openRecord(2))
    await unmarkOpen(bench.store, openRecord(1))
    expect(await count(bench)).toBe(1)
  })

  it('are counted by one listing that reads no object, begins after the expired marks, and ends at the limit', async () => {
    const bench = createBench()
    for (let order = 1; order <= 30; order += 1)
      await markOpen(bench.store, openRecord(order, later((order - 10) * 1000)))
    bench.store.calls.length = 0
    const seen: string[] = []
    const list: typeof bench.store.list = async function* (prefix, options) {
      for await (const object of bench.store.list(prefix, options)) {
        seen.push(object.key)
        yield object
      }
    }
    const store = { ...bench.store, list }
    expect(await countOpen(store, { userId: 'emma', kind: 'files', now: NOW, most: 5 })).toBe(5)
    expect(seen).toHaveLength(5)
    expect(bench.store.calls.filter((call) => !call.startsWith('list'))).toEqual([])
  })

  it('have a key for any user, but none when the record has no user or no expiry', () => {
    const { expires_at: _, ...timeless } = openRecord(1)
    expect([openKey(timeless), openKey(recordOf(keyOf(1)))]).toEqual([undefined, undefined])
    const key = openKey(openRecord(1, later(5), '../a b/c')) ?? ''
    expect(key.startsWith('uplink/open/..%2Fa%20b%2Fc/files/')).toBe(true)
    expect(expiryOfMark(key)).toEqual(later(5))
    expect(expiryOfMark('uplink/open/emma/files/notes.txt')).toBeUndefined()
  })

  it('end when the linker has linked the file, or refused it', async () => {
    const bench = createBench()
    const events = [1, 2].map((order) => bench.upload(keyOf(order), { record: openRecord(order) }))
    for (const order of [1, 2]) await markOpen(bench.store, openRecord(order))
    expect((await link(bench, events)).map(({ kind }) => kind)).toEqual(['superseded', 'linked'])
    expect(await count(bench)).toBe(0)
  })

  it('stay open while CKAN is unreachable, and a mark that cannot be removed does not delay the linker', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1), { record: openRecord(1) })
    await markOpen(bench.store, openRecord(1))
    bench.catalog.override.readDataset = () => {
      throw new UnavailableError('CKAN is away.')
    }
    await link(bench, [event])
    expect(await count(bench)).toBe(1)
    delete bench.catalog.override.readDataset
    const remove = () => Promise.reject(new UnavailableError('The store is away.'))
    expect(await link({ ...bench, store: { ...bench.store, remove } }, [event])).toMatchObject([{ kind: 'linked' }])
  })

  it('that expired without a file are removed at night', async () => {
    const bench = createBench()
    for (const [order, expires] of [later(-1), later(HOUR_MS), later(-HOUR_MS)].entries())
      await markOpen(bench.store, openRecord(order + 1, expires))
    await reconcileAll({ ...bench, lister: createTableLister(bench.catalog) })
    expect(bench.store.keys('uplink/open/')).toEqual([openKey(openRecord(2, later(HOUR_MS)))])
  })
})

describe('a request for many uploads', () => {
  const key = sentRequestKey('emma', 'ab12')

  it('is kept once, with the time of its first attempt', async () => {
    const { store } = createBench()
    expect(await readSentRequest(store, key)).toBeUndefined()
    const first = { at: 1, digest: 'one' }
    expect(await keepSentRequest(store, key, first)).toEqual(first)
    expect(await keepSentRequest(store, key, { at: 2, digest: 'two' })).toEqual(first)
    expect(await readSentRequest(store, key)).toEqual(first)
  })

  it('does not count as an open upload, and is removed after eight days', async () => {
    const bench = createBench()
    await keepSentRequest(bench.store, key, { at: 1, digest: 'one' })
    expect(await count(bench)).toBe(0)
    const kept = (await bench.store.head(key))?.modifiedAt.getTime() ?? 0
    const reconcile = (days: number) => {
      const clock = { ...bench.clock, now: () => new Date(kept + days * 24 * HOUR_MS) }
      return reconcileAll({ ...bench, clock, lister: createTableLister(bench.catalog) })
    }
    await reconcile(7.9)
    expect(bench.store.keys('uplink/open/')).toEqual([key])
    await reconcile(8.1)
    expect(bench.store.keys('uplink/open/')).toEqual([])
  })
})

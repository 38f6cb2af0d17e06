import { describe, expect, it } from 'vitest'
import { consume, link, type ObjectEvent, UnavailableError } from '../../src/index.ts'
import { findUnneededFiles, reconcile } from '../../src/operations/index.ts'
import { recordIdOf, releaseUpload } from '../../src/uploads/index.ts'
import { readRecord } from '../../src/uploads/upload-record.ts'
import { later } from '../support/clean-bench.ts'
import { type Bench, createBench, createdEvent, decode, keyOf, RESOURCE, urlOf } from '../support/fixtures.ts'
import { kindsOf } from '../support/image-bench.ts'
import { resourceOf } from '../support/table-catalog.ts'

const CALLS = 'resources/api_uploads/uplink-calls/'
const proposed = { held: 'proposed' } as const

/** Releases the upload, and returns the event of the call. */
async function release(bench: Bench, present = {}): Promise<ObjectEvent> {
  const stored = await readRecord(bench.store, recordIdOf(keyOf(1)))
  if (stored === undefined) throw new Error('The upload has no record.')
  await releaseUpload(bench.store, bench.settings, stored, present)
  return createdEvent(bench.store.keys(CALLS)[0] ?? '')
}

describe('an upload that is held', () => {
  it('waits when its file arrives, and CKAN is not asked', async () => {
    const bench = createBench({ resources: [] })
    const event = bench.upload(keyOf(1), { record: proposed })
    expect(kindsOf(await link(bench, [event, event]))).toEqual(['waiting', 'waiting'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'proposed', reason: expect.stringContaining('accepts it') })
    expect(bench.catalog.calls).toEqual([])
  })

  it('is linked once it is released, by the call alone', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1), { record: proposed, content: { etag: 'one' } })
    await link(bench, [event])
    const call = await release(bench)
    expect(kindsOf(await link(bench, [call, event]))).toEqual(['linked', 'linked'])
    expect(bench.catalog.resource(RESOURCE)?.url).toBe(await urlOf(keyOf(1), 'one'))
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.record(keyOf(1))).not.toHaveProperty('reason')
    expect(bench.store.keys(CALLS)).toEqual([])
    expect(kindsOf(await link(bench, [call]))).toEqual(['ignored'])
  })

  it('is linked by the reconciliation when the notification of the call was lost', async () => {
    const bench = createBench()
    bench.upload(keyOf(1), { record: { ...proposed, state: 'proposed' } })
    await release(bench)
    for await (const _ of reconcile(bench));
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.store.keys(CALLS)).toEqual([])
  })

  it('replaces what CKAN shows at the time of the release', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url: 'https://example.org/new.csv' })] })
    bench.upload(keyOf(1), { record: { ...proposed, state: 'proposed' } })
    const call = await release(bench, { previous_url: 'https://example.org/new.csv' })
    expect(kindsOf(await link(bench, [call]))).toEqual(['linked'])
  })

  it('keeps its call while CKAN is unreachable', async () => {
    const bench = createBench()
    bench.upload(keyOf(1), { record: { ...proposed, state: 'proposed' } })
    const call = await release(bench)
    bench.catalog.override.readDataset = () => {
      throw new UnavailableError('CKAN is down.')
    }
    expect(kindsOf(await link(bench, [call]))).toEqual(['retry'])
    expect(bench.store.keys(CALLS)).toHaveLength(1)
    delete bench.catalog.override.readDataset
    expect(kindsOf(await link(bench, [call]))).toEqual(['linked'])
  })

  it('is linked by a later call that was put before the linker removed an earlier one', async () => {
    const bench = createBench()
    bench.upload(keyOf(1), { record: { ...proposed, state: 'proposed' } })
    const first = await release(bench)
    await release(bench)
    await link(bench, [first])
    expect(bench.store.keys(CALLS)).toHaveLength(1)
  })

  it('has its call parked as its own at the last attempt', async () => {
    const bench = createBench()
    bench.upload(keyOf(1), { record: { ...proposed, state: 'proposed' } })
    const call = await release(bench)
    bench.catalog.override.readDataset = () => {
      throw new UnavailableError('CKAN is down.')
    }
    const delivery = { id: 'message-1', attempt: 100, lastAttempt: true, body: [call] }
    expect(await consume(bench, decode, [delivery])).toMatchObject([{ kind: 'parked' }])
    expect(bench.parked()).toMatchObject([{ event: { key: createdEvent(keyOf(1)).key } }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'parked' })
    expect(bench.store.keys(CALLS)).toEqual([])
  })

  it('stays in the bucket even if its resource does not exist yet', async () => {
    const bench = createBench({ resources: [] })
    bench.upload(keyOf(1), { record: { ...proposed, state: 'proposed' } })
    const { deps } = later(bench)
    const unneeded = []
    for await (const { key } of findUnneededFiles(deps, { olderThanDays: 30 })) unneeded.push(key)
    expect(unneeded).toEqual([])
  })

  it('is not linked when it was refused, also when it is released after that', async () => {
    const bench = createBench()
    const withdrawn = { at: '2026-03-01T00:00:00.000Z', by: 'emma', reason: 'It is not about this dataset.' }
    const event = bench.upload(keyOf(1), { record: { ...proposed, state: 'withdrawn', withdrawn } })
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(kindsOf(await link(bench, [await release(bench)]))).toEqual(['ignored'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'withdrawn' })
  })
})

describe('a resource with the id uplink-calls', () => {
  it('has its files linked like any other', async () => {
    const id = 'uplink-calls'
    const bench = createBench({ resources: [resourceOf(id)] })
    const event = bench.upload(keyOf(1, id))
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.store.keys(CALLS)).toEqual([event.key])
  })
})

import { describe, expect, it } from 'vitest'
import { link, type Outcome } from '../../src/index.ts'
import { recordKey } from '../../src/uploads/index.ts'
import { createBench, createdEvent, keyOf, RESOURCE, recordOf, urlOf } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'

const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ kind }) => kind)

describe('an object without a record', () => {
  it.each([0, 1])('is linked, and then gets a record', async (order) => {
    const bench = createBench()
    const event = createdEvent(keyOf(order))
    bench.store.place(event.key)
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.record(keyOf(order))).toMatchObject({ key: event.key, state: 'linked' })
    expect(kinds(await link(bench, [event]))).toEqual(['unchanged'])
  })

  it.each([true, false])(
    'is left alone when its record may have expired long ago (record required: %s)',
    async (requireUploadRecord) => {
      const bench = createBench({ settings: { requireUploadRecord } })
      const event = createdEvent({
        kind: 'resource',
        resourceId: RESOURCE,
        uploadId: '01900000-0000-7000-8000-000000000000',
        fileName: 'data.csv',
      })
      bench.store.place(event.key)
      expect(await link(bench, [event])).toEqual([
        { kind: 'ignored', reason: expect.stringContaining('is old and has no record') },
      ])
      expect(bench.catalog.calls).toEqual([])
    },
  )

  it.each([0, 1])('is parked when a record is required', async (order) => {
    const bench = createBench({ settings: { requireUploadRecord: true } })
    const event = createdEvent(keyOf(order))
    bench.store.place(event.key)
    expect(await link(bench, [event])).toEqual([
      { kind: 'parked', reason: expect.stringContaining('REQUIRE_UPLOAD_RECORD') },
    ])
    expect(bench.catalog.calls).toEqual([])
  })

  it('is linked even when its name is a name that the gateway never gives', async () => {
    const bench = createBench({ settings: { publicBucketUrl: 'https://cdn.example.org' } })
    const event = createdEvent(keyOf(1, RESOURCE, '100% & e\u0301.csv'))
    bench.store.place(event.key)
    const [outcome] = await link(bench, [event])
    const url = outcome?.kind === 'linked' ? new URL(outcome.url) : undefined
    const [before, name = ''] = event.key.split(/\/(?=[^/]*$)/u)
    expect(decodeURIComponent(url?.pathname ?? '').replace(/\/[0-9a-f]{16}\//u, '/<version>/')).toBe(
      `/${before}/<version>/${name}`,
    )
  })

  it('gets no record when it is not linked', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url: 'https://example.org/a.csv' })] })
    bench.store.place(createdEvent(keyOf(1)).key)
    expect(await link(bench, [createdEvent(keyOf(1))])).toEqual([
      { kind: 'ignored', reason: expect.stringContaining('No upload record') },
    ])
    expect(bench.record(keyOf(1))).toBeUndefined()
  })

  it('gets no record when it is too large', async () => {
    const bench = createBench({ settings: { maxUploadBytes: 1 } })
    bench.store.place(createdEvent(keyOf(1)).key)
    expect(await link(bench, [createdEvent(keyOf(1))])).toEqual([
      { kind: 'ignored', reason: expect.stringContaining('at most 1 are allowed') },
    ])
    expect(bench.record(keyOf(1))).toBeUndefined()
  })

  it("does not replace a person's change that was made after another linker noted the plain key", async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url: 'https://example.org/by-hand.csv' })] })
    const event = createdEvent(keyOf(0))
    bench.store.place(event.key, { etag: 'abc' })
    bench.catalog.override.readDataset = () => {
      delete bench.catalog.override.readDataset
      const claimed = { claimed: 'ba7816bf8f01cfea', previous_url: '', previous_last_modified: null }
      bench.store.place(recordKey(`plain-${RESOURCE}`), { bytes: JSON.stringify(recordOf(keyOf(0), claimed)) })
    }
    expect(kinds(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.catalog.count('revise')).toBe(0)
  })

  it("replaces any URL under the plain key, but never a person's later change", async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url: 'https://example.org/a.csv' })] })
    const event = createdEvent(keyOf(0))
    bench.store.place(event.key, { etag: 'one' })
    expect(await link(bench, [event])).toEqual([
      { kind: 'linked', url: await urlOf({ kind: 'resource', resourceId: RESOURCE, fileName: 'a.csv' }, 'one') },
    ])
    bench.catalog.set(RESOURCE, { url: 'https://example.org/a.csv' })
    expect(kinds(await link(bench, [event]))).toEqual(['ignored'])
    bench.store.place(event.key, { etag: 'two' })
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
  })
})

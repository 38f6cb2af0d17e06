import { describe, expect, it } from 'vitest'
import { link, NotAllowedError, type Outcome, UplinkError } from '../../src/index.ts'
import { recordKey } from '../../src/uploads/index.ts'
import { createBench, keyOf, OTHER, RESOURCE, recordOf, uploadId } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'

const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ kind }) => kind)
/** A well-formed id for resource `number`. */
const resourceId = (number: number): string => `resource-${number}`

describe('a refusal of CKAN', () => {
  const invalid = (...ids: string[]) =>
    ({ kind: 'refused', resourceIds: ids, message: 'licence: Missing value' }) as const

  it('parks the faulty resource with its message, and links all others', async () => {
    const ids = [1, 2, 3].map(resourceId)
    const bench = createBench({ resources: ids.map((id) => resourceOf(id)) })
    bench.catalog.override.revise = (changes) =>
      changes.some(({ resource }) => resource.id === 'resource-2') ? invalid('resource-2') : undefined
    const outcomes = await link(
      bench,
      ids.map((id, index) => bench.upload(keyOf(index + 1, id))),
    )
    expect(outcomes).toMatchObject([
      { kind: 'linked' },
      { kind: 'parked', reason: 'licence: Missing value' },
      { kind: 'linked' },
    ])
    expect(bench.catalog.revisions.map((changes) => changes.map(({ resource }) => resource.id))).toEqual([
      ids,
      ['resource-1', 'resource-3'],
      ['resource-2'],
    ])
  })

  it('parks all uploads when the dataset is at fault', async () => {
    const ids = [1, 2].map(resourceId)
    const bench = createBench({ resources: ids.map((id) => resourceOf(id)) })
    bench.catalog.override.revise = () => invalid()
    const events = ids.map((id, index) => bench.upload(keyOf(index + 1, id)))
    expect(kinds(await link(bench, events))).toEqual(['parked', 'parked'])
    expect(bench.catalog.count('revise')).toBe(1)
    expect(bench.parked()).toHaveLength(2)
  })

  it('parks the losers together with their winner', async () => {
    const bench = createBench()
    bench.catalog.override.revise = () => invalid(RESOURCE)
    expect(kinds(await link(bench, [bench.upload(keyOf(1)), bench.upload(keyOf(2))]))).toEqual(['parked', 'parked'])
  })

  it('to show a resource that has moved parks only that resource', async () => {
    const bench = createBench()
    bench.catalog.findDataset = () =>
      Promise.reject(new NotAllowedError('The service user may not read this resource.'))
    expect(await link(bench, [bench.upload(keyOf(1)), bench.upload(keyOf(2, OTHER))])).toMatchObject([
      { kind: 'linked' },
      { kind: 'parked', reason: 'The service user may not read this resource.' },
    ])
  })

  it('because of a missing permission is parked with its reason', async () => {
    const bench = createBench()
    bench.catalog.override.revise = () => {
      throw new NotAllowedError('The service user may not update this dataset: make it an editor.')
    }
    expect(await link(bench, [bench.upload(keyOf(1))])).toEqual([
      { kind: 'parked', reason: expect.stringContaining('make it an editor') },
    ])
  })
})

describe('a failing store', () => {
  it.each(['uplink/uploads/', 'resources/'])('at %s leads to a retry', async (start) => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    bench.store.broken.add(start)
    expect(await link(bench, [event])).toEqual([
      { kind: 'retry', afterSeconds: expect.any(Number), cause: expect.stringContaining('The store fails') },
    ])
    bench.store.broken.clear()
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
  })

  it('at one object does not delay others', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)] })
    const events = [bench.upload(keyOf(1)), bench.upload(keyOf(2, OTHER))]
    bench.store.broken.add(events[0]?.key ?? '')
    expect(kinds(await link(bench, events))).toEqual(['retry', 'linked'])
  })

  it('with a final error parks the upload', async () => {
    const bench = createBench({ fail: () => new UplinkError('store', 'The bucket refuses its key.', false) })
    const event = bench.upload(keyOf(1))
    bench.store.broken.add(event.key)
    expect(await link(bench, [event])).toEqual([{ kind: 'parked', reason: 'The bucket refuses its key.' }])
  })

  it('at the record after the write to CKAN leads to a retry, which ends unchanged', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    bench.catalog.override.afterRevise = () => void bench.store.broken.add('uplink/')
    expect(kinds(await link(bench, [event]))).toEqual(['retry'])
    bench.store.broken.clear()
    expect(kinds(await link(bench, [event]))).toEqual(['unchanged'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })

  it('with a damaged record parks that upload and does not change the record', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    bench.store.place(recordKey(uploadId(1)), { bytes: 'damaged' })
    expect(await link(bench, [event])).toEqual([
      { kind: 'parked', reason: expect.stringContaining('not an upload record') },
    ])
    expect(bench.store.count('put uplink/uploads/')).toBe(0)
  })
})

describe('a record that another linker completes at the same time', () => {
  it('never returns to an earlier state', async () => {
    const bench = createBench()
    const events = [bench.upload(keyOf(1)), bench.upload(keyOf(2))]
    bench.catalog.override.afterRevise = () => {
      const linked = { version: '0123456789abcdef', size: 1, at: '2026-01-01T00:00:00.000Z' }
      bench.store.place(recordKey(uploadId(1)), {
        bytes: JSON.stringify(recordOf(keyOf(1), { state: 'linked', linked })),
      })
    }
    expect(kinds(await link(bench, events))).toEqual(['superseded', 'linked'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })

  it('in another version lets CKAN decide which version is later', async () => {
    const bench = createBench()
    const linked = { version: '0123456789abcdef', size: 1, at: '2026-01-01T00:00:00.000Z' }
    bench.catalog.override.afterRevise = () =>
      bench.store.place(recordKey(uploadId(1)), {
        bytes: JSON.stringify(recordOf(keyOf(1), { state: 'linked', linked })),
      })
    expect(kinds(await link(bench, [bench.upload(keyOf(1))]))).toEqual(['retry'])
    expect(bench.record(keyOf(1))).toMatchObject({ linked })
  })
})

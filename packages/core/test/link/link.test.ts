import { describe, expect, it } from 'vitest'
import { link, type Outcome, UnavailableError } from '../../src/index.ts'
import { createBench, createdEvent, keyOf, OTHER, RESOURCE, uploadId, urlOf } from '../support/fixtures.ts'
import { DATASET_ID, resourceOf } from '../support/table-catalog.ts'

const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ kind }) => kind)

describe('an upload', () => {
  it('is linked: CKAN shows it, and its record is linked', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    const url = await urlOf(keyOf(1), 'one')
    expect(await link(bench, [event])).toEqual([{ kind: 'linked', url }])
    expect(bench.catalog.resource(RESOURCE)).toMatchObject({
      url,
      urlType: '',
      format: 'CSV',
      mimetype: 'text/csv',
      size: 8,
      lastModified: '2026-03-04T05:06:07',
    })
    expect(bench.record(keyOf(1))).toMatchObject({
      state: 'linked',
      linked: { version: expect.any(String), size: 8, at: '2026-03-04T05:00:00.000Z' },
    })
    expect(bench.parked()).toEqual([])
  })

  it('is unchanged afterwards: the linker writes neither CKAN nor the record again', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    await link(bench, [event])
    const before = bench.record(keyOf(1))
    expect(await link(bench, [event, event])).toEqual([{ kind: 'unchanged' }, { kind: 'unchanged' }])
    expect(bench.catalog.count('revise')).toBe(1)
    expect(bench.store.count('put')).toBe(1)
    expect(bench.record(keyOf(1))).toEqual(before)
  })

  it('is linked when only CKAN shows that its write succeeded', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    let cuts = 1
    bench.catalog.override.afterRevise = () => {
      cuts -= 1
      if (cuts === 0) throw new UnavailableError('CKAN broke off.')
    }
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.catalog.count('revise')).toBe(1)
  })

  it('is superseded by a later upload of the same batch, after that is linked', async () => {
    const bench = createBench()
    const events = [2, 1].map((order) => bench.upload(keyOf(order)))
    expect(await link(bench, events)).toMatchObject([{ kind: 'linked' }, { kind: 'superseded', by: uploadId(2) }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'superseded', reason: expect.stringContaining(uploadId(2)) })
  })

  it('is not superseded by a later upload that CKAN refused', async () => {
    const bench = createBench()
    const events = [2, 1].map((order) => bench.upload(keyOf(order)))
    bench.catalog.override.revise = () => {
      throw new UnavailableError('CKAN is away.')
    }
    expect(kinds(await link(bench, events))).toEqual(['retry', 'retry'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'issued' })
  })

  it('whose content differs from the declared values fails, and does not change CKAN', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1), { record: { declared: { size: 99 } } })
    expect(await link(bench, [event])).toEqual([
      { kind: 'ignored', reason: expect.stringContaining('99 were declared') },
    ])
    expect(bench.record(keyOf(1))).toMatchObject({
      state: 'failed',
      code: 'size_mismatch',
      reason: expect.stringContaining('99'),
    })
    expect(bench.catalog.count('revise')).toBe(0)
  })

  it("that came after a person's change fails for that reason", async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url: 'https://example.org/by-hand.csv' })] })
    expect(kinds(await link(bench, [bench.upload(keyOf(1))]))).toEqual(['ignored'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'changed_in_ckan' })
    expect(bench.catalog.resource(RESOURCE).url).toBe('https://example.org/by-hand.csv')
  })

  it('is linked after another write intervened', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)] })
    const events = [bench.upload(keyOf(1)), bench.upload(keyOf(2, OTHER))]
    let races = 2
    bench.catalog.override.revise = () => {
      races -= 1
      return races >= 0 ? { kind: 'conflict' } : undefined
    }
    expect(kinds(await link(bench, events))).toEqual(['linked', 'linked'])
    expect(bench.store.count('get resources/')).toBe(6)
  })

  it('waits when others keep writing', async () => {
    const bench = createBench()
    bench.catalog.override.revise = () => ({ kind: 'conflict' })
    expect(await link(bench, [bench.upload(keyOf(1))])).toEqual([
      { kind: 'retry', afterSeconds: expect.any(Number), cause: expect.stringContaining('changed by others') },
    ])
    expect(bench.catalog.count('revise')).toBe(5)
  })

  it('is read once, even when the race for its dataset is lost several times', async () => {
    const bench = createBench()
    const hash = `sha256:${'f'.repeat(64)}`
    bench.catalog.override.revise = () => ({ kind: 'conflict' })
    const content = { bytes: 'x'.repeat(100_000) }
    await link(bench, [bench.upload(keyOf(1), { record: { declared: { hash } }, content }), bench.upload(keyOf(2))])
    expect(bench.store.count('sha256')).toBe(1)
  })
})

describe('an event', () => {
  it.each([
    ['of another bucket', createdEvent(keyOf(1), { bucket: 'other' }), 'bucket other'],
    ['outside the prefix', createdEvent('uplink/uploads/x.json'), 'outside resources/api_uploads/'],
    ['about a removal', createdEvent(keyOf(1), { kind: 'removed' }), 'removed'],
    [
      'that says removed for a key that makes no sense',
      createdEvent('resources/api_uploads/?', { kind: 'removed' }),
      'removed',
    ],
  ])('%s is ignored without a single call', async (_, event, reason) => {
    const bench = createBench()
    expect(await link(bench, [event])).toEqual([{ kind: 'ignored', reason: expect.stringContaining(reason) }])
    expect([...bench.store.calls, ...bench.catalog.calls]).toEqual([])
  })

  it('for a key that names no resource is parked', async () => {
    const bench = createBench()
    const event = createdEvent('resources/api_uploads/a/b/c')
    expect(await link(bench, [event])).toEqual([{ kind: 'parked', reason: expect.stringContaining('a/b/c') }])
    expect(bench.parked()).toMatchObject([{ event, reason: expect.stringContaining('names neither a resource') }])
  })

  it('that could not be parked is retried', async () => {
    const bench = createBench()
    bench.store.broken.add('uplink/parked/')
    expect(kinds(await link(bench, [createdEvent('resources/api_uploads/a/b/c')]))).toEqual(['retry'])
  })

  it('of an object that contains the id of another upload is parked, and that upload is unchanged', async () => {
    const bench = createBench()
    bench.upload(keyOf(1))
    const stray = createdEvent(keyOf(1, OTHER))
    bench.store.place(stray.key)
    expect(await link(bench, [stray])).toEqual([
      { kind: 'parked', reason: expect.stringContaining('of an upload with the key') },
    ])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'issued' })
  })

  it('gets its outcome in its place among many', async () => {
    const bench = createBench()
    const good = bench.upload(keyOf(1))
    const events = [
      createdEvent('elsewhere'),
      good,
      createdEvent('resources/api_uploads/x'),
      { ...good, kind: 'removed' as const },
      good,
    ]
    expect(kinds(await link(bench, events))).toEqual(['ignored', 'linked', 'parked', 'ignored', 'linked'])
  })

  it('without events has no outcomes', async () => expect(await link(createBench(), [])).toEqual([]))
})

describe('an object that does not exist', () => {
  it.each([
    [1, 'retry'],
    [2, 'retry'],
    [3, 'parked'],
  ])('although it has a record: attempt %i is %s', async (attempt, kind) => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    await bench.store.remove(event.key)
    expect(kinds(await link(bench, [{ ...event, attempt }]))).toEqual([kind])
    expect(bench.parked()).toHaveLength(kind === 'parked' ? 1 : 0)
    expect(bench.record(keyOf(1))).toMatchObject(
      kind === 'parked' ? { state: 'failed', code: 'parked' } : { state: 'issued' },
    )
    expect(bench.catalog.count('revise')).toBe(0)
  })

  it.each(['linked', 'superseded', 'aborted', 'expired', 'failed'] as const)(
    'is gone when its upload is %s',
    async (state) => {
      const bench = createBench()
      const event = bench.upload(keyOf(1), { record: { state } })
      await bench.store.remove(event.key)
      expect(await link(bench, [event])).toEqual([{ kind: 'ignored', reason: 'The object is gone.' }])
    },
  )

  it('and has no record is gone', async () => {
    expect(await link(createBench(), [createdEvent(keyOf(0)), createdEvent(keyOf(1))])).toEqual([
      { kind: 'ignored', reason: 'The object is gone.' },
      { kind: 'ignored', reason: 'The object is gone.' },
    ])
  })
})

describe('a resource', () => {
  it.each<[string, string | undefined]>([
    ['with the dataset in its record', DATASET_ID],
    ['without a dataset in its record', undefined],
  ])('that does not exist is parked, %s', async (_, datasetId) => {
    const bench = createBench({ resources: [] })
    const entity = { type: 'resource', id: RESOURCE, ...(datasetId && { dataset_id: datasetId }) } as const
    expect(await link(bench, [bench.upload(keyOf(1), { record: { entity } })])).toEqual([
      { kind: 'parked', reason: expect.stringContaining(`${RESOURCE} does not exist`) },
    ])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'parked' })
  })

  it('that has moved to another dataset is linked there', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { datasetId: 'another-dataset' })] })
    expect(kinds(await link(bench, [bench.upload(keyOf(1))]))).toEqual(['linked'])
    expect(bench.catalog.calls.filter((call) => call.startsWith('revise'))).toEqual(['revise another-dataset'])
  })

  it('of a deleted dataset is parked', async () => {
    const bench = createBench()
    bench.catalog.override.dataset = { state: 'deleted' }
    expect(await link(bench, [bench.upload(keyOf(1))])).toEqual([
      { kind: 'parked', reason: expect.stringContaining('is deleted in CKAN') },
    ])
    expect(bench.catalog.count('revise')).toBe(0)
  })

  it('that had moved before its dataset was deleted is linked where it is', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { datasetId: 'another-dataset' })] })
    bench.catalog.override.readDataset = (id) => {
      bench.catalog.override.dataset = { state: id === DATASET_ID ? 'deleted' : 'active' }
    }
    expect(kinds(await link(bench, [bench.upload(keyOf(1))]))).toEqual(['linked'])
  })
})

import { describe, expect, it } from 'vitest'
import {
  consume,
  type Decode,
  type Delivery,
  isFinal,
  NotAllowedError,
  type ObjectEvent,
  type Outcome,
  TokenInvalidError,
  UnavailableError,
} from '../../src/index.ts'
import { PROBE_PREFIX } from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, decode, keyOf, OTHER, RESOURCE } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'

function delivery(body: unknown, more: Partial<Delivery> = {}): Delivery {
  return { id: 'message-1', attempt: 1, lastAttempt: false, body, ...more }
}

/** Makes CKAN fail for every dataset. */
function createBenchWithout(error: Error): { readonly bench: Bench; readonly event: ObjectEvent } {
  const bench = createBench()
  bench.catalog.override.readDataset = () => {
    throw error
  }
  return { bench, event: bench.upload(keyOf(1)) }
}

const afterSeconds = (outcomes: readonly Outcome[]): readonly number[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'retry' ? [outcome.afterSeconds] : []))
const malformed = 'The message is no notification of this bucket.'

describe('a batch', () => {
  it('leads to one outcome per delivery, in their order, and one log line per event', async () => {
    const bench = createBench()
    const good = bench.upload(keyOf(1))
    const bodies = [[createdEvent('elsewhere')], 'nonsense', [good], [], [createdEvent('resources/api_uploads/x')]]
    const outcomes = await consume(
      bench,
      decode,
      bodies.map((body) => delivery(body)),
    )
    expect(outcomes.map(({ kind }) => kind)).toEqual(['ignored', 'parked', 'linked', 'ignored', 'parked'])
    expect(bench.lines.map(({ level, fields }) => [level, fields['outcome']])).toEqual(
      expect.arrayContaining([
        ['info', 'ignored'],
        ['error', 'parked'],
        ['info', 'linked'],
      ]),
    )
    expect(bench.lines).toHaveLength(5)
    expect(bench.lines.find(({ fields }) => fields['outcome'] === 'linked')?.fields).toMatchObject({
      resource: RESOURCE,
      upload: keyOf(1).uploadId,
      key: good.key,
      attempt: 1,
    })
  })

  it.each([
    ['the seconds since the event', '2026-03-04T04:59:47.460Z', { seconds: 12.5 }],
    ["no negative time where the provider's clock is ahead", '2026-03-04T05:00:02Z', { seconds: 0 }],
    ['no seconds without a readable time', 'yesterday', {}],
    ['no seconds without a time', undefined, {}],
  ])('logs %s', async (_, time, seconds) => {
    const bench = createBench()
    const event = { ...bench.upload(keyOf(1)), ...(time !== undefined && { time }) }
    await consume(bench, decode, [delivery([event])])
    const { fields = {} } = bench.lines.find((line) => line.fields['outcome'] === 'linked') ?? {}
    expect(Object.hasOwn(fields, 'seconds') ? { seconds: fields['seconds'] } : {}).toEqual(seconds)
  })

  it('parks a probe, but logs it under another word, so that it raises no alarm', async () => {
    const bench = createBench()
    const [outcome] = await consume(bench, decode, [delivery([createdEvent(`resources/api_uploads/${PROBE_PREFIX}1`)])])
    expect(outcome?.kind).toBe('parked')
    expect(bench.lines.map(({ level, fields }) => [level, fields['outcome']])).toEqual([['info', 'probed']])
  })

  it('shares one look between deliveries of the same event', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    const outcomes = await consume(bench, decode, [
      delivery([event]),
      delivery([{ ...event }]),
      delivery([event, event]),
    ])
    expect(outcomes.map(({ kind }) => kind)).toEqual(['linked', 'linked', 'linked'])
    expect([bench.store.count('get resources/'), bench.catalog.count('revise')]).toEqual([1, 1])
  })

  it('without deliveries has no outcomes', async () => expect(await consume(createBench(), decode, [])).toEqual([]))
})

describe('a delivery', () => {
  it('that is malformed is parked with its reason, a long delivery with its beginning', async () => {
    const bench = createBench()
    expect(await consume(bench, decode, [delivery('x'.repeat(1_000_000))])).toEqual([
      { kind: 'parked', reason: malformed },
    ])
    expect(bench.parked()).toMatchObject([{ reason: malformed, body: 'x'.repeat(262_144), is_cut: true }])
  })

  it('that makes a decoder throw is parked like other malformed deliveries', async () => {
    const bench = createBench()
    const stumbling: Decode = () => {
      throw new TypeError('body.Records is not iterable')
    }
    expect(await consume(bench, stumbling, [delivery({})])).toEqual([
      { kind: 'parked', reason: 'body.Records is not iterable' },
    ])
  })

  it.each([false, true])(
    'that is malformed and cannot be parked is never acknowledged (last attempt: %s)',
    async (lastAttempt) => {
      const bench = createBench()
      bench.store.broken.add('uplink/parked/')
      const outcomes = await consume(bench, decode, [delivery('nonsense', { lastAttempt })])
      expect(outcomes).toEqual([{ kind: 'retry', afterSeconds: 60, cause: expect.stringContaining('The store fails') }])
      expect(outcomes.map(isFinal)).toEqual([false])
    },
  )

  it('with good records and a bad record links the good records, and parks the bad record', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    const reason = "1 of 2 records can't be read. Record 1: It is no event."
    const outcomes = await consume(bench, decode, [delivery({ events: ['bad', event] })])
    expect(outcomes).toEqual([{ kind: 'parked', reason }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.parked()).toMatchObject([{ reason, body: '{"events":["bad"]}', is_cut: false }])
    expect(bench.lines.map(({ fields }) => fields['outcome']).toSorted()).toEqual(['linked', 'parked'])
  })

  it('with a bad record is acknowledged only when the record is parked', async () => {
    const bench = createBench()
    bench.store.broken.add('uplink/parked/')
    const body = { events: ['bad', bench.upload(keyOf(1))] }
    expect(await consume(bench, decode, [delivery(body)])).toMatchObject([{ kind: 'retry' }])
    bench.store.broken.clear()
    expect(await consume(bench, decode, [delivery(body, { attempt: 2 })])).toMatchObject([{ kind: 'parked' }])
    expect(bench.parked()).toHaveLength(1)
  })

  it('with a bad record and a waiting event raises one alarm, after the wait', async () => {
    const { bench, event } = createBenchWithout(new UnavailableError('CKAN is away.'))
    const body = { events: ['bad', event] }
    expect(await consume(bench, decode, [delivery(body)])).toMatchObject([{ kind: 'retry' }])
    expect(bench.parked()).toEqual([])
    expect(await consume(bench, decode, [delivery(body, { attempt: 9, lastAttempt: true })])).toMatchObject([
      { kind: 'parked' },
    ])
    expect(bench.parked()).toHaveLength(2)
    expect(bench.lines.filter(({ fields }) => fields['reason']?.toString().includes('Record 1'))).toHaveLength(1)
  })

  it('without an event, like a test message, is ignored and not parked', async () => {
    const bench = createBench()
    expect(await consume(bench, decode, [delivery([])])).toEqual([
      { kind: 'ignored', reason: 'The message contains no object event.' },
    ])
    expect([...bench.store.calls, ...bench.catalog.calls]).toEqual([])
  })

  it('with several events waits for the event with the shortest wait', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER, { datasetId: 'other-dataset' })] })
    const entity = { type: 'resource', id: OTHER, dataset_id: 'other-dataset' } as const
    const events = [
      bench.upload(keyOf(1)),
      bench.upload(keyOf(2, OTHER), { record: { entity } }),
      createdEvent('resources/api_uploads/x'),
    ]
    bench.catalog.override.readDataset = (id) => {
      throw new UnavailableError('CKAN is away.', { retryAfterSeconds: id === 'other-dataset' ? 500 : 5000 })
    }
    expect(await consume(bench, decode, [delivery(events)])).toEqual([
      { kind: 'retry', afterSeconds: 500, cause: 'CKAN is away.' },
    ])
    expect(bench.lines).toHaveLength(3)
  })

  it('with several events reports a parked event rather than successful ones', async () => {
    const bench = createBench()
    const events = [bench.upload(keyOf(1)), createdEvent('resources/api_uploads/x'), createdEvent('elsewhere')]
    expect(await consume(bench, decode, [delivery(events)])).toMatchObject([{ kind: 'parked' }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })
})

describe('the last attempt', () => {
  const away = new UnavailableError('CKAN is away.')

  it('parks an event instead of a retry, with the cause and the number of attempts', async () => {
    const { bench, event } = createBenchWithout(away)
    const reason = 'Given up after 100 attempts: CKAN is away.'
    expect(await consume(bench, decode, [delivery([event], { attempt: 100, lastAttempt: true })])).toEqual([
      { kind: 'parked', reason },
    ])
    expect(bench.parked()).toMatchObject([{ reason, event: { key: event.key, attempt: 100 } }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'parked', reason })
  })

  it('is left to the dead-letter queue when it cannot be parked', async () => {
    const { bench, event } = createBenchWithout(away)
    bench.store.broken.add('uplink/parked/')
    expect(await consume(bench, decode, [delivery([event], { attempt: 100, lastAttempt: true })])).toMatchObject([
      { kind: 'retry', cause: 'CKAN is away.' },
    ])
  })

  it('parks each event that needs a retry, and no other', async () => {
    const { bench, event } = createBenchWithout(away)
    const events = [createdEvent('elsewhere'), event]
    expect(await consume(bench, decode, [delivery(events, { lastAttempt: true })])).toMatchObject([{ kind: 'parked' }])
    expect(bench.parked().map((parked) => parked['event'])).toMatchObject([{ key: event.key }])
  })

  it('does not change successful outcomes', async () => {
    const bench = createBench()
    expect(await consume(bench, decode, [delivery([bench.upload(keyOf(1))], { lastAttempt: true })])).toMatchObject([
      { kind: 'linked' },
    ])
    expect(bench.parked()).toEqual([])
  })
})

describe('while CKAN is away', () => {
  it('a message waits longer each time, up to an hour', async () => {
    const { bench, event } = createBenchWithout(new UnavailableError('CKAN is away.'))
    for (const [attempt, most] of [
      [1, 10],
      [2, 20],
      [5, 160],
      [9, 2560],
      [10, 3600],
      [100, 3600],
      [5000, 3600],
    ] as const) {
      const [seconds] = afterSeconds(await consume(bench, decode, [delivery([event], { attempt })]))
      expect(seconds).toBeGreaterThanOrEqual(0.75 * most)
      expect(seconds).toBeLessThanOrEqual(most)
      expect(seconds).toSatisfy(Number.isInteger)
    }
    expect(bench.parked()).toEqual([])
  })

  it.each([
    [7, 1, 10],
    [900, 1, 900],
    [5000, 10, 5000],
    [1_000_000, 1, 43_200],
  ])(
    'a Retry-After of %i seconds at attempt %i counts up to %i, because no queue delays longer than 12 hours',
    async (retryAfterSeconds, attempt, most) => {
      const { bench, event } = createBenchWithout(new UnavailableError('CKAN is away.', { retryAfterSeconds }))
      const [seconds = 0] = afterSeconds(await consume(bench, decode, [delivery([event], { attempt })]))
      expect(seconds).toBeGreaterThanOrEqual(Math.min(retryAfterSeconds, most))
      expect(seconds).toBeLessThanOrEqual(most)
    },
  )

  it('a Retry-After to the write itself also counts', async () => {
    const bench = createBench()
    bench.catalog.override.revise = () => {
      throw new UnavailableError('CKAN is busy.', { retryAfterSeconds: 321 })
    }
    expect(afterSeconds(await consume(bench, decode, [delivery([bench.upload(keyOf(1))])]))).toEqual([321])
  })

  it.each([new TokenInvalidError('The token of the service is expired.'), new TypeError('fetch failed')])(
    '%s waits and is not parked',
    async (error) => {
      const { bench, event } = createBenchWithout(error)
      expect(await consume(bench, decode, [delivery([event])])).toEqual([
        { kind: 'retry', afterSeconds: expect.any(Number), cause: error.message },
      ])
      expect(bench.parked()).toEqual([])
    },
  )

  it('a 403 of CKAN itself for a valid token is parked at once, with a reason', async () => {
    const { bench, event } = createBenchWithout(
      new NotAllowedError('The service user may not see this dataset: make it an editor.'),
    )
    expect(await consume(bench, decode, [delivery([event])])).toEqual([
      { kind: 'parked', reason: 'The service user may not see this dataset: make it an editor.' },
    ])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'parked' })
  })

  it('everything that waited is linked afterwards', async () => {
    const { bench, event } = createBenchWithout(new UnavailableError('CKAN is away.'))
    await consume(bench, decode, [delivery([event])])
    delete bench.catalog.override.readDataset
    expect(await consume(bench, decode, [delivery([event], { attempt: 2 })])).toMatchObject([{ kind: 'linked' }])
  })
})

import { describe, expect, it } from 'vitest'
import { parkBody } from '../../src/notifications/park.ts'
import { parkEvent } from '../../src/operations/index.ts'
import { createBench, createdEvent, keyOf, NOW } from '../support/fixtures.ts'

describe('a parked event', () => {
  it('names its event, its reason and what to do, and can be replayed', async () => {
    const bench = createBench()
    const event = createdEvent(keyOf(1), { attempt: 3 })
    await parkEvent(bench, event, 'No such resource.')
    const [parked] = bench.parked()
    expect(parked).toEqual({
      version: 1,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      parked_at: NOW.toISOString(),
      reason: 'No such resource.',
      what_to_do: expect.stringContaining('replay'),
      event,
    })
    expect(bench.store.keys('uplink/parked/')).toEqual([`uplink/parked/${parked?.id}.json`])
  })

  it('keeps its id when it is parked again, later and for another reason', async () => {
    const bench = createBench()
    await parkEvent(bench, createdEvent(keyOf(1), { attempt: 1, time: '2026-01-01T00:00:00Z' }), 'first')
    await parkEvent(bench, createdEvent(keyOf(1), { attempt: 9 }), 'second')
    expect(bench.parked().map(({ reason }) => reason)).toEqual(['second'])
  })

  it('has another id for each key and each bucket', async () => {
    const bench = createBench()
    for (const event of [createdEvent(keyOf(1)), createdEvent(keyOf(2)), createdEvent(keyOf(1), { bucket: 'other' })])
      await parkEvent(bench, event, 'x')
    expect(bench.parked()).toHaveLength(3)
  })

  it('is not parked when the store fails', async () => {
    const bench = createBench()
    bench.store.broken.add('uplink/parked/')
    await expect(parkEvent(bench, createdEvent(keyOf(1)), 'x')).rejects.toThrow('The store fails')
  })
})

describe('a parked body', () => {
  it.each([
    ['not json', 'not json'],
    [{ Records: [1] }, '{"Records":[1]}'],
    [undefined, 'undefined'],
    [null, 'null'],
    ['', ''],
    ['x'.repeat(200_000), 'x'.repeat(200_000)],
  ])('keeps %j whole, so that it can be replayed', async (body, text) => {
    const bench = createBench()
    await parkBody(bench, body, 'Nonsense.')
    expect(bench.parked()).toEqual([
      expect.objectContaining({
        body: text,
        is_cut: false,
        reason: 'Nonsense.',
        what_to_do: expect.stringMatching(/Replay it .* or drop it\./u),
      }),
    ])
  })

  it('says that only its beginning is kept, and has another id than a body with the same beginning', async () => {
    const bench = createBench()
    const start = 'x'.repeat(1_000_000)
    for (const body of [`${start}a`, `${start}b`, `${start}a`]) await parkBody(bench, body, 'Nonsense.')
    const cut = { is_cut: true, what_to_do: expect.stringContaining('can only be dropped') }
    expect(bench.parked()).toMatchObject([cut, cut])
    expect(bench.parked().map(({ body }) => String(body).length)).toEqual([262_144, 262_144])
  })

  it.each([
    ['that JSON does not know', { size: 7n }, '{"size":7}'],
    ['that is nested too deep for JSON', nestedLists(100_000), '[[[[[…]]]]]'],
  ])('%s is kept as an excerpt', async (_, body, text) => {
    const bench = createBench()
    await parkBody(bench, body, 'Nonsense.')
    expect(bench.parked()).toMatchObject([{ body: text, is_cut: true }])
  })
})

function nestedLists(levels: number): unknown {
  let value: unknown = []
  for (let level = 1; level < levels; level += 1) value = [value]
  return value
}

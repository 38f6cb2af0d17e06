import type { Delivery, Outcome } from '@ckan-uplink/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { handleBatch } from '../src/handle-batch.ts'
import { decode } from '../src/index.ts'
import { cloudEvent, eventGridEvent } from './events.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const RETRY: Outcome = { kind: 'retry', afterSeconds: 30, cause: 'CKAN is down' }

/** Passes these events to a consumer that returns these outcomes; returns the deliveries that the consumer got. */
async function run(
  outcomes: readonly Outcome[],
  events: readonly unknown[] = outcomes.map((_, index) => eventGridEvent(`${index}`)),
) {
  let deliveries: readonly Delivery[] = []
  const consume = async (_: unknown, given: readonly Delivery[]) => {
    deliveries = given
    return outcomes
  }
  await handleBatch(consume, decode, events, NOW)
  return deliveries
}

/** The delivery of an event of this age. */
async function deliveryAt(hours: number): Promise<Delivery | undefined> {
  const time = new Date(NOW.getTime() - hours * 3_600_000).toISOString()
  const [delivery] = await run([{ kind: 'unchanged' }], [eventGridEvent('a', { time })])
  return delivery
}

describe('handleBatch', () => {
  afterEach(() => vi.useRealTimers())

  it.each<Outcome>([
    { kind: 'linked', url: 'https://data.example.org/x' },
    { kind: 'unchanged' },
    { kind: 'superseded', by: 'x' },
    { kind: 'ignored', reason: 'x' },
    { kind: 'parked', reason: 'x' },
  ])('acknowledges a batch whose event is %o', async (outcome) => {
    await expect(run([outcome])).resolves.toHaveLength(1)
  })

  it('makes Event Grid deliver the whole batch again for one event, and names the reason', async () => {
    await expect(run([{ kind: 'unchanged' }, RETRY, { kind: 'parked', reason: 'x' }, RETRY])).rejects.toThrow(
      '2 of 4 events need another delivery: CKAN is down',
    )
  })

  it('does not acknowledge an event without an outcome', async () => {
    await expect(run([], [eventGridEvent('a')])).rejects.toThrow(
      '1 of 1 events need another delivery: The event was not handled.',
    )
  })

  it.each([
    [0, 1, false],
    [-1, 1, false],
    [5 / 3600, 1, false],
    [10 / 3600, 2, false],
    [1, 7, false],
    [10.7, 9, false],
    [10.8, 10, false],
    [12, 10, false],
    [12.01, 10, true],
    [22.8, 11, true],
    [40, 11, true],
  ])(
    'takes from the age of %d hours that it is attempt %d at most, and whether it is the last: %s',
    async (hours, attempt, lastAttempt) => {
      expect(await deliveryAt(hours)).toMatchObject({ attempt, lastAttempt })
    },
  )

  it('reads the age of a CloudEvent and of JSON text, and never counts an event without a time as the last attempt', async () => {
    const old = { time: '2026-11-20T00:00:00Z' }
    const events = [
      cloudEvent('a', old),
      JSON.stringify(eventGridEvent('b', old)),
      { ...eventGridEvent('c'), eventTime: undefined },
      'nonsense',
      null,
    ]
    const deliveries = await run(
      events.map(() => ({ kind: 'unchanged' })),
      events,
    )
    expect(deliveries.map(({ lastAttempt }) => lastAttempt)).toEqual([true, true, false, false, false])
    expect(deliveries.map(({ body }) => body)).toEqual(events)
  })

  it('leaves work that takes longer than Event Grid waits to the next delivery', async () => {
    vi.useFakeTimers()
    const handled = handleBatch(() => new Promise(() => {}), decode, [eventGridEvent('a')], NOW)
    const refused = expect(handled).rejects.toThrow('not handled within 25 s')
    await vi.advanceTimersByTimeAsync(25_000)
    await refused
  })
})

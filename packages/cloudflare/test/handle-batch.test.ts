import type { Delivery, Outcome } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { handleBatch, postponeBatch } from '../src/handle-batch.ts'
import { decode } from '../src/index.ts'

/**
 * Passes a batch with these attempts to a consumer that returns these outcomes. Returns the answers to the queue and
 * the deliveries of the consumer.
 */
async function run(outcomes: readonly Outcome[], attempts: readonly number[] = outcomes.map(() => 1)) {
  const answers: string[] = []
  const messages = attempts.map((attempt, index) => ({
    id: `message-${index}`,
    body: { index },
    attempts: attempt,
    ack: () => answers.push(`${index} ack`),
    retry: ({ delaySeconds }: { readonly delaySeconds: number }) => answers.push(`${index} retry ${delaySeconds}`),
  }))
  let deliveries: readonly Delivery[] = []
  const consume = async (_: unknown, given: readonly Delivery[]) => {
    deliveries = given
    return outcomes
  }
  await handleBatch(consume, decode, { messages }, 3)
  return { answers, deliveries }
}

describe('postponeBatch', () => {
  it('waits longer each time, so that a hundred deliveries last three days', () => {
    const delays: number[] = []
    const messageOf = (attempts: number) => ({
      id: 'x',
      body: {},
      attempts,
      ack: () => delays.push(-1),
      retry: ({ delaySeconds }: { delaySeconds: number }) => delays.push(delaySeconds),
    })
    postponeBatch({ messages: Array.from({ length: 100 }, (_, index) => messageOf(index + 1)) })
    expect(delays.slice(0, 3)).toEqual([300, 600, 900])
    expect(Math.max(...delays)).toBe(3600)
    expect(delays.reduce((sum, delay) => sum + delay)).toBeGreaterThan(72 * 3600)
  })
})

const RETRY: Outcome = { kind: 'retry', afterSeconds: 30, cause: 'CKAN is down' }

describe('handleBatch', () => {
  it.each<Outcome>([
    { kind: 'linked', url: 'https://data.example.org/x' },
    { kind: 'unchanged' },
    { kind: 'superseded', by: 'x' },
    { kind: 'ignored', reason: 'x' },
    { kind: 'parked', reason: 'x' },
  ])('acknowledges a message that is %o', async (outcome) => {
    expect((await run([outcome])).answers).toEqual(['0 ack'])
  })

  it('delays a message by its own time', async () => {
    expect((await run([RETRY])).answers).toEqual(['0 retry 30'])
  })

  it.each([
    [0.2, 1],
    [0, 0],
    [43_200, 43_200],
    [1_000_000, 43_200],
  ])('limits a delay of %d s to %d s', async (afterSeconds, delaySeconds) => {
    expect((await run([{ ...RETRY, afterSeconds }])).answers).toEqual([`0 retry ${delaySeconds}`])
  })

  it('answers for each message separately', async () => {
    expect((await run([{ kind: 'unchanged' }, RETRY, { kind: 'parked', reason: 'x' }])).answers).toEqual([
      '0 ack',
      '1 retry 30',
      '2 ack',
    ])
  })

  it('does not acknowledge a message without an outcome', async () => {
    expect((await run([], [1])).answers).toEqual(['0 retry 60'])
  })

  it('marks the last delivery, which is one more than the retries of the queue', async () => {
    const { deliveries } = await run([RETRY, RETRY, RETRY], [1, 3, 4])
    expect(deliveries.map(({ attempt, lastAttempt }) => [attempt, lastAttempt])).toEqual([
      [1, false],
      [3, false],
      [4, true],
    ])
    expect(deliveries[0]).toMatchObject({ id: 'message-0', body: { index: 0 } })
  })
})

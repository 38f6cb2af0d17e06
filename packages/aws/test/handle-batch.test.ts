import type { Delivery, Outcome } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { handleBatch, postponeBatch } from '../src/handle-batch.ts'
import { decode } from '../src/index.ts'
import type { Postpone } from '../src/postpone.ts'
import type { SqsRecord } from '../src/sqs-event.ts'

function recordsOf(receives: readonly number[]): readonly SqsRecord[] {
  return receives.map((count, index) => ({
    messageId: `message-${index}`,
    receiptHandle: `receipt-${index}`,
    body: `body ${index}`,
    attributes: { ApproximateReceiveCount: String(count) },
  }))
}

/** Records the messages to deliver again, with their delays. */
function notingPostpone() {
  const delays: string[] = []
  const postpone: Postpone = async (messages) => {
    for (const { record, seconds } of messages) delays.push(`${record.receiptHandle} ${seconds}`)
  }
  return { delays, postpone }
}

/** Passes a batch with this receive count to a consumer that returns these outcomes. */
async function run(outcomes: readonly Outcome[], receives: readonly number[] = outcomes.map(() => 1)) {
  const { delays, postpone } = notingPostpone()
  let deliveries: readonly Delivery[] = []
  const consume = async (_: unknown, given: readonly Delivery[]) => {
    deliveries = given
    return outcomes
  }
  const { batchItemFailures } = await handleBatch(consume, decode, recordsOf(receives), { maxReceives: 3, postpone })
  return { failures: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), delays, deliveries }
}

const RETRY: Outcome = { kind: 'retry', afterSeconds: 30, cause: 'CKAN is down' }

describe('handleBatch', () => {
  it.each<Outcome>([
    { kind: 'linked', url: 'https://data.example.org/x' },
    { kind: 'unchanged' },
    { kind: 'superseded', by: 'x' },
    { kind: 'ignored', reason: 'x' },
    { kind: 'parked', reason: 'x' },
  ])('acknowledges a message that is %o', async (outcome) => {
    expect(await run([outcome])).toMatchObject({ failures: [], delays: [] })
  })

  it('answers for each message separately, and delays it by its own time', async () => {
    const outcomes: readonly Outcome[] = [
      { kind: 'unchanged' },
      RETRY,
      { kind: 'parked', reason: 'x' },
      { ...RETRY, afterSeconds: 3600 },
    ]
    expect(await run(outcomes)).toMatchObject({
      failures: ['message-1', 'message-3'],
      delays: ['receipt-1 30', 'receipt-3 3600'],
    })
  })

  it('does not acknowledge a message without an outcome', async () => {
    expect(await run([], [1])).toMatchObject({ failures: ['message-0'], delays: ['receipt-0 60'] })
  })

  it('marks the last delivery: after it the queue moves the message to the dead letters', async () => {
    const { deliveries } = await run([RETRY, RETRY, RETRY], [1, 2, 3])
    expect(deliveries.map(({ attempt, lastAttempt }) => [attempt, lastAttempt])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    expect(deliveries[0]).toMatchObject({ id: 'message-0', body: 'body 0' })
  })
})

describe('postponeBatch', () => {
  it('acknowledges no message, and waits longer each time', async () => {
    const { delays, postpone } = notingPostpone()
    const { batchItemFailures } = await postponeBatch(recordsOf([1, 2, 12, 90]), postpone)
    expect(batchItemFailures).toHaveLength(4)
    expect(delays).toEqual(['receipt-0 300', 'receipt-1 600', 'receipt-2 3600', 'receipt-3 3600'])
  })

  it('lasts 72 hours with the default number of attempts', async () => {
    const { delays, postpone } = notingPostpone()
    await postponeBatch(recordsOf(Array.from({ length: 100 }, (_, index) => index + 1)), postpone)
    const hours = delays.reduce((sum, delay) => sum + Number(delay.split(' ')[1]) / 3600, 0)
    expect(hours).toBeGreaterThan(72)
  })
})

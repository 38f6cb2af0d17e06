import { type Decode, type Delivery, isFinal, type Outcome } from '@ckan-uplink/core'
import type { Postpone } from './postpone.ts'
import type { SqsBatchResponse, SqsRecord } from './sqs-event.ts'

/** Core's `consume` with its dependencies. */
export type Consume = (decode: Decode, deliveries: readonly Delivery[]) => Promise<readonly Outcome[]>

export interface BatchOptions {
  /** The number in the queue's redrive policy. */
  readonly maxReceives: number
  readonly postpone: Postpone
}

/**
 * Links the objects of a batch. Acknowledges messages with a final outcome; SQS delivers the others after their delay.
 */
export async function handleBatch(
  consume: Consume,
  decode: Decode,
  records: readonly SqsRecord[],
  { maxReceives, postpone }: BatchOptions,
): Promise<SqsBatchResponse> {
  const outcomes = await consume(
    decode,
    records.map((record) => toDelivery(record, maxReceives)),
  )
  const failures = records.flatMap((record, index) => {
    const outcome = outcomes[index]
    return outcome !== undefined && isFinal(outcome) ? [] : [{ record, seconds: delayOf(outcome) }]
  })
  await postpone(failures)
  return toResponse(failures.map(({ record }) => record))
}

/**
 * Postpones a batch while the configuration has a fault. Delays grow with each delivery, so that all attempts together
 * last three days, in which an operator can fix it.
 */
export async function postponeBatch(records: readonly SqsRecord[], postpone: Postpone): Promise<SqsBatchResponse> {
  await postpone(records.map((record) => ({ record, seconds: Math.min(300 * attemptOf(record), 3600) })))
  return toResponse(records)
}

function toDelivery(record: SqsRecord, maxReceives: number): Delivery {
  const attempt = attemptOf(record)
  return { id: record.messageId, body: record.body, attempt, lastAttempt: attempt >= maxReceives }
}

function attemptOf({ attributes }: SqsRecord): number {
  return Number(attributes.ApproximateReceiveCount)
}

function delayOf(outcome: Outcome | undefined): number {
  return outcome?.kind === 'retry' ? outcome.afterSeconds : 60
}

function toResponse(failures: readonly SqsRecord[]): SqsBatchResponse {
  return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) }
}

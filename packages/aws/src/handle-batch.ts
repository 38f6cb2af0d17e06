import { type Decode, type Delivery, isFinal, type Outcome } from '@ckan-uplink/core'
import type { Postpone } from './postpone.ts'
import type { SqsBatchResponse, SqsRecord } from './sqs-event.ts'

/** Core's `consume`, its dependencies given. */
export type Consume = (decode: Decode, deliveries: readonly Delivery[]) => Promise<readonly Outcome[]>

export interface BatchOptions {
  /** As the queue's redrive policy says. */
  readonly maxReceives: number
  readonly postpone: Postpone
}

/** Links what a batch tells of; messages whose outcome is final are acknowledged, the others are delivered again when they ask for it. */
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
 * Acknowledges nothing while the functions can't work. Delays grow with each delivery, so that all attempts together outlast
 * three days in which somebody mends it.
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

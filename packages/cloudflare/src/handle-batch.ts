import { type Decode, type Delivery, isFinal, type Outcome } from '@ckan-uplink/core'
import type { Message, MessageBatch } from './queue-binding.ts'

/** https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_DELAY_SECONDS = 43_200

/** Core's `consume` with its dependencies. */
export type Consume = (decode: Decode, deliveries: readonly Delivery[]) => Promise<readonly Outcome[]>

/**
 * Links the objects of a batch. Acknowledges messages with a final outcome; the queue delivers the others after their
 * delay.
 */
export async function handleBatch(
  consume: Consume,
  decode: Decode,
  batch: Pick<MessageBatch, 'messages'>,
  maxRetries: number,
): Promise<void> {
  const outcomes = await consume(
    decode,
    batch.messages.map((message) => toDelivery(message, maxRetries)),
  )
  for (const [index, message] of batch.messages.entries()) settle(message, outcomes[index])
}

/**
 * Postpones a batch while the configuration has a fault. If the Worker threw instead, the queue would repeat the batch
 * at once and use up its attempts. Delays grow with each delivery, so that all attempts together last three days, in
 * which an operator can fix it.
 */
export function postponeBatch({ messages }: Pick<MessageBatch, 'messages'>): void {
  for (const message of messages) message.retry({ delaySeconds: Math.min(300 * message.attempts, 3600) })
}

function toDelivery({ id, body, attempts }: Message, maxRetries: number): Delivery {
  return { id, body, attempt: attempts, lastAttempt: attempts > maxRetries }
}

function settle(message: Message, outcome: Outcome | undefined): void {
  if (outcome !== undefined && isFinal(outcome)) message.ack()
  else message.retry({ delaySeconds: delayOf(outcome) })
}

function delayOf(outcome: Outcome | undefined): number {
  return outcome?.kind === 'retry' ? Math.min(Math.ceil(outcome.afterSeconds), MAX_DELAY_SECONDS) : 60
}

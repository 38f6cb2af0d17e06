import { ChangeMessageVisibilityBatchCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs'
import { type Logger, messageOf } from '@ckan-uplink/core'
import { SHORT_TIMEOUTS } from './short-timeouts.ts'
import type { SqsRecord } from './sqs-event.ts'

/** Sets the delay of each message. Never throws: when it fails, the queue's own visibility time-out is the delay. */
export type Postpone = (messages: readonly { readonly record: SqsRecord; readonly seconds: number }[]) => Promise<void>

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html */
const MAX_ENTRIES = 10
const MAX_DELAY_SECONDS = 43_200

export interface PostponeOptions {
  readonly client: SQSClient
  readonly queueUrl: string
  readonly logger: Logger
}

/** The AWS SDK takes the region, the credentials and an optional endpoint from the environment. */
export function createSqsClient(config: SQSClientConfig = {}): SQSClient {
  return new SQSClient({ ...SHORT_TIMEOUTS, ...config })
}

export function createPostpone({ client, queueUrl: QueueUrl, logger }: PostponeOptions): Postpone {
  return async (messages) => {
    const entries = messages.map(({ record, seconds }, index) => ({
      Id: String(index),
      ReceiptHandle: record.receiptHandle,
      VisibilityTimeout: Math.min(Math.ceil(seconds), MAX_DELAY_SECONDS),
    }))
    const batches = Array.from({ length: Math.ceil(entries.length / MAX_ENTRIES) }, (_, index) =>
      entries.slice(index * MAX_ENTRIES, (index + 1) * MAX_ENTRIES),
    )
    await Promise.all(
      batches.map(async (Entries) => {
        try {
          const { Failed = [] } = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
          if (Failed.length > 0) warn(Failed.length, Failed[0]?.Message)
        } catch (error) {
          warn(Entries.length, messageOf(error))
        }
      }),
    )
  }

  function warn(messages: number, reason: string | undefined): void {
    logger.log('warn', 'not_postponed', { messages, reason })
  }
}

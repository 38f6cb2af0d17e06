import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { createStoreGuard, UplinkError } from '@ckan-uplink/core'
import type { DeadLetter, DeadLetters } from '@ckan-uplink/core/operations'

export interface DeadLettersOptions {
  readonly client: SQSClient
  /** The address of the dead-letter queue, from `findQueueUrl`. */
  readonly queueUrl: string
}

/** Longer than parking ten messages takes, with all retries of the store. */
const VISIBILITY_SECONDS = 300
/**
 * With long polling SQS asks all its servers, so an empty answer means an empty queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
 */
const WAIT_SECONDS = 1

const guard = createStoreGuard('SQS')

/** Reads the dead letters of SQS and SNS. Messages that `take` rejects can be received again at once. */
export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  return {
    async drain(take) {
      for (let taken = 0; ; ) {
        const messages = await receive(options)
        if (messages.length === 0) return taken
        for (const [index, message] of messages.entries()) {
          try {
            await take(toLetter(message))
            await remove(options, message)
          } catch (error) {
            await giveBack(options, messages.slice(index))
            throw error
          }
          taken += 1
        }
      }
    },
  }
}

/**
 * The address of the queue with this name. Throws `UplinkError`, also when the client's account and region have none.
 */
export async function findQueueUrl(client: SQSClient, name: string): Promise<string> {
  const find = () => client.send(new GetQueueUrlCommand({ QueueName: name })).catch(undefinedWithoutQueue)
  const { QueueUrl } = (await guard('find', name, find)) ?? {}
  if (QueueUrl === undefined)
    throw new UplinkError(
      'not_found',
      `There is no queue ${name} in this account and region: check that the environment is deployed here.`,
      false,
    )
  return QueueUrl
}

function undefinedWithoutQueue(thrown: unknown): undefined {
  if (!(thrown instanceof QueueDoesNotExist)) throw thrown
}

/** SNS puts its error into attributes: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */
export function toLetter({ Body: body, Attributes, MessageAttributes }: Message): DeadLetter {
  const { ErrorCode, ErrorMessage } = MessageAttributes ?? {}
  const words = [ErrorCode?.StringValue, ErrorMessage?.StringValue].filter((text) => text !== undefined)
  if (words.length > 0) return { body, reason: `SNS could not deliver this message to the queue: ${words.join(', ')}.` }
  return {
    body,
    reason: `The linker received this message ${Attributes?.ApproximateReceiveCount ?? 'several'} times and never acknowledged it.`,
  }
}

async function receive({ client, queueUrl: QueueUrl }: DeadLettersOptions): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: VISIBILITY_SECONDS,
    WaitTimeSeconds: WAIT_SECONDS,
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    MessageAttributeNames: ['ErrorCode', 'ErrorMessage'],
  })
  const { Messages = [] } = await guard('receive from', QueueUrl, () => client.send(command))
  return Messages
}

async function remove({ client, queueUrl: QueueUrl }: DeadLettersOptions, { ReceiptHandle }: Message): Promise<void> {
  await guard('delete a message of', QueueUrl, () => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })))
}

async function giveBack(
  { client, queueUrl: QueueUrl }: DeadLettersOptions,
  messages: readonly Message[],
): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, index) => ({
    Id: String(index),
    ReceiptHandle,
    VisibilityTimeout: 0,
  }))
  // When this fails, SQS delivers the messages again after five minutes. The first error is more important.
  await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })).catch(() => {})
}

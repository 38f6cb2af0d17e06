import type { S3Client } from '@aws-sdk/client-s3'
import { type EventQueue, UnavailableError, type Webhooks } from '@ckan-uplink/core'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Postpone } from './postpone.ts'
import type { SqsBatchResponse, SqsRecord } from './sqs-event.ts'

const TIMEOUT_MS = 5_000

/**
 * The queue of events, with the credentials of the client:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html. AWS's own client for SQS
 * would make the gateway's start a seventh slower.
 */
export function createEventQueue({ config }: S3Client, queueUrl: string): EventQueue {
  const { region, credentials, sha256 } = config
  const signer = new SignatureV4({ service: 'sqs', region, credentials, sha256 })
  const { origin, protocol, hostname, port, host } = new URL(queueUrl)
  return {
    async send(message) {
      const body = JSON.stringify({ QueueUrl: queueUrl, MessageBody: message })
      const { headers } = await signer.sign({
        method: 'POST',
        protocol,
        hostname,
        ...(port !== '' && { port: Number(port) }),
        path: '/',
        query: {},
        headers: { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
        body,
      })
      const response = await fetch(origin, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })
      await response.body?.cancel()
      if (!response.ok) throw new UnavailableError(`SQS answered ${response.status} to an event.`)
    },
  }
}

/** Whether the records come from the queue with this URL. A batch has the messages of one queue. */
export function isFrom(queueUrl: string | undefined, [record]: readonly SqsRecord[]): boolean {
  const name = queueUrl?.split('/').at(-1)
  return name !== undefined && record?.eventSourceARN?.split(':').at(-1) === name
}

/** Delivers the events of a batch. Each message waits for its own next attempt. */
export async function deliverBatch(
  { deliver }: Pick<Webhooks, 'deliver'>,
  records: readonly SqsRecord[],
  postpone: Postpone,
): Promise<SqsBatchResponse> {
  const delays = await Promise.all(
    records.map(({ body, attributes }) => deliver(body, Number(attributes.ApproximateReceiveCount))),
  )
  const failures = records.flatMap((record, index) => {
    const seconds = delays[index]
    return seconds === undefined ? [] : [{ record, seconds }]
  })
  await postpone(failures)
  return { batchItemFailures: failures.map(({ record }) => ({ itemIdentifier: record.messageId })) }
}

import { createMessageReader } from '@ckan-uplink/core'
import { excerpt, type JsonObject } from '@ckan-uplink/core/support'
import type { SqsRecord } from './sqs-event.ts'

const { fieldsOf, malformed } = createMessageReader(
  'The linker accepts batches of SQS, and object events of S3, SNS and EventBridge. Let S3 notify an SNS topic, let the topic ' +
    'write to a queue, and let the queue invoke this function: docs/deploy/aws.md.',
)

/** The content of an invocation: a batch of the queue, or notifications that S3, SNS or EventBridge sent directly. */
export type Invocation = { readonly records: readonly SqsRecord[] } | { readonly bodies: readonly unknown[] }

/** Throws `MalformedNotificationError` for any other event. */
export function readInvocation(event: unknown): Invocation {
  const fields = fieldsOf('The event', event)
  const { Records: records } = fields
  if (fields['source'] === 'aws.s3' || fields['Event'] === 's3:TestEvent') return { bodies: [fields] }
  if (!Array.isArray(records))
    throw malformed(`The function was invoked with the fields ${excerpt(Object.keys(fields))}.`)
  if (records.every(isSqsRecord)) return { records }
  const bodies = records.map(bodyOf)
  if (bodies.every((body) => body !== undefined)) return { bodies }
  throw malformed(`The function was invoked with records such as ${excerpt(records.find((_, at) => !bodies[at]))}.`)
}

function isSqsRecord(value: unknown): value is SqsRecord {
  const { messageId, receiptHandle, body, attributes } = toFields(value)
  const { ApproximateReceiveCount: received } = toFields(attributes)
  return [messageId, receiptHandle, body, received].every((text) => typeof text === 'string')
}

/** The message for the decoder; `undefined` for any other record. */
function bodyOf(value: unknown): unknown {
  const record = toFields(value)
  const { Message: message } = toFields(record['Sns'])
  if (typeof message === 'string') return message
  return typeof record['s3'] === 'object' ? { Records: [record] } : undefined
}

function toFields(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

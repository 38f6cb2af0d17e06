import { createMessageReader, type Decode, etagIn, type ObjectEvent, readRecords, timeIn } from '@ckan-uplink/core'
import { excerpt, type JsonObject, parseJson } from '@ckan-uplink/core/support'

const { fieldsOf, textOf, malformed } = createMessageReader(
  'Expected an event notification of S3, alone or in an SNS envelope, or of EventBridge: check which other senders write to this queue.',
)

/** The way from S3 through SNS to SQS adds one envelope. A second topic adds another. */
const MAX_ENVELOPES = 2

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const KINDS: ReadonlyMap<string, ObjectEvent['kind']> = new Map([
  ['ObjectCreated', 'created'],
  ['ObjectRemoved', 'removed'],
  ['LifecycleExpiration', 'removed'],
])

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
const EVENTBRIDGE_KINDS: ReadonlyMap<string, ObjectEvent['kind']> = new Map([
  ['Object Created', 'created'],
  ['Object Deleted', 'removed'],
])

/** https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html */
const SCAN_RESULT = 'GuardDuty Malware Protection Object Scan Result'

/**
 * Decodes one SQS message: an S3 notification with or without its SNS envelope, or an event of EventBridge. Returns no
 * event for S3's test message, and for events that do not concern an object's content. Reads the records one by one. S3
 * form-encodes keys; they are decoded here, once. EventBridge does not encode keys.
 */
export const decode: Decode = (body) => {
  const message = unwrap(body, MAX_ENVELOPES)
  if (message['Event'] === 's3:TestEvent') return { events: [] }
  if (message['detail-type'] !== undefined) return { events: fromEventBridge(message) }
  const records = message['Records']
  if (!Array.isArray(records))
    throw malformed(
      `"Records" of the message is not a list but ${excerpt(records)}; the object has the fields ${excerpt(Object.keys(message))}.`,
    )
  return readRecords(records, fromRecord, (some) => ({ Records: some }))
}

function unwrap(body: unknown, envelopes: number): JsonObject {
  const message = fieldsOf('The message', typeof body === 'string' ? parse(body) : body)
  const isEnvelope = message['Type'] === 'Notification' && typeof message['Message'] === 'string'
  if (!isEnvelope) return message
  if (envelopes === 0) throw malformed(`The message is in more than ${MAX_ENVELOPES} SNS envelopes.`)
  return unwrap(message['Message'], envelopes - 1)
}

function parse(text: string): unknown {
  const parsed = parseJson(text)
  if (parsed === undefined) throw malformed(`The message is text that is not JSON: ${excerpt(text)}.`)
  return parsed
}

function fromRecord(value: unknown): readonly ObjectEvent[] {
  const record = fieldsOf('A record', value)
  // Other S3 servers write `s3:ObjectCreated:Put`, the name in a bucket's configuration.
  const [family = ''] = textOf(record, 'eventName').replace(/^s3:/u, '').split(':', 1)
  const kind = KINDS.get(family)
  if (kind === undefined) return []
  const version = textOf(record, 'eventVersion')
  if (!version.startsWith('2.')) throw malformed(`"eventVersion" is ${excerpt(version)}, which is not version 2.`)
  const { bucket, object } = fieldsOf('"s3" of the record', record['s3'])
  return [eventOf(kind, bucket, object, formDecode, record['eventTime'])]
}

function fromEventBridge(message: JsonObject): readonly ObjectEvent[] {
  if (message['detail-type'] === SCAN_RESULT) return [fromScan(message)]
  const kind = EVENTBRIDGE_KINDS.get(textOf(message, 'detail-type'))
  if (kind === undefined) return []
  const { bucket, object } = fieldsOf('"detail" of the message', message['detail'])
  return [eventOf(kind, bucket, object, (key) => key, message['time'])]
}

/** The linker reads the result from the object's tag, because everyone who may send to the queue could claim one. */
function fromScan({ detail, time }: JsonObject): ObjectEvent {
  const object = fieldsOf(
    '"s3ObjectDetails" of the message',
    fieldsOf('"detail" of the message', detail)['s3ObjectDetails'],
  )
  return { bucket: textOf(object, 'bucketName'), key: textOf(object, 'objectKey'), kind: 'scanned', ...timeIn(time) }
}

function eventOf(
  kind: ObjectEvent['kind'],
  bucket: unknown,
  object: unknown,
  decodeKey: (key: string) => string,
  time: unknown,
): ObjectEvent {
  const fields = fieldsOf('"object" of the event', object)
  return {
    bucket: textOf(fieldsOf('"bucket" of the event', bucket), 'name'),
    key: decodeKey(textOf(fields, 'key')),
    kind,
    // EventBridge writes it in small letters.
    ...etagIn(fields['eTag'] ?? fields['etag']),
    ...timeIn(time),
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function formDecode(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    throw malformed(`"key" is not form-encoded UTF-8: ${excerpt(key)}.`)
  }
}

import { createMessageReader, type Decode, type ObjectEvent, readRecords, timeIn } from '@ckan-uplink/core'
import { excerpt, type JsonObject, parseJson } from '@ckan-uplink/core/support'

const { fieldsOf, textOf, malformed } = createMessageReader(
  "Expected Blob Storage's event in Event Grid's schema or as a CloudEvent: see what else this function is subscribed to.",
)

/**
 * What leaves a whole blob behind. `CreateFile` and `SftpCreate` announce an empty one whose content is yet to come.
 * https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
 */
const CREATING: ReadonlySet<unknown> = new Set(['PutBlob', 'PutBlockList', 'CopyBlob', 'FlushWithClose', 'SftpCommit'])

/** Names stand in it as they are, not URL-encoded: `%` and `+` in them are left alone. */
const SUBJECT = /^\/?blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/su

/**
 * The object events of one of Event Grid's events, or of a list of them, in either schema, as objects or as JSON text. None
 * for events that say nothing about a blob's content. The events of a list are read one by one.
 */
export const decode: Decode = (body) => {
  const message = parsed(body)
  return Array.isArray(message) ? readRecords(message, fromEvent, (some) => some) : { events: fromEvent(message) }
}

/** When the event happened, in either schema; for deciding how often it can have been delivered. */
export function timeOf(event: unknown): string | undefined {
  const message: unknown = typeof event === 'string' ? parseJson(event) : event
  return typeof message === 'object' && message !== null ? timeIn(timeFieldOf({ ...message })).time : undefined
}

function timeFieldOf({ eventTime, time = eventTime }: JsonObject): unknown {
  return time
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body
  const message = parseJson(body)
  if (message === undefined) throw malformed(`The event is text that is not JSON: ${excerpt(body)}.`)
  return message
}

function fromEvent(value: unknown): readonly ObjectEvent[] {
  const event = fieldsOf('The event', parsed(value))
  const kind = kindOf(event)
  if (kind === undefined) return []
  const subject = textOf(event, 'subject')
  const [, bucket, key] = SUBJECT.exec(subject) ?? []
  if (bucket === undefined || key === undefined) throw malformed(`"subject" names no blob: ${excerpt(subject)}.`)
  return [{ bucket, key, kind, ...timeIn(timeFieldOf(event)) }]
}

function kindOf(event: JsonObject): ObjectEvent['kind'] | undefined {
  const type = textOf(event, event['specversion'] === undefined ? 'eventType' : 'type')
  if (type === 'Microsoft.Storage.BlobDeleted') return 'removed'
  if (type !== 'Microsoft.Storage.BlobCreated') return undefined
  return CREATING.has(textOf(fieldsOf('"data" of the event', event['data']), 'api')) ? 'created' : undefined
}

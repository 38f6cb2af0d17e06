import { createMessageReader, type Decode, excerpt, type Fields, type ObjectEvent, parseJson } from '@ckan-uplink/core'

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
 * for events that say nothing about a blob's content.
 */
export const decode: Decode = (body) => {
  const message = typeof body === 'string' ? parse(body) : body
  return Array.isArray(message) ? message.flatMap(decode) : fromEvent(fieldsOf('The event', message))
}

/** When the event happened, in either schema; for deciding how often it can have been delivered. */
export function timeOf(event: unknown): string | undefined {
  const message: unknown = typeof event === 'string' ? parseJson(event) : event
  if (typeof message !== 'object' || message === null) return undefined
  const { eventTime, time = eventTime }: Fields = { ...message }
  return typeof time === 'string' ? time : undefined
}

function parse(text: string): unknown {
  const parsed = parseJson(text)
  if (parsed === undefined) throw malformed(`The event is text that is not JSON: ${excerpt(text)}.`)
  return parsed
}

function fromEvent(event: Fields): readonly ObjectEvent[] {
  const kind = kindOf(event)
  if (kind === undefined) return []
  const subject = textOf(event, 'subject')
  const [, bucket, key] = SUBJECT.exec(subject) ?? []
  if (bucket === undefined || key === undefined) throw malformed(`"subject" names no blob: ${excerpt(subject)}.`)
  const time = timeOf(event)
  return [{ bucket, key, kind, ...(time !== undefined && { time }) }]
}

function kindOf(event: Fields): ObjectEvent['kind'] | undefined {
  const type = textOf(event, event['specversion'] === undefined ? 'eventType' : 'type')
  if (type === 'Microsoft.Storage.BlobDeleted') return 'removed'
  if (type !== 'Microsoft.Storage.BlobCreated') return undefined
  return CREATING.has(textOf(fieldsOf('"data" of the event', event['data']), 'api')) ? 'created' : undefined
}

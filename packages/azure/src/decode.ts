import { createMessageReader, type Decode, type ObjectEvent, readRecords, timeIn } from '@ckan-uplink/core'
import { excerpt, type JsonObject, parseJson } from '@ckan-uplink/core/support'

const { fieldsOf, textOf, malformed } = createMessageReader(
  "Expected an event of Blob Storage in Event Grid's schema or as a CloudEvent: check the other subscriptions of this function.",
)

/**
 * Operations that complete a blob. `CreateFile` and `SftpCreate` are missing: they create an empty blob, which gets its
 * content later.
 * https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
 */
const CREATING: ReadonlySet<unknown> = new Set(['PutBlob', 'PutBlockList', 'CopyBlob', 'FlushWithClose', 'SftpCommit'])

/** Names are not URL-encoded in it, so `%` and `+` are ordinary characters. */
const SUBJECT = /^\/?blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/su

/**
 * Events of Defender for Storage name the account before the container:
 * https://learn.microsoft.com/azure/defender-for-cloud/defender-for-storage-configure-malware-scan
 */
const SCANNED = 'Microsoft.Security.MalwareScanningResult'
const SCANNED_SUBJECT = /^\/?storageAccounts\/[^/]+\/containers\/([^/]+)\/blobs\/(.+)$/su

/**
 * Decodes one event of Event Grid or a list of events, in either schema, as objects or as JSON text. Returns no event
 * for events that do not concern a blob's content. Reads the events of a list one by one.
 */
export const decode: Decode = (body) => {
  const message = parsed(body)
  return Array.isArray(message) ? readRecords(message, fromEvent, (some) => some) : { events: fromEvent(message) }
}

/** The time of the event, in either schema. The number of deliveries is derived from it. */
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
  const [, bucket, key] = (kind === 'scanned' ? SCANNED_SUBJECT : SUBJECT).exec(subject) ?? []
  if (bucket === undefined || key === undefined) throw malformed(`"subject" does not name a blob: ${excerpt(subject)}.`)
  return [{ bucket, key, kind, ...timeIn(timeFieldOf(event)) }]
}

function kindOf(event: JsonObject): ObjectEvent['kind'] | undefined {
  const type = textOf(event, event['specversion'] === undefined ? 'eventType' : 'type')
  if (type === 'Microsoft.Storage.BlobDeleted') return 'removed'
  // The linker reads the result from the blob's tag, because everyone who may call the function could claim one.
  if (type === SCANNED) return 'scanned'
  if (type !== 'Microsoft.Storage.BlobCreated') return undefined
  return CREATING.has(textOf(fieldsOf('"data" of the event', event['data']), 'api')) ? 'created' : undefined
}

import { createMessageReader, type Decode, etagIn, type ObjectEvent, timeIn } from '@ckan-uplink/core'
import { excerpt, parseJson } from '@ckan-uplink/core/support'

const { fieldsOf, textOf, malformed } = createMessageReader(
  'Expected an R2 event notification with action, bucket and object.key: check which other senders write to this queue.',
)

/** https://developers.cloudflare.com/r2/buckets/event-notifications/#event-types */
const KINDS: ReadonlyMap<string, ObjectEvent['kind']> = new Map([
  ['PutObject', 'created'],
  ['CopyObject', 'created'],
  ['CompleteMultipartUpload', 'created'],
  ['DeleteObject', 'removed'],
  ['LifecycleDeletion', 'removed'],
])

/**
 * Decodes one R2 notification. Returns no event when the action does not concern an object's content. The body is an
 * object, JSON text, or JSON in base64 (from a queue that is pulled over HTTP). R2 does not URL-encode keys, so `%` and
 * `+` are ordinary characters.
 */
export const decode: Decode = (body) => {
  const notification = fieldsOf('The message', parse(body))
  const kind = KINDS.get(textOf(notification, 'action'))
  if (kind === undefined) return { events: [] }
  const object = fieldsOf('"object" of the message', notification['object'])
  const event = { bucket: textOf(notification, 'bucket'), key: textOf(object, 'key'), kind }
  return { events: [{ ...event, ...etagIn(object['eTag']), ...timeIn(notification['eventTime']) }] }
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string') return body
  const parsed = parseJson(body) ?? parseJson(fromBase64(body))
  if (parsed === undefined)
    throw malformed(`The message is text that is neither JSON nor JSON in base64: ${excerpt(body)}.`)
  return parsed
}

/** Decodes UTF-8 text; returns an empty text for invalid base64. */
export function fromBase64(text: string): string {
  try {
    const characters = atob(text)
    const bytes = new Uint8Array(characters.length)
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index)
    return new TextDecoder().decode(bytes)
  } catch {
    return ''
  }
}

import { type Decode, MalformedNotificationError, type ObjectEvent } from '@ckan-uplink/core'

/** https://developers.cloudflare.com/r2/buckets/event-notifications/#event-types */
const KINDS: ReadonlyMap<string, ObjectEvent['kind']> = new Map([
  ['PutObject', 'created'],
  ['CopyObject', 'created'],
  ['CompleteMultipartUpload', 'created'],
  ['DeleteObject', 'removed'],
  ['LifecycleDeletion', 'removed'],
])

type Fields = Readonly<Record<string, unknown>>

/**
 * The object event of one R2 notification; none when the action says nothing about an object's content.
 * A body is an object, JSON text, or JSON in base64 (as a queue that is pulled over HTTP gives it). R2 sends keys as they
 * are, not URL-encoded, so `%` and `+` in them are left alone.
 */
export const decode: Decode = (body) => {
  const notification = fieldsOf('The message', parse(body))
  const kind = KINDS.get(textOf(notification, 'action'))
  if (kind === undefined) return []
  const object = fieldsOf('"object" of the message', notification['object'])
  const time = notification['eventTime']
  return [{ bucket: textOf(notification, 'bucket'), key: textOf(object, 'key'), kind, ...(typeof time === 'string' && { time }) }]
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string') return body
  const parsed = parseJson(body) ?? parseJson(fromBase64(body))
  if (parsed === undefined) throw malformed(`The message is text that is neither JSON nor JSON in base64: ${excerpt(body)}.`)
  return parsed
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
  } catch {
    return ''
  }
}

function fieldsOf(subject: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw malformed(`${subject} is not an object but ${excerpt(value)}.`)
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '') return value
  throw malformed(`"${name}" is not a text but ${excerpt(value)}; the fields there are ${excerpt(Object.keys(fields))}.`)
}

/** A glimpse, since a message may be 128 kB of anything. */
function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 100 ? `${text.slice(0, 100)}… (${text.length} characters)` : text
}

function malformed(what: string): MalformedNotificationError {
  return new MalformedNotificationError(`${what} Expected an R2 event notification with action, bucket and object.key: see what else writes to this queue.`)
}

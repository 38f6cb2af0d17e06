import { MalformedNotificationError } from '../errors.ts'
import { excerpt } from '../support/excerpt.ts'
import { isObject, type JsonObject } from '../support/json.ts'

/** Reads a provider's message. Throws `MalformedNotificationError` with an excerpt of any unexpected value. */
export interface MessageReader {
  fieldsOf(subject: string, value: unknown): JsonObject
  /** Never empty, and never longer than any key of a store. */
  textOf(fields: JsonObject, name: string): string
  malformed(fault: string): MalformedNotificationError
}

/**
 * The longest key has 1,024 bytes, or 3,072 characters form-encoded. A subject of Event Grid contains more than the
 * key.
 */
const MAX_TEXT_CHARACTERS = 4_096
/** Longer than any time or ETag. */
const MAX_HINT_CHARACTERS = 64

/** `expected` is the sentence at the end of every error message: the expected message, and what to do. */
export function createMessageReader(expected: string): MessageReader {
  const malformed = (fault: string) => new MalformedNotificationError(`${fault} ${expected}`)
  return {
    fieldsOf(subject, value) {
      if (isObject(value)) return { ...value }
      throw malformed(`${subject} is not an object but ${excerpt(value)}.`)
    },
    textOf(fields, name) {
      const value = fields[name]
      if (typeof value !== 'string' || value === '')
        throw malformed(
          `"${name}" is not a text but ${excerpt(value)}; the object has the fields ${excerpt(Object.keys(fields))}.`,
        )
      if (value.length > MAX_TEXT_CHARACTERS)
        throw malformed(`"${name}" is longer than ${MAX_TEXT_CHARACTERS} characters: ${excerpt(value)}.`)
      return value
    },
    malformed,
  }
}

/** The time of an event, if the field holds a short text. It is for logs only, so its form does not matter. */
export function timeIn(value: unknown): { readonly time?: string } {
  return isHint(value) ? { time: value } : {}
}

/** The ETag of an event, if the field holds a short text. */
export function etagIn(value: unknown): { readonly etag?: string } {
  return isHint(value) ? { etag: value } : {}
}

function isHint(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_HINT_CHARACTERS
}

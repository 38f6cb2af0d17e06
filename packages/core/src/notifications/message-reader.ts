import { MalformedNotificationError } from '../errors.ts'
import { excerpt } from '../support/excerpt.ts'
import { isObject, type JsonObject } from '../support/json.ts'

/** Reads a provider's message; whatever isn't as expected is a `MalformedNotificationError` that shows a glimpse of what came instead. */
export interface MessageReader {
  fieldsOf(subject: string, value: unknown): JsonObject
  /** Never empty, and never longer than any key of a store. */
  textOf(fields: JsonObject, name: string): string
  malformed(what: string): MalformedNotificationError
}

/** The longest key has 1,024 bytes; form-encoded, three characters for each of them. A subject of Event Grid holds more than the key. */
const MAX_TEXT_CHARACTERS = 4_096
/** More than any time has. */
const MAX_TIME_CHARACTERS = 64

/** `expected` is the sentence that ends every complaint: what was expected, and what to do. */
export function createMessageReader(expected: string): MessageReader {
  const malformed = (what: string) => new MalformedNotificationError(`${what} ${expected}`)
  return {
    fieldsOf(subject, value) {
      if (isObject(value)) return { ...value }
      throw malformed(`${subject} is not an object but ${excerpt(value)}.`)
    },
    textOf(fields, name) {
      const value = fields[name]
      if (typeof value !== 'string' || value === '')
        throw malformed(
          `"${name}" is not a text but ${excerpt(value)}; the fields there are ${excerpt(Object.keys(fields))}.`,
        )
      if (value.length > MAX_TEXT_CHARACTERS)
        throw malformed(`"${name}" is longer than ${MAX_TEXT_CHARACTERS} characters: ${excerpt(value)}.`)
      return value
    },
    malformed,
  }
}

/** The time of an event, where the field holds one. It is for logs only, so any short text will do. */
export function timeIn(value: unknown): { readonly time?: string } {
  return typeof value === 'string' && value.length <= MAX_TIME_CHARACTERS ? { time: value } : {}
}

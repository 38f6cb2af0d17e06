import { MalformedNotificationError } from './errors.ts'

/** A JSON object that somebody else wrote. */
export type Fields = Readonly<Record<string, unknown>>

/** Reads a provider's message; whatever isn't as expected is a `MalformedNotificationError` that shows a glimpse of what came instead. */
export interface MessageReader {
  fieldsOf(subject: string, value: unknown): Fields
  /** Never empty. */
  textOf(fields: Fields, name: string): string
  malformed(what: string): MalformedNotificationError
}

/** `expected` is the sentence that ends every complaint: what was expected, and what to do. */
export function createMessageReader(expected: string): MessageReader {
  const malformed = (what: string) => new MalformedNotificationError(`${what} ${expected}`)
  return {
    fieldsOf(subject, value) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
      throw malformed(`${subject} is not an object but ${excerpt(value)}.`)
    },
    textOf(fields, name) {
      const value = fields[name]
      if (typeof value === 'string' && value !== '') return value
      throw malformed(
        `"${name}" is not a text but ${excerpt(value)}; the fields there are ${excerpt(Object.keys(fields))}.`,
      )
    },
    malformed,
  }
}

/** `undefined` for what isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A glimpse, since a message may be a megabyte of anything. */
export function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 100 ? `${text.slice(0, 100)}… (${text.length} characters)` : text
}

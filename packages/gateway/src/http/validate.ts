import { RefusedError } from '@ckan-uplink/core'
import * as v from 'valibot'

/** The messages of a refusal by field, as in CKAN. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>

/**
 * Validates a body, and returns the output of the schema. Throws `RefusedError` with every fault by field. `advice` has
 * a hint for each field that a caller may forget.
 */
export function validate<const S extends v.GenericSchema>(
  schema: S,
  body: unknown,
  advice: Readonly<Record<string, string>> = {},
): v.InferOutput<S> {
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  throw refusal(fieldErrors(result.issues, advice))
}

/** CKAN's `Validation Error`. */
export function refusal(fields: FieldErrors): RefusedError {
  const words = Object.entries(fields).map(([field, messages]) => `${field}: ${messages.join(', ')}`)
  return new RefusedError(`The request is not valid: ${words.join('; ')}`, { details: fields })
}

/** The messages of a `RefusedError` by field. Throws any other error. */
export function errorOf(thrown: unknown): FieldErrors {
  if (!(thrown instanceof RefusedError)) throw thrown
  return toFieldErrors(thrown.details)
}

/** CKAN gives some messages without a list, and nests others. */
export function toFieldErrors(errors: Readonly<Record<string, unknown>>): FieldErrors {
  const toText = (message: unknown) => (typeof message === 'string' ? message : JSON.stringify(message))
  return Object.fromEntries(Object.entries(errors).map(([field, messages]) => [field, [messages].flat().map(toText)]))
}

function fieldErrors(issues: readonly v.BaseIssue<unknown>[], advice: Readonly<Record<string, string>>): FieldErrors {
  const fields = new Map<string, string[]>()
  for (const issue of issues) {
    const field = String(issue.path?.[0]?.key ?? 'message')
    const isMissing = issue.received === 'undefined' || issue.received === 'null'
    const message = isMissing ? ['Missing value', advice[field] ?? []].flat().join(': ') : issue.message
    const messages = fields.get(field)
    if (messages) messages.push(message)
    else fields.set(field, [message])
  }
  return Object.fromEntries(fields)
}

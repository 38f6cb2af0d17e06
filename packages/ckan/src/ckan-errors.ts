import { NotAllowedError, NotFoundError, RefusedError, UnavailableError, type UplinkError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'

const MAX_WORDS_LENGTH = 1000
/** CKAN's own words for trouble of its own, which passes. */
const PASSING_TYPES: readonly unknown[] = ['Internal Server Error', 'Search Index Error', 'Search Connection Error']

/** An answer that isn't a success, as it came over HTTP. */
interface FailedAnswer {
  readonly ckanUrl: string
  readonly action: string
  readonly status: number
  /** The parsed JSON; `undefined` when the body isn't JSON. */
  readonly body: unknown
  readonly retryAfterSeconds: number | undefined
}

/**
 * The one place where CKAN's answers become errors. Final is only what CKAN itself said: its JSON object with an error `__type`,
 * or the JSON string that it answers with 400. Everything else (a proxy's page, 429, 5xx) is `UnavailableError`.
 * A `RefusedError` carries `details: {action, status, errors}`, where `errors` are CKAN's own words by field, or that string.
 * Messages hold no request data. See https://docs.ckan.org/en/latest/api/ and `ckan/views/api.py`.
 */
export function toError(answer: FailedAnswer): UplinkError {
  const { action, status, body } = answer
  const errors = ownErrors(body)
  if (status === 429 || status >= 500) return toUnavailable(answer, errors)
  if (status === 400 && typeof body === 'string') return refused(answer, body)
  if (errors === undefined || PASSING_TYPES.includes(errors['__type'])) return toUnavailable(answer, errors)
  const details = { action, status }
  if (errors['__type'] === 'Authorization Error')
    return new NotAllowedError(`CKAN does not allow ${action}: ${wordsOf(errors)}`, { details })
  if (errors['__type'] === 'Not Found Error')
    return new NotFoundError(`CKAN has nothing for ${action}: ${wordsOf(errors)}`, { details })
  return refused(answer, withoutRequest(errors))
}

/** CKAN's words by field in a refusal; empty when it gave none. */
export function errorsOf(error: RefusedError): JsonObject {
  const { errors } = error.details
  return isObject(errors) ? errors : {}
}

/** Nested errors on one line: `title: Missing value; resources[1].size: Invalid integer`. */
export function wordsOf(errors: unknown): string {
  const words = [...phrases(errors, '')].join('; ')
  if (words === '') return 'CKAN gave no reason'
  return words.length > MAX_WORDS_LENGTH ? `${words.slice(0, MAX_WORDS_LENGTH)}…` : words
}

function* phrases(value: unknown, path: string): Generator<string> {
  if (Array.isArray(value)) yield* listPhrases(value, path)
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key !== '__type') yield* phrases(item, key === 'message' ? path : joined(path, key))
    }
  } else if (value !== null && value !== undefined && value !== '')
    yield path === '' ? String(value) : `${path}: ${value}`
}

function* listPhrases(list: readonly unknown[], path: string): Generator<string> {
  const isNested = (item: unknown) => typeof item === 'object' && item !== null
  yield* phrases(list.filter((item) => !isNested(item)).join(' '), path)
  for (const [index, item] of list.entries()) if (isNested(item)) yield* phrases(item, `${path}[${index}]`)
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function refused({ action, status }: FailedAnswer, errors: JsonObject | string): RefusedError {
  return new RefusedError(`CKAN refused ${action}: ${wordsOf(errors)}`, { details: { action, status, errors } })
}

/** An Integrity Error repeats the whole request in `data`. */
function withoutRequest(errors: JsonObject): JsonObject {
  if (errors['__type'] !== 'Integrity Error') return errors
  return { __type: errors['__type'], message: errors['message'] }
}

function ownErrors(body: unknown): JsonObject | undefined {
  const errors = isObject(body) ? body['error'] : undefined
  return isObject(errors) && typeof errors['__type'] === 'string' ? errors : undefined
}

function toUnavailable(answer: FailedAnswer, errors: JsonObject | undefined): UnavailableError {
  const { ckanUrl, action, status, retryAfterSeconds } = answer
  return new UnavailableError(`${ckanUrl} answered ${action} with ${status} ${whatCame(answer, errors)}`, {
    retryAfterSeconds,
    details: { action, status },
  })
}

function whatCame({ status, body }: FailedAnswer, errors: JsonObject | undefined): string {
  if (errors) return `${errors['__type']}: CKAN or something it depends on has a problem, see CKAN's log.`
  if (status === 429)
    return 'Too Many Requests: fewer calls at once (CKAN_CONCURRENCY, where it is a setting) or a higher limit there would help.'
  const form = body === undefined ? 'without JSON' : "with JSON that is not CKAN's"
  const advice =
    status >= 500
      ? 'is CKAN, or the proxy in front of it, down or overloaded?'
      : 'is this address right (CKAN_URL, where it is a setting), and does a proxy in front of it refuse the call?'
  return `${form}: ${advice}`
}

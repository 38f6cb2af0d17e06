import { NotAllowedError, NotFoundError, RefusedError, UnavailableError, type UplinkError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'

const MAX_WORDS_LENGTH = 1000
/** CKAN's own error types for temporary problems. */
const PASSING_TYPES: readonly unknown[] = ['Internal Server Error', 'Search Index Error', 'Search Connection Error']

/** An HTTP answer that is not a success. */
interface FailedAnswer {
  readonly ckanUrl: string
  readonly action: string
  readonly status: number
  /** The parsed JSON; `undefined` when the body is not JSON. */
  readonly body: unknown
  readonly retryAfterSeconds: number | undefined
}

/**
 * Makes the error of an answer; no other code does. Only CKAN's own answers are final: a JSON object with an error
 * `__type`, or the JSON string of a 400. All other answers (a proxy's page, 429, 5xx) become `UnavailableError`. A
 * `RefusedError` has `details: {action, status, errors}`; `errors` holds CKAN's own messages by field, or that string.
 * Messages contain no request data. See https://docs.ckan.org/en/latest/api/ and `ckan/views/api.py`.
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

/** CKAN's messages by field in a refusal; empty when it sent none. */
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
  if (status === 429) return "Too Many Requests: lower CKAN_CONCURRENCY or raise CKAN's limit."
  const form = body === undefined ? 'without JSON' : "with JSON that is not CKAN's"
  const advice =
    status >= 500
      ? 'check whether CKAN or its proxy is down or overloaded.'
      : 'check this address (in a deployment CKAN_URL), and that no proxy refuses the call.'
  return `${form}: ${advice}`
}

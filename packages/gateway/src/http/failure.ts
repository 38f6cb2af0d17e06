import { type ErrorCode, messageOf, UnavailableError, UplinkError } from '@ckan-uplink/core'
import { HTTPException } from 'hono/http-exception'

/** An error in terms of HTTP. */
export interface Failure {
  readonly status: number
  /** CKAN's `__type`. */
  readonly type: string
  /** The reason phrase of the status. */
  readonly title: string
  /** For the caller, without stack, secret or internal address. */
  readonly message: string
  /** CKAN's messages by field. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds?: number
}

type Kind = readonly [status: number, type: string, title: string]

const KINDS: Readonly<Partial<Record<ErrorCode, Kind>>> = {
  not_allowed: [403, 'Authorization Error', 'Forbidden'],
  not_found: [404, 'Not Found Error', 'Not Found'],
  refused: [409, 'Validation Error', 'Conflict'],
  unavailable: [502, 'Bad Gateway', 'Bad Gateway'],
  store: [503, 'Service Unavailable', 'Service Unavailable'],
}
const REQUEST_KINDS: Readonly<Record<number, Kind>> = {
  400: [400, 'Bad Request', 'Bad Request'],
  404: [404, 'Not Found Error', 'Not Found'],
  405: [405, 'Method Not Allowed', 'Method Not Allowed'],
  408: [408, 'Request Timeout', 'Request Timeout'],
  410: [410, 'Gone', 'Gone'],
  411: [411, 'Length Required', 'Length Required'],
  413: [413, 'Content Too Large', 'Content Too Large'],
  429: [429, 'Too Many Requests', 'Too Many Requests'],
  502: [502, 'Bad Gateway', 'Bad Gateway'],
  503: [503, 'Service Unavailable', 'Service Unavailable'],
}
const UNEXPECTED: Kind = [500, 'Internal Server Error', 'Internal Server Error']

/** The original messages of these describe the deployment, so they go to the log only. */
const OUTER_WORDS: Readonly<Record<number, string>> = {
  500: 'The gateway failed. Its log says why.',
  502: 'CKAN cannot be reached at the moment. Try again later.',
  503: 'The store cannot be reached at the moment. Try again later.',
}

/** The only mapping of errors to HTTP. `toActionError` and `toProblem` write it in their formats. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof HTTPException)
    return {
      ...failure(REQUEST_KINDS[thrown.status] ?? UNEXPECTED, thrown.message),
      ...(thrown.status === 429 && { retryAfterSeconds: 60 }),
      ...(thrown.status === 503 && { retryAfterSeconds: 5 }),
    }
  const kind = kindOf(thrown)
  const described = failure(kind, OUTER_WORDS[kind[0]] ?? messageOf(thrown))
  if (thrown instanceof UnavailableError) return { ...described, ...retryAfter(thrown) }
  return kind === KINDS.refused && thrown instanceof UplinkError ? { ...described, fields: thrown.details } : described
}

function kindOf(thrown: unknown): Kind {
  if (!(thrown instanceof UplinkError)) return UNEXPECTED
  const isStore = thrown instanceof UnavailableError && thrown.system === 'store'
  return KINDS[isStore ? 'store' : thrown.code] ?? UNEXPECTED
}

function failure([status, type, title]: Kind, message: string): Failure {
  return { status, type, title, message, fields: {} }
}

function retryAfter({ retryAfterSeconds }: UnavailableError): Partial<Failure> {
  return retryAfterSeconds === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterSeconds) }
}

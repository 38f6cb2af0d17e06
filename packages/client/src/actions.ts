import { parseRetryAfter, toError } from '@ckan-uplink/ckan'
import { ConfigurationError, messageOf, UnavailableError } from '@ckan-uplink/core'
import { bareToken, isObject, parseJson } from '@ckan-uplink/core/support'
import { type RetryOptions, retrying } from './retry.ts'

export type Params = Readonly<Record<string, unknown>>

/** How to reach the gateway. */
export interface Connection {
  /** Without a slash at the end. */
  readonly gateway: string
  readonly token?: string | (() => string | Promise<string>) | undefined
  readonly tokenHeader: string
  readonly fetch: typeof fetch
  readonly firstDelayMs: RetryOptions['firstDelayMs']
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Whether to retry if the action may have taken effect. Default: true for actions that only read or are idempotent.
   */
  readonly retry?: boolean
  /** How long one attempt waits for the answer. Default: a minute. */
  readonly timeoutMs?: number
}

/**
 * Calls an action and returns its result. Throws `NotAllowedError`, `NotFoundError` or `RefusedError` if CKAN or the
 * gateway refuses, and `UnavailableError` without a proper answer.
 */
export type Act = <T = unknown>(name: string, params?: Params, options?: CallOptions) => Promise<T>

type Way = 'GET' | 'JSON' | 'form'

const TIMEOUT_MS = 60_000
const READING = /_(?:autocomplete|list|scan|search|show|status)$/u
/** The gateway's own actions. They accept only POST, and signing twice does no harm. */
const OWN = /^upload_|_upload$/u

/**
 * Calls actions in the way that a site accepts. Actions that read start with GET, all others with POST and JSON. If the
 * site rejects the method or the format, the call is repeated as POST with JSON, then as a form. Each action remembers
 * its way.
 */
export function createActions(connection: Connection): Act {
  const { gateway, firstDelayMs } = connection
  const demanded = new Map<string, Way>()

  async function call(name: string, params: Params, way: Way, options: CallOptions): Promise<unknown> {
    const response = await exchange(connection, name, await requestOf(connection, name, params, way), options)
    const body = parseJson(response.text)
    if (response.ok && isObject(body) && body['success'] === true) return body['result']
    const next = nextWay(way, response.status, body)
    if (next !== undefined && (next !== 'form' || isFlat(params))) {
      demanded.set(name, next)
      return call(name, params, next, options)
    }
    throw toError({
      ckanUrl: gateway,
      action: name,
      status: response.status,
      body,
      retryAfterSeconds: parseRetryAfter(response.retryAfter, new Date()),
    })
  }

  return async <T>(name: string, params: Params = {}, options: CallOptions = {}) => {
    const { signal, retry = READING.test(name) || OWN.test(name) } = options
    const first = READING.test(name) && !OWN.test(name) && isFlat(params) ? 'GET' : 'JSON'
    const attempt = () => call(name, params, demanded.get(name) ?? first, options)
    return (retry ? retrying({ firstDelayMs, signal }, attempt) : attempt()) as Promise<T>
  }
}

/**
 * The way to try next, or `undefined` if the answer is final. CKAN's `ckan/views/api.py` checks the method and the body
 * before anything else.
 */
function nextWay(way: Way, status: number, body: unknown): Way | undefined {
  const words = typeof body === 'string' ? body : ''
  if (
    way === 'GET' &&
    (status === 405 ||
      status === 414 ||
      (status === 400 && words.includes('POST')) ||
      (status === 403 && body === undefined))
  )
    return 'JSON'
  if (way === 'JSON' && (status === 415 || (status === 400 && words.includes('decod')))) return 'form'
  return undefined
}

/** Queries and forms cannot carry nested values. */
function isFlat(params: Params): boolean {
  return Object.values(params).every((value) => typeof value !== 'object')
}

interface Request {
  readonly path: string
  readonly init: RequestInit
}

async function requestOf(
  { token = '', tokenHeader }: Connection,
  name: string,
  params: Params,
  way: Way,
): Promise<Request> {
  const bare = bareToken(typeof token === 'function' ? await token() : token)
  const authorization = bare === '' ? {} : { [tokenHeader]: bare }
  if (way === 'JSON') {
    return {
      path: name,
      init: {
        method: 'POST',
        headers: { ...authorization, 'Content-Type': 'application/json' },
        body: JSON.stringify(params),
      },
    }
  }
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  const fields = new URLSearchParams(given.map(([field, value]) => [field, String(value)]))
  if (way === 'form') return { path: name, init: { method: 'POST', headers: authorization, body: fields } }
  return { path: given.length === 0 ? name : `${name}?${fields}`, init: { method: 'GET', headers: authorization } }
}

async function exchange(
  { gateway, fetch: send }: Connection,
  name: string,
  { path, init }: Request,
  { signal, timeoutMs = TIMEOUT_MS }: CallOptions,
) {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await send(`${gateway}/api/3/action/${path}`, {
      ...init,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400))
      throw redirected(gateway)
    const { ok, status } = response
    return { ok, status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
  } catch (thrown) {
    signal?.throwIfAborted()
    if (thrown instanceof ConfigurationError) throw thrown
    throw new UnavailableError(
      `${gateway} could not be reached for ${name}, or closed the connection: ${timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(thrown)}`,
      {
        cause: thrown,
      },
    )
  }
}

function redirected(gateway: string): ConfigurationError {
  return new ConfigurationError([
    `${gateway} redirects, which would turn a POST into a GET: give the address that answers without a redirect.`,
  ])
}

/** The reason of a failure. Node's `fetch` gives it only in the cause. */
export function reasonOf(thrown: unknown): string {
  const inner =
    thrown instanceof Error && thrown.cause instanceof Error && thrown.cause.message !== '' ? thrown.cause : thrown
  return messageOf(inner)
}

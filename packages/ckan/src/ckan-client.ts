import { type Clock, messageOf, NotAllowedError, systemClock, UnavailableError, UplinkError } from '@ckan-uplink/core'
import { bareToken, createLimiter, isObject, MIB, parseJson } from '@ckan-uplink/core/support'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { toError } from './ckan-errors.ts'
import { readText } from './read-text.ts'
import { parseRetryAfter, retryDelayMs } from './retry.ts'

const FAILURES_TO_OPEN = 5
const OPEN_MS = 5000
const MAX_ANSWER_BYTES = 64 * MIB

export interface CkanAnswer<T> {
  readonly result: T
  /** The time of the answer by CKAN's own clock, or by the local clock when CKAN sent no time. */
  readonly date: Date
}

/** Calls of CKAN's Action API. */
export interface CkanClient {
  /** Without a slash at the end. */
  readonly url: string
  /** The header that carries tokens. */
  readonly tokenHeader: string
  /**
   * Returns the result of an action. Throws the error from `toError`, and `UnavailableError` when there is no answer in
   * time. With `retry`, the client may send the call again when it may have taken effect; use it for reads and
   * compare-and-set writes. `tokenHeader` overrides the client's header for this call.
   */
  call<T = unknown>(
    action: string,
    params: object,
    token?: string,
    options?: { readonly retry?: boolean; readonly tokenHeader?: string },
  ): Promise<CkanAnswer<T>>
}

interface Call {
  readonly action: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Creates a client whose callers share one limit on concurrent calls and one circuit breaker. `timeoutMs` applies to
 * each attempt. On Cloudflare Workers, create one client per invocation: an interrupted invocation never frees its
 * place.
 */
export function createCkanClient(options: {
  readonly url: string
  /** The header from which this CKAN reads tokens; `Authorization` when absent. */
  readonly tokenHeader?: string
  readonly concurrency: number
  readonly timeoutMs: number
  readonly fetch?: typeof fetch
  readonly clock?: Clock
}): CkanClient {
  const {
    url,
    tokenHeader = 'Authorization',
    concurrency,
    timeoutMs,
    fetch: send = (input, init) => fetch(input, init),
    clock = systemClock,
  } = options
  const whenFree = createLimiter(concurrency)
  const unlessDown = createCircuitBreaker({ name: url, failuresToOpen: FAILURES_TO_OPEN, openMs: OPEN_MS, clock })

  async function exchange({
    action,
    body,
    headers,
  }: Call): Promise<{ readonly response: Response; readonly text: string }> {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const response = await send(`${url}/api/3/action/${action}`, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal,
      })
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel()
        throw redirected(url, action, response)
      }
      return { response, text: await readText(response, MAX_ANSWER_BYTES) }
    } catch (thrown) {
      throw thrown instanceof UplinkError
        ? thrown
        : unanswered(url, action, signal.aborted ? `no answer within ${timeoutMs} ms` : thrown)
    }
  }

  async function attempt<T>(call: Call): Promise<CkanAnswer<T>> {
    const { response, text } = await exchange(call)
    const body = parseJson(text)
    if (response.ok && isObject(body) && body['success'] === true) {
      return { result: withoutLoaderToken(body['result']) as T, date: dateOf(response) ?? clock.now() }
    }
    const retryAfterSeconds = parseRetryAfter(response.headers.get('retry-after'), clock.now())
    throw toError({ ckanUrl: url, action: call.action, status: response.status, body, retryAfterSeconds })
  }

  return {
    url,
    tokenHeader,
    async call<T>(
      action: string,
      params: object,
      token = '',
      {
        retry = false,
        tokenHeader: header = tokenHeader,
      }: { readonly retry?: boolean; readonly tokenHeader?: string } = {},
    ) {
      const call = { action, body: JSON.stringify(params), headers: headersFor(action, token, header) }
      for (let attempts = 1; ; attempts += 1) {
        try {
          return await whenFree(() => unlessDown(() => attempt<T>(call)))
        } catch (thrown) {
          const delayMs = retry ? retryDelayMs(thrown, attempts) : undefined
          if (delayMs === undefined) throw thrown
          await clock.sleep(delayMs)
        }
      }
    },
  }
}

function headersFor(action: string, token: string, tokenHeader: string): Record<string, string> {
  const bare = bareToken(token)
  if (!/^[\x21-\x7e]*$/u.test(bare)) {
    throw new NotAllowedError(
      `The token for ${action} contains characters that no CKAN token has: create a new token in CKAN.`,
      { details: { action } },
    )
  }
  return { 'content-type': 'application/json', ...(bare !== '' && { [tokenHeader]: bare }) }
}

function dateOf(response: Response): Date | undefined {
  const date = new Date(response.headers.get('date') ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** `xloader_status` reveals the site's own sysadmin token as `task_info.api_key`. */
function withoutLoaderToken(result: unknown): unknown {
  if (!isObject(result) || !isObject(result['task_info'])) return result
  const { api_key: _, ...taskInfo } = result['task_info']
  return { ...result, task_info: taskInfo }
}

function unanswered(ckanUrl: string, action: string, reason: unknown): UnavailableError {
  if (typeof reason === 'string')
    return new UnavailableError(`${ckanUrl} gave ${reason} to ${action}.`, { details: { action, fault: 'timeout' } })
  const inner =
    reason instanceof Error && reason.cause instanceof Error && reason.cause.message !== '' ? reason.cause : reason
  return new UnavailableError(
    `${ckanUrl} could not be reached for ${action}, or closed the connection: ${messageOf(inner)}`,
    { cause: reason, details: { action, fault: 'network' } },
  )
}

/**
 * The client follows no redirect, because a POST would become a GET. The error omits the query, which may contain
 * secrets of a login page.
 */
function redirected(ckanUrl: string, action: string, response: Response): UnavailableError {
  const location = response.headers.get('location') ?? ''
  const target = URL.canParse(location, ckanUrl) ? new URL(location, ckanUrl) : undefined
  const address = target
    ? `${target.origin}${target.pathname}`.replace(new RegExp(`/api/3/action/${action}/?$`, 'u'), '')
    : 'nowhere'
  return new UnavailableError(
    `${ckanUrl} redirects ${action} to ${address}: set CKAN_URL to the address at which CKAN itself answers.`,
    {
      details: { action, fault: 'redirect', status: response.status },
    },
  )
}

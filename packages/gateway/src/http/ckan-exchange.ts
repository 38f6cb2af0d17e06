import { UnavailableError } from '@ckan-uplink/core'
import { HTTPException } from 'hono/http-exception'
import type { GatewayDeps } from '../deps.ts'
import { createPatience, type Patience } from './patience.ts'
import { watchAnswer } from './watch-answer.ts'

/** Node's `fetch` sends a stream only with `duplex: 'half'`. */
interface StreamingInit extends RequestInit {
  readonly duplex?: 'half'
}

/**
 * What CKAN is sent. A body that streams keeps the time that the client takes apart from CKAN's, and says why it broke
 * off.
 */
export interface Message {
  readonly method: string
  readonly headers: Headers
  readonly body?: string | ((patience: Patience) => StreamedBody)
}

export interface StreamedBody {
  readonly stream: ReadableStream<Uint8Array>
  failure(): unknown
  /**
   * How much of it went to CKAN or to the connection's buffers, less the last chunk, which a runtime takes before it
   * connects.
   */
  takenBytes(): number
}

/** The buffers of the connection take a shorter body before CKAN can refuse it. */
const MAX_BUFFERED_BYTES = 65_536

/** One call of CKAN by HTTP. Every failure to get CKAN's own answer is an `UnavailableError` or an `HTTPException`. */
export function createExchange({ settings, fetch: send = (input, init) => fetch(input, init) }: GatewayDeps) {
  return async (action: string, search: string, { method, headers, body }: Message): Promise<Response> => {
    const patience = createPatience(settings.ckanTimeoutMs)
    const streamed = typeof body === 'function' ? body(patience) : undefined
    const init: StreamingInit = {
      method,
      headers,
      redirect: 'manual',
      signal: patience.signal,
      ...(typeof body === 'string' && { body }),
      ...(streamed && { body: streamed.stream, duplex: 'half' }),
    }
    try {
      return toAnswer(await send(`${settings.ckanUrl}/api/3/action/${action}${search}`, init))
    } catch (cause) {
      throw failureOf(streamed?.failure() ?? cause, patience.signal.aborted ? undefined : streamed)
    } finally {
      patience.end()
    }
  }

  /** `sent` is the body that was under way when the connection broke. */
  function failureOf(reason: unknown, sent: StreamedBody | undefined): Error {
    if (reason instanceof HTTPException || reason instanceof UnavailableError) return reason
    if (sent !== undefined && sent.takenBytes() > MAX_BUFFERED_BYTES) return closedEarly(reason)
    return new UnavailableError(`CKAN at ${settings.ckanUrl} did not answer.`, { cause: reason })
  }

  function toAnswer(answer: Response): Response {
    if (answer.status >= 300 && answer.status < 400) throw redirected(answer, settings.ckanUrl)
    if (isProxyPage(answer))
      throw new UnavailableError(
        `A proxy answered ${answer.status} in place of CKAN at ${settings.ckanUrl}.`,
        waitOf(answer),
      )
    const body = answer.body && watchAnswer(answer.body)
    return new Response(body, { status: answer.status, headers: answerHeaders(answer.headers) })
  }
}

/** CKAN itself never answers with these statuses: a proxy sends such a page when it cannot reach CKAN. */
function isProxyPage({ status, headers }: Response): boolean {
  return status >= 502 && status <= 504 && !headers.get('Content-Type')?.includes('json')
}

function waitOf({ headers }: Response): { readonly retryAfterSeconds?: number } {
  const seconds = headers.get('Retry-After') ?? ''
  return /^\d{1,6}$/u.test(seconds) ? { retryAfterSeconds: Number(seconds) } : {}
}

function answerHeaders(from: Headers): Headers {
  const headers = new Headers({ 'Cache-Control': 'no-store' })
  for (const name of ['Content-Type', 'Retry-After']) {
    const value = from.get(name)
    if (value !== null) headers.set(name, value)
  }
  return headers
}

/** CKAN answers 413 and closes the connection before it has read the body, so its answer is lost. */
function closedEarly(cause: unknown): HTTPException {
  const message =
    'CKAN closed the connection before it had read the whole body. The body may be too large for CKAN. ' +
    'If it is not, try again later.'
  return new HTTPException(413, { message, cause })
}

/** For the log alone: CKAN's address may be an inner one, and a relative redirect leads there. */
function redirected(answer: Response, ckanUrl: string): UnavailableError {
  const location = answer.headers.get('Location') ?? ''
  const target = URL.canParse(location, ckanUrl) ? new URL(location, ckanUrl).origin : 'another address'
  return new UnavailableError(
    `CKAN at ${ckanUrl} redirects to ${target}, which is not followed: set CKAN_URL to the address at which CKAN itself answers.`,
  )
}

import { UnavailableError } from '@ckan-uplink/core'
import { HTTPException } from 'hono/http-exception'
import { announcedBytes, checkAnnounced, isMultipart, MAX_JSON_BYTES, MAX_MULTIPART_BYTES, readBytes } from './body.ts'
import { tokenOf } from './caller.ts'
import { cleanBody, holdsResources } from './clean-body.ts'
import type { GatewayDeps } from './deps.ts'

type Body = NonNullable<RequestInit['body']> | null

/** Node's `fetch` sends a stream only when told that the answer comes after it. */
interface StreamingInit extends RequestInit {
  readonly duplex?: 'half'
}

/** CKAN's Action API as seen by a caller of the gateway. */
export interface PassThrough {
  /**
   * The request as it came, less cookies and what the gateway had added to resources; the answer as it comes, less the site's own token.
   * CKAN gets the caller's address in `X-Forwarded-For`, where the platform reports one.
   */
  pass(action: string, request: Request): Promise<Response>
  /** An action with a body of the gateway's own making, and the caller's token and address. */
  post(action: string, caller: Request, fields: unknown): Promise<Response>
}

/** A file that still goes through CKAN takes its time. */
const MULTIPART_TIMEOUT_MS = 300_000

/** Every failure to get CKAN's own answer is an `UnavailableError` or an `HTTPException`. */
export function createPassThrough({
  settings,
  addressOf,
  fetch: send = (input, init) => fetch(input, init),
}: GatewayDeps): PassThrough {
  return {
    async pass(action, request) {
      const answer = await passOn(action, request)
      return action === 'xloader_status' ? withoutSiteToken(answer) : answer
    },
    post(action, caller, fields) {
      const headers = forwardedHeaders(caller)
      headers.set('Content-Type', 'application/json')
      return exchange(
        actionUrl(action),
        { method: 'POST', headers, body: JSON.stringify(fields) },
        settings.ckanTimeoutMs,
      )
    },
  }

  async function passOn(action: string, request: Request): Promise<Response> {
    const url = `${actionUrl(action)}${new URL(request.url).search}`
    const init = { method: request.method, headers: forwardedHeaders(request) }
    const timeoutMs = isMultipart(request) ? MULTIPART_TIMEOUT_MS : settings.ckanTimeoutMs
    if (request.body === null) return exchange(url, init, timeoutMs)
    if (!isMultipart(request) || announcedBytes(request) <= MAX_JSON_BYTES) {
      const body = await readBody(action, request)
      // A form that was made anew has a boundary of its own.
      if (body instanceof FormData) init.headers.delete('Content-Type')
      return exchange(url, { ...init, body }, timeoutMs)
    }
    checkAnnounced(request, MAX_MULTIPART_BYTES)
    init.headers.set('Content-Length', String(announcedBytes(request)))
    return exchange(url, { ...init, body: request.body, duplex: 'half' }, timeoutMs)
  }

  function actionUrl(action: string): string {
    return `${settings.ckanUrl}/api/3/action/${action}`
  }

  /** Neither cookies (a session's would need CKAN's CSRF token) nor anything else that the caller says of its connection. */
  function forwardedHeaders(request: Request): Headers {
    const headers = new Headers()
    const token = tokenOf(request.headers)
    if (token !== undefined) headers.set(settings.ckanTokenHeader, token)
    const address = addressOf?.(request)
    if (address !== undefined) headers.set('X-Forwarded-For', address)
    for (const name of ['Content-Type', 'Accept']) {
      const value = request.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    return headers
  }

  async function exchange(url: string, init: StreamingInit, timeoutMs: number): Promise<Response> {
    const answer = await reach(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    if (answer.status >= 300 && answer.status < 400) throw redirected(answer, settings.ckanUrl)
    if (isProxyPage(answer))
      throw new UnavailableError(
        `A proxy answered ${answer.status} in place of CKAN at ${settings.ckanUrl}.`,
        waitOf(answer),
      )
    return new Response(answer.body, { status: answer.status, headers: answerHeaders(answer.headers) })
  }

  async function reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await send(url, init)
    } catch (cause) {
      throw new UnavailableError(`CKAN at ${settings.ckanUrl} did not answer.`, { cause })
    }
  }
}

/**
 * Any body but a large multipart one is held whole: then CKAN gets it with its length (uWSGI, under many a CKAN, takes no chunks by
 * default), never half of it, and nothing that the gateway has added.
 */
async function readBody(action: string, request: Request): Promise<Body> {
  const bytes = await readBytes(request, MAX_JSON_BYTES)
  return holdsResources(action) ? cleanBody(action, request.headers.get('Content-Type') ?? '', bytes) : bytes
}

/** CKAN itself has none of these statuses: a page that says so means that it can't be reached. */
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

/** ckanext-xloader shows every editor the token of a sysadmin, with which it writes its results. */
async function withoutSiteToken(answer: Response): Promise<Response> {
  const text = await answer.text()
  return new Response(text.replace(/("api_key":\s*)"[^"]*"/gu, '$1null'), {
    status: answer.status,
    headers: answer.headers,
  })
}

function redirected(answer: Response, ckanUrl: string): HTTPException {
  const location = answer.headers.get('Location') ?? ''
  const target = URL.canParse(location, ckanUrl) ? new URL(location, ckanUrl).origin : 'another address'
  return new HTTPException(502, {
    message: `CKAN redirects to ${target}, which is not followed: the gateway has to be configured with CKAN's final address.`,
  })
}

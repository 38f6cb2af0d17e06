import { NotAllowedError } from '@ckan-uplink/core'
import { HTTPException } from 'hono/http-exception'
import type { GatewayDeps } from '../deps.ts'
import { logRefusal } from './answer-error.ts'
import {
  announcedBytes,
  type Chunks,
  checkAnnounced,
  chunksOf,
  isMultipart,
  MAX_JSON_BYTES,
  MAX_MULTIPART_BYTES,
  MAX_OWN_BYTES,
  only,
  readBytes,
} from './body.ts'
import { streamBody } from './body-to-ckan.ts'
import { requireCaller, tokenOf } from './caller.ts'
import { createExchange } from './ckan-exchange.ts'
import { createCleaner } from './clean/index.ts'
import { MAX_WAIT_MS } from './read-in-time.ts'
import { createRenewal } from './sent-back/index.ts'
import { createStreamGate } from './stream-gate.ts'

/** CKAN's Action API as seen by a caller of the gateway. */
export interface PassThrough {
  /**
   * Sends the request on without cookies and without the gateway's members of resources. Returns the answer without the
   * site's own token. CKAN gets the caller's address in `X-Forwarded-For` if the platform reports it. `held` is the
   * body if it was read before.
   */
  pass(action: string, request: Request, held?: Uint8Array<ArrayBuffer>): Promise<Response>
  /** Calls an action with a body that the gateway makes, and with the caller's token and address. */
  post(action: string, caller: Request, fields: unknown): Promise<Response>
}

/** CKAN's refusals of a caller. Other errors are faults of the request: CKAN logs them. */
const REFUSALS: readonly number[] = [401, 403, 429]

/** Every failure to get CKAN's own answer is an `UnavailableError` or an `HTTPException`. */
export function createPassThrough(deps: GatewayDeps): PassThrough {
  const { settings, authorizer, addressOf, clock } = deps
  const exchange = createExchange(deps)
  const renew = createRenewal(deps)
  const gate = createStreamGate(clock, MAX_WAIT_MS)
  return {
    async pass(action, request, held) {
      const answer = await passOn(action, request, held)
      if (REFUSALS.includes(answer.status)) logRefusal(deps, request, refusalOf(action, request, answer))
      return action === 'xloader_status' ? withoutSiteToken(answer) : answer
    },
    async post(action, caller, fields) {
      const headers = forwardedHeaders(caller)
      headers.set('Content-Type', 'application/json')
      const answer = await exchange(action, '', { method: 'POST', headers, body: JSON.stringify(fields) })
      if (REFUSALS.includes(answer.status)) logRefusal(deps, caller, refusalOf(action, caller, answer))
      return answer
    },
  }

  async function passOn(action: string, request: Request, held?: Uint8Array<ArrayBuffer>): Promise<Response> {
    const { method } = request
    const { search } = new URL(request.url)
    const headers = forwardedHeaders(request)
    if (request.body === null || announcedBytes(request) === 0) return exchange(action, search, { method, headers })
    const maxBytes = allowedBytes(request)
    checkAnnounced(request, maxBytes)
    const leave = await gate.enter(addressOf?.(request), () => isKnown(request))
    try {
      const contentType = headers.get('Content-Type') ?? ''
      const body = await renew(action, request, { ...(await measure(request, maxBytes, held)), contentType })
      if (body.contentType !== '') headers.set('Content-Type', body.contentType)
      // Many CKAN sites run on uWSGI, which by default accepts no chunked body.
      headers.set('Content-Length', String(body.length))
      const cleaner = createCleaner(action, body.contentType, body.length)
      return await exchange(action, search, {
        method,
        headers,
        body: (patience) => streamBody(body.chunks, cleaner, patience),
      })
    } finally {
      leave()
    }
  }

  async function isKnown({ headers }: Request): Promise<boolean> {
    const token = tokenOf(headers)
    return token !== undefined && (await authorizer.whoami(token)) !== undefined
  }

  /** Throws `NotAllowedError` for a file from an anonymous caller. */
  function allowedBytes(request: Request): number {
    const isTrusted = settings.anonymousDatasets || tokenOf(request.headers) !== undefined
    if (!isMultipart(request)) return isTrusted ? MAX_JSON_BYTES : MAX_OWN_BYTES
    if (isTrusted) return MAX_MULTIPART_BYTES
    throw new NotAllowedError('A form with files needs an API token of CKAN in the Authorization header.')
  }

  /** The gateway must hold a body without `Content-Length` to learn its length. It does so only for users of CKAN. */
  async function measure(
    request: Request,
    maxBytes: number,
    held?: Uint8Array<ArrayBuffer>,
  ): Promise<{ length: number; chunks: Chunks }> {
    if (held !== undefined) return { length: held.length, chunks: only(held) }
    const announced = announcedBytes(request)
    if (announced !== undefined) return { length: announced, chunks: chunksOf(request, maxBytes) }
    if (tokenOf(request.headers) === undefined)
      throw new HTTPException(411, { message: 'Send the length of the body, in Content-Length, or an API token.' })
    await requireCaller(authorizer, request.headers)
    const bytes = await readBytes(request, Math.min(maxBytes, MAX_JSON_BYTES))
    return { length: bytes.length, chunks: only(bytes) }
  }

  /**
   * Without cookies, since a session would need CKAN's CSRF token, and without the caller's claims about its
   * connection.
   */
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
}

function refusalOf(action: string, { method }: Request, { status }: Response) {
  return { method, path: `/api/3/action/${action}`, status, action, reason: 'CKAN refused it.' }
}

/** ckanext-xloader shows every editor the token of a sysadmin, with which it writes its results. */
async function withoutSiteToken(answer: Response): Promise<Response> {
  const text = await answer.text()
  return new Response(text.replace(/("api_key":\s*)"[^"]*"/gu, '$1null'), {
    status: answer.status,
    headers: answer.headers,
  })
}

import { createServer, type IncomingMessage, request as requestUpstream, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerPreflight, corsHeaders } from './r2-cors.ts'
import { actionOf, notificationOf, parseS3Request, type R2Notification, type S3Request } from './r2-notification.ts'
import { createR2Parts, isBegin, type R2Parts } from './r2-parts.ts'
import { asStored, type ObjectState, upstreamHeaders } from './r2-reading.ts'

export interface R2EventEdgeOptions {
  /** Where Miniflare's S3 endpoint listens: `http://127.0.0.1:8787`. */
  readonly upstream: string
  /** 0: any free one. */
  readonly port: number
  /** The object's present state. */
  readonly head: (key: string) => Promise<ObjectState | undefined>
  /** Puts a notification on the queue. */
  readonly emit: (notification: R2Notification) => Promise<void>
  /** As the bucket's notification rules say: nothing is emitted for other keys. */
  readonly prefixes: readonly string[]
  /** The origins of web pages that may upload, as the bucket's CORS rule says; none when absent. All pages may read. */
  readonly origins?: readonly string[]
  /** Called for each request that the store has answered, for tests that count requests. */
  readonly onAnswer?: (request: S3Request, status: number) => void
  /**
   * Faults: after how many milliseconds each copy of a notification is emitted. `[0]`, the default, is a faultless
   * edge, `[]` drops it, `[0, 0]` doubles it, and unequal delays reorder.
   */
  readonly delaysMs?: (notification: R2Notification) => readonly number[]
}

export interface R2EventEdge {
  readonly url: string
  /** Resolves once every notification so far is emitted. */
  settled(): Promise<void>
  /** Drops delayed notifications. */
  close(): Promise<void>
}

/** R2's answers may be asked to carry other headers: https://developers.cloudflare.com/r2/api/s3/api/ */
const OVERRIDES = [
  'content-disposition',
  'content-type',
  'content-encoding',
  'content-language',
  'cache-control',
  'expires',
]

const XML = { 'Content-Type': 'application/xml' }
/** R2 takes no body of unknown length: https://developers.cloudflare.com/r2/api/error-codes/ */
const NO_LENGTH =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingContentLength</Code><Message>You must provide the Content-Length HTTP header.</Message></Error>'

/**
 * What Miniflare's R2 lacks: event notifications, the `response-…` parameters of a signed GET, the listing of parts,
 * the CORS rules that deploy, `If-Range`, the whole file for an odd `Range`, and `Content-Encoding` as it was stored. A
 * reverse proxy on 127.0.0.1 before its S3 endpoint that passes everything else on untouched, the host included, since
 * it is signed.
 */
export async function startR2EventEdge(options: R2EventEdgeOptions): Promise<R2EventEdge> {
  const pending = new Set<Promise<void>>()
  const closing = new AbortController()
  const notify: Notify = (request, sent) => {
    const task = emitAfter(options, request, sent, closing.signal)
      .catch((error: unknown) => {
        if (!closing.signal.aborted) console.error(`A notification about ${request.key} was lost:`, error)
      })
      .finally(() => pending.delete(task))
    pending.add(task)
  }
  const parts = createR2Parts()
  const { origins = [] } = options
  const server = createServer((request, response) => {
    const preflight = answerPreflight(origins, request)
    if (preflight !== undefined) return void response.writeHead(preflight.status, preflight.headers).end()
    for (const [name, value] of Object.entries(corsHeaders(origins, request))) response.setHeader(name, value)
    forward(options, request, response, parts, notify).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, '127.0.0.1', resolve))
  const address = server.address()
  const settled = async (): Promise<void> => {
    await Promise.all(pending)
  }
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : options.port}`,
    settled,
    async close() {
      closing.abort()
      server.close()
      server.closeAllConnections()
      await settled()
    },
  }
}

/** `sent`: what the request itself brought. R2 reports this object, even if another has replaced it since. */
type Notify = (request: S3Request, sent: ObjectState | undefined) => void

async function forward(
  { upstream, onAnswer, head }: R2EventEdgeOptions,
  request: IncomingMessage,
  response: ServerResponse,
  parts: R2Parts,
  notify: Notify,
): Promise<void> {
  const { method = 'GET', url = '/' } = request
  const refusal = refusalOf(request)
  if (refusal) return void response.writeHead(refusal.status, { ...XML, Connection: 'close' }).end(refusal.body)
  const copySource = request.headers['x-amz-copy-source']
  const parsed = parseS3Request(method, url, typeof copySource === 'string' ? copySource : undefined)
  const object = method === 'GET' && parsed ? await head(parsed.key) : undefined
  const answer = await askUpstream(upstream, request, upstreamHeaders(request, object))
  const status = answer.statusCode ?? 502
  const isSuccess = status >= 200 && status < 300
  if (parsed !== undefined) onAnswer?.(parsed, status)
  // Not implemented, says Miniflare once it has verified the signature.
  const listing = status === 501 && parsed && parts.list(parsed)
  if (listing) return void response.writeHead(listing.status, XML).end(listing.body)
  const stored = asStored(answer, method, object)
  response.writeHead(status, {
    ...withoutCors(stored.headers),
    ...(isSuccess && parsed && /^(?:GET|HEAD)$/u.test(method) && overridesIn(parsed.query)),
  })
  if (!parsed || !isSuccess) return pipeline(stored.body, response)
  const body = isBegin(parsed) ? await text(answer) : undefined
  const { etag } = answer.headers
  const sentBytes = Number(request.headers['content-length'])
  parts.note(parsed, { sentBytes, etag, body })
  await pipeline(body === undefined ? stored.body : [body], response)
  notify(parsed, etag === undefined ? undefined : { size: sentBytes, etag: etag.replaceAll('"', '') })
}

/** Refuses as R2 does: Miniflare lets the request through, or fails. */
function refusalOf(request: IncomingMessage): { readonly status: number; readonly body: string } | undefined {
  if (hasUnsignedHeader(request))
    return { status: 403, body: 'There were headers present in the request which were not signed\n' }
  const isOfUnknownLength = request.method === 'PUT' && request.headers['content-length'] === undefined
  return isOfUnknownLength ? { status: 411, body: NO_LENGTH } : undefined
}

/**
 * S3 refuses a pre-signed request with an unsigned `x-amz-…` header, but Miniflare ignores unsigned headers. Without
 * this check, `x-amz-copy-source` could read any object of the bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
function hasUnsignedHeader({ url = '/', headers }: IncomingMessage): boolean {
  const signed = new URL(url, 'http://edge').searchParams.get('X-Amz-SignedHeaders')?.split(';')
  return (
    signed !== undefined && Object.keys(headers).some((name) => name.startsWith('x-amz-') && !signed.includes(name))
  )
}

function withoutCors(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')))
}

function askUpstream(upstream: string, request: IncomingMessage, headers: string[]): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url } = request
    const { hostname, port } = new URL(upstream)
    const forwarded = requestUpstream({ hostname, port, method, path: url, headers, agent: false }, resolve)
    pipeline(request, forwarded).catch(reject)
    forwarded.on('error', reject)
  })
}

function overridesIn(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    OVERRIDES.flatMap((name) => {
      const value = query.get(`response-${name}`)
      return value === null ? [] : [[name, value] as const]
    }),
  )
}

async function emitAfter(
  { head, emit, prefixes, delaysMs = () => [0] }: R2EventEdgeOptions,
  request: S3Request,
  sent: ObjectState | undefined,
  signal: AbortSignal,
): Promise<void> {
  const action = actionOf(request)
  if (action === undefined || !prefixes.some((prefix) => request.key.startsWith(prefix))) return
  const object = action === 'PutObject' && sent ? sent : await head(request.key)
  const notification = notificationOf(request, action, object)
  await Promise.all(
    delaysMs(notification).map((delayMs) => sleep(delayMs, undefined, { signal }).then(() => emit(notification))),
  )
}

import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'

const MAX_REDIRECTS = 5
const STALL_MS = 120_000
const EXCERPT_BYTES = 300

export interface FetchOptions {
  /** Only these origins get the token. */
  readonly own: readonly string[]
  readonly tokenHeaders: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly method?: 'GET' | 'HEAD'
  /** Called with each address before it is asked. Throws to forbid it. Returns how to resolve its name. */
  readonly permit?: (url: URL) => LookupFunction | undefined
}

export interface FetchedFile {
  readonly ok: boolean
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The bytes as the host stores them. */
  readonly body: IncomingMessage
}

/**
 * Follows redirects, and sends the token to its own hosts only. `fetch` would unpack a file such as `data.csv.gz`,
 * because CKAN sends it with `Content-Encoding: gzip`.
 */
export async function fetchWithToken(address: URL, options: FetchOptions): Promise<FetchedFile> {
  let url = address
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const body = await ask(url, options)
    const { statusCode: status = 0, headers } = body
    if (status < 300 || status > 399 || headers.location === undefined)
      return { ok: status >= 200 && status < 300, status, headers, body }
    body.destroy()
    url = new URL(headers.location, url)
  }
  throw new Error(`${address.origin} redirects more than ${MAX_REDIRECTS} times.`)
}

function ask(url: URL, { own, tokenHeaders, signal, method, permit }: FetchOptions): Promise<IncomingMessage> {
  const lookup = permit?.(url)
  const headers = { 'Accept-Encoding': 'identity', ...(own.includes(url.origin) && tokenHeaders) }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, signal, timeout: STALL_MS, ...(lookup && { lookup }) })
    request.on('response', resolve).on('error', reject)
    request.on('timeout', () => request.destroy(new Error(`${url.origin} sent nothing for ${STALL_MS / 1000} s.`)))
    request.end()
  })
}

/** The beginning of an answer, for messages. */
export async function excerptOf({ body }: FetchedFile): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) {
    chunks.push(chunk)
    if (Buffer.concat(chunks).length >= EXCERPT_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString()
}

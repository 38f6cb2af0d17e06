import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'

/** An object's present state. */
export interface ObjectState {
  readonly size: number
  readonly etag: string
}

/** One range, which stores send. For several ranges and for any other text they send the whole file. */
const ONE_RANGE = /^bytes=(?:(\d+)-(\d*)|-\d+)$/u

/**
 * The headers of a request for Miniflare. It does not know `If-Range`, so the range goes unless the client has a part
 * of exactly this content. It refuses a range that RFC 9110 ignores, so that goes as well, and so does the origin,
 * because Miniflare refuses pages of other machines: the edge has the CORS rules.
 */
export function upstreamHeaders({ rawHeaders, headers }: IncomingMessage, object: ObjectState | undefined): string[] {
  const { range, 'if-range': ifRange } = headers
  const isOther = ifRange !== undefined && ifRange !== `"${object?.etag}"`
  return without(rawHeaders, isOther || !isOneRange(range) ? ['origin', 'range', 'if-range'] : ['origin', 'if-range'])
}

function isOneRange(range = ''): boolean {
  const [text, first = '', last = ''] = ONE_RANGE.exec(range) ?? []
  return text !== undefined && (last === '' || Number(first) <= Number(last))
}

function without(rawHeaders: readonly string[], names: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => !names.includes(rawHeaders[index - (index % 2)]?.toLowerCase() ?? ''))
}

/** An answer's body as R2 sends it, and its headers. */
export interface StoredBody {
  readonly body: Readable
  readonly headers: IncomingHttpHeaders
}

/**
 * The bytes as they were stored. Workerd compresses the body of every answer that has a `Content-Encoding`, so
 * Miniflare sends an object that was put with one compressed twice, and without its length.
 */
export function asStored(answer: IncomingMessage, method: string, object: ObjectState | undefined): StoredBody {
  const encoding = answer.headers['content-encoding']
  const create = encoding === 'gzip' ? createGunzip : encoding === 'br' ? createBrotliDecompress : undefined
  if (create === undefined || method !== 'GET') return { body: answer, headers: answer.headers }
  const [, first, last] = /^bytes (\d+)-(\d+)\//u.exec(answer.headers['content-range'] ?? '') ?? []
  const length = first === undefined ? object?.size : Number(last) - Number(first) + 1
  const body = answer.pipe(create())
  answer.on('error', (error) => body.destroy(error))
  if (length === undefined) return { body, headers: answer.headers }
  const { 'transfer-encoding': _, ...headers } = answer.headers
  return { body, headers: { ...headers, 'content-length': String(length) } }
}

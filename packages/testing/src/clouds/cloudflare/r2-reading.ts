import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'

/** An object's present state. */
export interface ObjectState {
  readonly size: number
  readonly etag: string
}

/**
 * The headers of a request for Miniflare. It does not know `If-Range`, so the range goes if the client has a part of
 * another content. It refuses pages of other machines and the origin `null`, so the origin goes as well: the edge has
 * the CORS rules.
 */
export function upstreamHeaders({ rawHeaders, headers }: IncomingMessage, object: ObjectState | undefined): string[] {
  const ifRange = headers['if-range']
  const isOther = typeof ifRange === 'string' && ifRange.startsWith('"') && ifRange !== `"${object?.etag}"`
  return without(rawHeaders, isOther ? ['origin', 'range', 'if-range'] : ['origin'])
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

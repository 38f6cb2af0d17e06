import { type StoredObject, UplinkError } from '@ckan-uplink/core'
import type { GatewayDeps } from '../deps.ts'
import { type ByteRange, byteRangeOf } from './byte-range.ts'
import { FILE_SECURITY_HEADERS, type FileType } from './file-headers.ts'

interface SentFile {
  readonly object: StoredObject
  readonly version: string
  readonly type: FileType
  readonly cacheControl: string
}

/** Answers a GET or HEAD for a file. `undefined` if the platform cannot send a body of this size. */
export type SendObject = (request: Request, file: SentFile) => Promise<Response | undefined>

/**
 * Answers with an object's bytes, or one range of them: GET and HEAD, `ETag`, `If-None-Match`, `If-Modified-Since`,
 * `Range`, `If-Range`. `undefined` if the platform sends no files.
 */
export function createSendObject({
  openFile,
  maxStreamedBytes = Number.POSITIVE_INFINITY,
}: Pick<GatewayDeps, 'openFile' | 'maxStreamedBytes'>): SendObject | undefined {
  if (openFile === undefined) return undefined
  return async (request, file) => {
    const { object } = file
    const etag = `"${file.version}"`
    const headers = headersOf(file, etag)
    if (isUnchanged(request.headers, etag, object.modifiedAt)) return new Response(null, { status: 304, headers })
    const range = wantedRange(request.headers, etag, object.size)
    if (range === 'unsatisfiable') return unsatisfiable(object.size)
    const length = range?.length ?? object.size
    if (range) headers.set('Content-Range', `bytes ${range.offset}-${range.offset + length - 1}/${object.size}`)
    headers.set('Content-Length', String(length))
    // Workers would compress the body of an answer with `Content-Encoding` once more.
    const init = { status: range ? 206 : 200, headers, encodeBody: 'manual' }
    if (request.method === 'HEAD') return new Response(null, init)
    return length > maxStreamedBytes ? undefined : new Response(await open(object, range), init)
  }

  async function open({ key, etag }: StoredObject, range: ByteRange | undefined): Promise<ReadableStream<Uint8Array>> {
    const body = await openFile?.(key, { etag, ...(range && { range }) })
    if (body === undefined) throw new UplinkError('store', `${key} was replaced during the request.`, true)
    return body
  }
}

function headersOf({ object, type, cacheControl }: SentFile, etag: string): Headers {
  const { contentEncoding, modifiedAt } = object
  return new Headers({
    ...FILE_SECURITY_HEADERS,
    'Content-Type': type.contentType,
    'Content-Disposition': type.contentDisposition,
    ...(contentEncoding !== undefined && { 'Content-Encoding': contentEncoding }),
    'Cache-Control': cacheControl,
    'Accept-Ranges': 'bytes',
    'Last-Modified': modifiedAt.toUTCString(),
    ETag: etag,
  })
}

/** A proxy may have weakened the ETag. */
export function matchesTag(header: string | null, etag: string): boolean {
  return (header ?? '').split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//u, '') === etag)
}

/** `If-Modified-Since` counts only without an ETag: RFC 9110, section 13.2.2. `wget -N` sends nothing else. */
function isUnchanged(headers: Headers, etag: string, modifiedAt: Date): boolean {
  const tags = headers.get('If-None-Match')
  if (tags !== null) return matchesTag(tags, etag)
  const since = Date.parse(headers.get('If-Modified-Since') ?? '')
  return Math.floor(modifiedAt.getTime() / 1000) * 1000 <= since
}

/** With `If-Range`, a range is useful only if the client has the other bytes of the same version. */
function wantedRange(headers: Headers, etag: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const ifRange = headers.get('If-Range')
  return ifRange === null || ifRange === etag ? byteRangeOf(headers.get('Range'), size) : undefined
}

function unsatisfiable(size: number): Response {
  return new Response(null, {
    status: 416,
    headers: { 'Content-Range': `bytes */${size}`, 'Cache-Control': 'no-store' },
  })
}

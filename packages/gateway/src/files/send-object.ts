import { type StoredObject, UplinkError } from '@ckan-uplink/core'
import type { GatewayDeps } from '../deps.ts'
import { type ByteRange, byteRangeOf } from './byte-range.ts'
import { PUBLIC_SECURITY_HEADERS, type PublicType } from './public-headers.ts'

export interface PublicObject {
  readonly object: StoredObject
  readonly version: string
  readonly type: PublicType
  readonly maxAgeSeconds: number
}

/** Answers with an object's bytes, or one range of them: GET and HEAD, `ETag`, `If-None-Match`, `Range`, `If-Range`. */
export function createSendObject(openFile: NonNullable<GatewayDeps['openFile']>) {
  return async (request: Request, file: PublicObject): Promise<Response> => {
    const { object } = file
    const etag = `"${file.version}"`
    const headers = headersOf(file, etag)
    if (matches(request.headers.get('If-None-Match'), etag)) return new Response(null, { status: 304, headers })
    const range = wantedRange(request.headers, etag, object.size)
    if (range === 'unsatisfiable') return unsatisfiable(object.size)
    if (range) headers.set('Content-Range', `bytes ${range.offset}-${range.offset + range.length - 1}/${object.size}`)
    headers.set('Content-Length', String(range?.length ?? object.size))
    const body = request.method === 'HEAD' ? null : await open(object, range)
    return new Response(body, { status: range ? 206 : 200, headers })
  }

  async function open({ key, etag }: StoredObject, range: ByteRange | undefined): Promise<ReadableStream<Uint8Array>> {
    const body = await openFile(key, { etag, ...(range && { range }) })
    if (body === undefined) throw new UplinkError('store', `${key} was replaced during the request.`, true)
    return body
  }
}

function headersOf({ object, type, maxAgeSeconds }: PublicObject, etag: string): Headers {
  return new Headers({
    ...PUBLIC_SECURITY_HEADERS,
    'Content-Type': type.contentType,
    'Content-Disposition': type.contentDisposition,
    'Cache-Control': `public, max-age=${maxAgeSeconds}`,
    'Accept-Ranges': 'bytes',
    'Last-Modified': object.modifiedAt.toUTCString(),
    ETag: etag,
  })
}

/** A proxy may have weakened the ETag. */
function matches(header: string | null, etag: string): boolean {
  return (header ?? '').split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//u, '') === etag)
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

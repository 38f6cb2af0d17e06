import { HTTPException } from 'hono/http-exception'
import { createPacedReader } from './read-in-time.ts'

const KILOBYTE = 1024
/** For own actions with a few short fields. */
export const MAX_SHORT_BYTES = 64 * KILOBYTE
/** For the ids and status keys of a thousand uploads. */
export const MAX_STATUS_BYTES = 256 * KILOBYTE
/** For other own actions, and for bodies that anonymous callers send to CKAN. */
export const MAX_OWN_BYTES = KILOBYTE ** 2
/** For own actions with fields for many files. */
export const MAX_BATCH_BYTES = 4 * KILOBYTE ** 2
/** A dataset with thousands of resources fits. Files do not travel as JSON. */
export const MAX_JSON_BYTES = 5 * KILOBYTE ** 2
/** Files belong in the bucket. This limits the files that still go through CKAN. */
export const MAX_MULTIPART_BYTES = 100 * KILOBYTE ** 2

export type Chunks = AsyncIterable<Uint8Array<ArrayBuffer>>

export function isMultipart(request: Request): boolean {
  return /^multipart\/form-data\b/iu.test(request.headers.get('Content-Type') ?? '')
}

/** The boundary between the parts of a multipart body. */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200})(?:[\s;]|$))/iu.exec(contentType) ?? []
  return quoted ?? bare
}

/** Throws 413 if `Content-Length` exceeds the limit. */
export function checkAnnounced(request: Request, maxBytes: number): void {
  if ((announcedBytes(request) ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

/** `undefined` for a body of unknown length. */
export function announcedBytes({ headers }: Request): number | undefined {
  const length = headers.get('Content-Length') ?? ''
  return /^\d{1,15}$/u.test(length) ? Number(length) : undefined
}

/**
 * Reads a body chunk by chunk. Throws 413 above `maxBytes`, 400 for a body that breaks off or differs from its
 * `Content-Length`, and 408 for a body that arrives too slowly.
 */
export async function* chunksOf(request: Request, maxBytes: number): Chunks {
  checkAnnounced(request, maxBytes)
  const reader = request.body?.getReader()
  if (reader === undefined) return
  const announced = announcedBytes(request)
  const read = createPacedReader(reader)
  let bytes = 0
  try {
    for (let next = await readNext(read); !next.done; next = await readNext(read)) {
      bytes += next.value.byteLength
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      if (bytes > (announced ?? bytes)) throw wrongLength()
      yield next.value
    }
    if (bytes !== (announced ?? bytes)) throw wrongLength()
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** Reads the whole body. Throws as `chunksOf` does. */
export function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return collect(chunksOf(request, maxBytes))
}

export async function collect(chunks: Chunks): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

export async function* only(bytes: Uint8Array<ArrayBuffer>): Chunks {
  yield bytes
}

export function badRequest(message: string, cause?: unknown): HTTPException {
  return new HTTPException(400, { message, cause })
}

/** Each runtime has its own error for a client that disconnects. */
async function readNext(read: ReturnType<typeof createPacedReader>) {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof HTTPException) throw cause
    throw badRequest('The connection closed before the end of the request body', cause)
  }
}

function wrongLength(): HTTPException {
  return badRequest('The length of the request body differs from its Content-Length')
}

function tooLarge(maxBytes: number): HTTPException {
  return new HTTPException(413, { message: `The request's body is larger than ${maxBytes} bytes.` })
}

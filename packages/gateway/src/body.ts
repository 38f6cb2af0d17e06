import { HTTPException } from 'hono/http-exception'

const KILOBYTE = 1024
/** For own actions with a handful of short fields. */
export const MAX_SHORT_BYTES = 64 * KILOBYTE
/** For all other own actions. */
export const MAX_OWN_BYTES = KILOBYTE ** 2
/** A dataset with thousands of resources fits; a file does not come as JSON. */
export const MAX_JSON_BYTES = 5 * KILOBYTE ** 2
/** Files belong into the bucket; what still goes through CKAN is bounded. */
export const MAX_MULTIPART_BYTES = 100 * KILOBYTE ** 2

export function isMultipart(request: Request): boolean {
  return /^multipart\/form-data\b/iu.test(request.headers.get('Content-Type') ?? '')
}

/** The whole body; throws 413 when it is larger, and does not even begin when it says so itself. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  checkAnnounced(request, maxBytes)
  let bytes = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) controller.error(tooLarge(maxBytes))
      else controller.enqueue(chunk)
    },
  })
  return new Uint8Array(await new Response(request.body?.pipeThrough(counter) ?? null).arrayBuffer())
}

/** Throws 413 for a body announced as larger. HTTP servers hold a body to what was announced. */
export function checkAnnounced(request: Request, maxBytes: number): void {
  if (announcedBytes(request) > maxBytes) throw tooLarge(maxBytes)
}

/** 0 for a body of unknown length. */
export function announcedBytes(request: Request): number {
  return Number(request.headers.get('Content-Length') ?? 0)
}

export function badRequest(message: string, cause?: unknown): HTTPException {
  return new HTTPException(400, { message, cause })
}

function tooLarge(maxBytes: number): HTTPException {
  return new HTTPException(413, { message: `The request's body is larger than ${maxBytes} bytes.` })
}

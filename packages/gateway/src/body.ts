import { HTTPException } from 'hono/http-exception'

const KILOBYTE = 1024
/** The gateway's own actions have a handful of short fields. */
export const MAX_OWN_BYTES = 64 * KILOBYTE
/** A dataset with thousands of resources fits; a file does not come as JSON. */
export const MAX_JSON_BYTES = 5 * KILOBYTE ** 2
/** Files belong into the bucket; what still goes through CKAN is bounded. */
export const MAX_MULTIPART_BYTES = 100 * KILOBYTE ** 2

export type Fields = Readonly<Record<string, unknown>>

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

/**
 * The fields of a POST body as CKAN reads them: JSON, a form, the fields of a multipart body (its files are left out), or JSON that
 * `curl -d` calls a form; nothing is no fields. Throws 400 for anything else, 413 beyond the limit.
 */
export async function readFields(request: Request, maxBytes: number): Promise<Fields> {
  const bytes = await readBytes(request, maxBytes)
  if (isMultipart(request)) return readMultipart(request, bytes)
  const text = decode(bytes).trim()
  if (text === '') return {}
  const isForm = /^application\/x-www-form-urlencoded\b/iu.test(request.headers.get('Content-Type') ?? '')
  return isForm && !text.startsWith('{') ? group(new URLSearchParams(text)) : parseObject(text)
}

async function readMultipart(request: Request, bytes: Uint8Array<ArrayBuffer>): Promise<Fields> {
  try {
    const form = await new Response(bytes, {
      headers: { 'Content-Type': request.headers.get('Content-Type') ?? '' },
    }).formData()
    return group([...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])))
  } catch (cause) {
    throw badRequest('Error decoding the multipart body', cause)
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw badRequest('Error decoding the body: it is not UTF-8', cause)
  }
}

function parseObject(text: string): Fields {
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw badRequest('Request data JSON decoded to something else, but it needs to be a dictionary')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw badRequest('Error decoding JSON data', cause)
  }
}

function tooLarge(maxBytes: number): HTTPException {
  return new HTTPException(413, { message: `The request's body is larger than ${maxBytes} bytes.` })
}

/** A field given several times is a list. */
function group(pairs: Iterable<readonly [string, string]>): Fields {
  const fields = new Map<string, string | string[]>()
  for (const [name, value] of pairs) {
    const before = fields.get(name)
    fields.set(name, before === undefined ? value : [before, value].flat())
  }
  return Object.fromEntries(fields)
}

function badRequest(message: string, cause?: unknown): HTTPException {
  return new HTTPException(400, { message, cause })
}

import { isObject, type JsonObject, parseExactly } from '@ckan-uplink/core/support'
import { badRequest, isMultipart, readBytes } from './body.ts'
import { fileFieldOf, parseForm, textsOf } from './forms.ts'

/** The fields of a body. */
export interface Sent {
  readonly fields: JsonObject
  /** The fields as `parseExactly` reads them, to be passed on. */
  exact(): JsonObject
  /** A form that has more than its fields, or that the gateway cannot read. */
  readonly unusable?: UnusableForm
}

/** A form with a file in it, or with a fault. */
export type UnusableForm = { readonly bytes: Uint8Array<ArrayBuffer> } & (
  | { readonly fileField: string }
  | { readonly fault: unknown }
)

/** Deeper JSON overflows the stack of programs that read or write it, also of CKAN's parser. */
const MAX_DEPTH = 100

/**
 * Reads the fields of a POST body as CKAN does: JSON, a form, the fields of a multipart body, or JSON that
 * `curl -d` sends as a form. An empty body has no fields. Throws 400 for other bodies except multipart, and 413 above
 * the limit.
 */
export async function readFields(request: Request, maxBytes: number): Promise<Sent> {
  const bytes = await readBytes(request, maxBytes)
  const contentType = request.headers.get('Content-Type') ?? ''
  if (isMultipart(request)) return readMultipart(contentType, bytes)
  const text = decode(bytes).trim()
  if (text === '') return toSent({})
  const isForm = /^application\/x-www-form-urlencoded\b/iu.test(contentType)
  if (isForm && !text.startsWith('{')) return toSent(textsOf(await parseForm(contentType, bytes)))
  return { fields: parseObject(text, JSON.parse), exact: () => parseObject(text, parseExactly) }
}

async function readMultipart(contentType: string, bytes: Uint8Array<ArrayBuffer>): Promise<Sent> {
  try {
    const form = await parseForm(contentType, bytes)
    const fileField = fileFieldOf(form)
    return { ...toSent(textsOf(form)), ...(fileField !== undefined && { unusable: { bytes, fileField } }) }
  } catch (fault) {
    const cause = new TextDecoder('latin1').decode(bytes).includes('filename*=') ? { fileField: 'upload' } : { fault }
    return { ...toSent({}), unusable: { bytes, ...cause } }
  }
}

function toSent(fields: JsonObject): Sent {
  return { fields, exact: () => fields }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw badRequest('Error decoding the body: it is not UTF-8', cause)
  }
}

function parseObject(text: string, parse: (text: string) => unknown): JsonObject {
  checkDepth(text)
  const value = parseJson(text, parse)
  if (isObject(value)) return { ...value }
  throw badRequest('Request data JSON decoded to something else, but it needs to be a dictionary')
}

function checkDepth(text: string): void {
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gsu)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (depth > MAX_DEPTH) throw badRequest(`JSON may be nested ${MAX_DEPTH} levels deep at most`)
  }
}

function parseJson(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw badRequest('Error decoding JSON data', cause)
  }
}

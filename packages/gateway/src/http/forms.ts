import { badRequest, boundaryOf } from './body.ts'

/** No action of CKAN needs more fields, and each field costs more memory than its bytes. */
export const MAX_FORM_FIELDS = 500

/** Parses a form. Throws 400 for a multipart body that is broken, and for more than `MAX_FORM_FIELDS` fields. */
export async function parseForm(
  contentType: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<URLSearchParams | FormData> {
  const text = new TextDecoder('latin1').decode(bytes)
  if (!/^multipart\b/iu.test(contentType)) {
    checkCount(text, '&', MAX_FORM_FIELDS - 1)
    return new URLSearchParams(new TextDecoder().decode(bytes))
  }
  checkCount(text, `--${boundaryOf(contentType) ?? ''}`, MAX_FORM_FIELDS + 1)
  // Some platforms take such a file for a text.
  if (text.includes('filename*=')) throw badRequest('Error decoding the multipart body: a file has filename*')
  try {
    return await new Response(bytes, { headers: { 'Content-Type': contentType } }).formData()
  } catch (cause) {
    throw badRequest('Error decoding the multipart body', cause)
  }
}

/** Counts before parsing, since a parsed form can take a hundred times the memory of its bytes. */
function checkCount(text: string, separator: string, most: number): void {
  let at = -1
  for (let count = 0; count <= most; count += 1) {
    at = text.indexOf(separator, at + 1)
    if (at === -1) return
  }
  throw badRequest(`A form may have ${MAX_FORM_FIELDS} fields at most`)
}

/** The texts of a form, without its files. A repeated field becomes a list. */
export function textsOf(form: URLSearchParams | FormData): Readonly<Record<string, string | readonly string[]>> {
  const fields = new Map<string, string | string[]>()
  for (const [name, value] of form) {
    if (typeof value !== 'string') continue
    const before = fields.get(name)
    if (before === undefined) fields.set(name, value)
    else if (typeof before === 'string') fields.set(name, [before, value])
    else before.push(value)
  }
  return Object.fromEntries(fields)
}

/** The name of a field that holds a file. A file input that stays empty sends a file without name and content. */
export function fileFieldOf(form: URLSearchParams | FormData): string | undefined {
  for (const [name, value] of form) if (typeof value !== 'string' && (value.name !== '' || value.size > 0)) return name
  return undefined
}

import { createHash } from 'node:crypto'
import type { Action } from './call.ts'
import { type Fields, isFields, type Json, parseJson } from './json.ts'
import type { CkanVersion } from './state.ts'

/** One HTTP request, read to its end. */
export interface ApiRequest {
  readonly method: string
  readonly query: URLSearchParams
  readonly contentType: string
  readonly body: Buffer
}

/** The parameters of an action; or the words of CKAN's 400; or `unsupported`, CKAN's 415. */
export type RequestData = { readonly params: Fields } | { readonly problem: string } | 'unsupported'

/** Reads parameters as CKAN does: a query only for actions without side effects, and then the body doesn't count. */
export async function readRequestData(
  request: ApiRequest,
  { sideEffectFree = false, takesFile = false }: Pick<Action, 'sideEffectFree' | 'takesFile'>,
  version: CkanVersion,
): Promise<RequestData> {
  if (request.method === 'GET' && !sideEffectFree)
    return { problem: 'Invalid request. Please use POST method for your request' }
  if (
    /^(multipart\/form-data|application\/x-www-form-urlencoded)/u.test(request.contentType) &&
    request.body.length > 0
  )
    return readForm(request, takesFile)
  if (sideEffectFree && request.query.size > 0) return { params: fromPairs([...request.query]) }
  if (request.body.length === 0) return { params: {} }
  if (!/^application\/(?:[a-z.-]+\+)?json\b/u.test(request.contentType))
    return version === '2.10' ? undecodable('400 Bad Request') : 'unsupported'
  return readJson(request.body.toString('utf8'))
}

function readJson(text: string): RequestData {
  let data: Json
  try {
    data = parseJson(text)
  } catch {
    return undecodable("<BadRequest '400: Bad Request'>")
  }
  if (isFields(data)) return { params: data }
  return { problem: `Request data JSON decoded to ${JSON.stringify(data)} but it needs to be a dictionary.` }
}

function undecodable(error: string): RequestData {
  return { problem: `Error decoding JSON data. Error: ${error} JSON data extracted from the request: {}` }
}

/** A form whose only key is a JSON text (`curl -d '{…}'` without a content type) counts as that JSON. */
async function readForm({ contentType, body }: ApiRequest, takesFile: boolean): Promise<RequestData> {
  const form = await new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } })
    .formData()
    .catch(() => new FormData())
  const pairs = [...form].flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  )
  const [only] = pairs
  if (pairs.length === 1 && only !== undefined && ['', '1'].includes(only[1])) return readJson(only[0])
  const files = takesFile ? await Promise.all([...form].flatMap(([name, value]) => fileOf(name, value))) : []
  return { params: { ...fromPairs(pairs), ...Object.fromEntries(files) } }
}

function fileOf(name: string, value: FormDataEntryValue): Promise<[string, Fields]>[] {
  if (typeof value === 'string') return []
  const read = async (): Promise<[string, Fields]> => {
    const md5 = createHash('md5')
      .update(new Uint8Array(await value.arrayBuffer()))
      .digest('hex')
    return [name, { filename: value.name, content_type: value.type, size: value.size, md5 }]
  }
  return [read()]
}

function fromPairs(pairs: readonly [string, string][]): Fields {
  const params: Fields = {}
  for (const [name, value] of pairs) {
    const present = params[name]
    params[name] = present === undefined ? value : [...(Array.isArray(present) ? present : [present]), value]
  }
  return params
}

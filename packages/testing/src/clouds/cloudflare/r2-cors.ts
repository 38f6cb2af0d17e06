import type { IncomingMessage } from 'node:http'

export interface Preflight {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** As the bucket's rule that deploys has it. */
const METHODS = ['PUT', 'GET', 'HEAD']
const HEADERS = ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256']

/** What a bucket with a CORS rule for these origins says to a browser beside its answer: https://developers.cloudflare.com/r2/buckets/cors/ */
export function corsHeaders(
  origins: readonly string[],
  { headers: { origin } }: IncomingMessage,
): Readonly<Record<string, string>> {
  if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return {}
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'ETag', Vary: 'Origin' }
}

/** The answer to a preflight; `undefined` for any other request. */
export function answerPreflight(origins: readonly string[], request: IncomingMessage): Preflight | undefined {
  const method = request.headers['access-control-request-method']
  if (request.method !== 'OPTIONS' || method === undefined) return undefined
  const asked = (request.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
  const allowed = corsHeaders(origins, request)
  const isAllowed =
    Object.keys(allowed).length > 0 &&
    METHODS.includes(method) &&
    asked.every((name) => name === '' || HEADERS.includes(name))
  if (!isAllowed) return { status: 403, headers: {} }
  const rule = {
    'Access-Control-Allow-Methods': METHODS.join(', '),
    'Access-Control-Allow-Headers': HEADERS.join(', '),
    'Access-Control-Max-Age': '3600',
  }
  return { status: 204, headers: { ...allowed, ...rule } }
}

import type { IncomingMessage } from 'node:http'

export interface Preflight {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

interface Rule {
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: string
}

/** The rules that deploy: pages of the allowed origins upload, pages of all origins read. */
function rulesOf(origins: readonly string[]): readonly Rule[] {
  return [
    {
      origins,
      methods: ['PUT'],
      headers: ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256'],
      exposed: 'ETag',
    },
    {
      origins: ['*'],
      methods: ['GET', 'HEAD'],
      headers: ['if-none-match', 'if-range', 'range'],
      exposed: 'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag',
    },
  ]
}

/**
 * What a bucket with CORS rules says to a browser beside its answer: https://developers.cloudflare.com/r2/buckets/cors/
 */
export function corsHeaders(origins: readonly string[], request: IncomingMessage): Readonly<Record<string, string>> {
  const rule = ruleFor(origins, request, request.method)
  return rule ? headersOf(rule, request) : {}
}

/** The answer to a preflight; `undefined` for any other request. */
export function answerPreflight(origins: readonly string[], request: IncomingMessage): Preflight | undefined {
  const method = request.headers['access-control-request-method']
  if (request.method !== 'OPTIONS' || method === undefined) return undefined
  const asked = (request.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
  const rule = ruleFor(origins, request, method)
  if (!rule || !asked.every((name) => name === '' || rule.headers.includes(name))) return { status: 403, headers: {} }
  const headers = {
    ...headersOf(rule, request),
    'Access-Control-Allow-Methods': rule.methods.join(', '),
    'Access-Control-Allow-Headers': rule.headers.join(', '),
    'Access-Control-Max-Age': '3600',
  }
  return { status: 204, headers }
}

function ruleFor(allowed: readonly string[], { headers: { origin } }: IncomingMessage, method = ''): Rule | undefined {
  if (origin === undefined) return undefined
  return rulesOf(allowed).find(
    ({ origins, methods }) => methods.includes(method) && (origins.includes('*') || origins.includes(origin)),
  )
}

function headersOf({ origins, exposed }: Rule, { headers: { origin = '' } }: IncomingMessage): Record<string, string> {
  const allowed = origins.includes('*') ? '*' : origin
  return { 'Access-Control-Allow-Origin': allowed, 'Access-Control-Expose-Headers': exposed, Vary: 'Origin' }
}

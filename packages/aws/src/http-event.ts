/**
 * A request as an HTTP API and a Function URL hand it to a function, payload version 2.0, as far as it is used here.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export interface HttpEvent {
  /** Decoded by an HTTP API, as it was sent by a Function URL. */
  readonly rawPath: string
  readonly rawQueryString: string
  /** Of several with one name the values are joined with commas. */
  readonly headers: Readonly<Record<string, string>>
  /** `sourceIp` is the address of the connection, which a client cannot choose. */
  readonly requestContext: { readonly http: { readonly method: string; readonly sourceIp?: string } }
  readonly body?: string
  readonly isBase64Encoded: boolean
}

export interface HttpResult {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isBase64Encoded: boolean
}

/** Carries `sourceIp` in a request: what a client sends under this name is overwritten. */
const ADDRESS_HEADER = 'x-uplink-source-ip'

/** The web's own request, whose host means nothing; `undefined` where the web has none like it, say for its method or a header. */
export function toRequest({
  rawPath,
  rawQueryString,
  headers,
  requestContext,
  body,
  isBase64Encoded,
}: HttpEvent): Request | undefined {
  const { method, sourceIp = '' } = requestContext.http
  const query = rawQueryString === '' ? '' : `?${rawQueryString}`
  const bytes =
    body === undefined || /^(?:GET|HEAD)$/iu.test(method)
      ? null
      : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  try {
    const request = new Request(`https://gateway.invalid${encodePath(rawPath)}${query}`, {
      method,
      headers,
      body: bytes,
    })
    request.headers.set(ADDRESS_HEADER, sourceIp)
    if (bytes) request.headers.set('Content-Length', String(bytes.length))
    return request
  } catch {
    return undefined
  }
}

/** The caller's address, of a request that `toRequest` made. */
export function addressOf({ headers }: Request): string | undefined {
  return headers.get(ADDRESS_HEADER) || undefined
}

/** Text where the body is UTF-8, whatever it is called; other bytes in base64. */
export async function toResult({ status, headers, body }: Response): Promise<HttpResult> {
  const bytes = await new Response(body).bytes()
  const text = decodeText(bytes)
  return {
    statusCode: status,
    headers: Object.fromEntries(headers),
    body: text ?? Buffer.from(bytes).toString('base64'),
    isBase64Encoded: text === undefined,
  }
}

/**
 * One spelling of a path that came encoded or decoded, which nobody tells. Names that are handed out hold no `%`, so that
 * decoding a decoded one changes nothing.
 */
function encodePath(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeURIComponent(decodeSegment(segment)))
    .join('/')
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment.toWellFormed()
  }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

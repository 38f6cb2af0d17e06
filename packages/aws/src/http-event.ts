/**
 * The used part of a request from an HTTP API or a Function URL, payload version 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export interface HttpEvent {
  /** An HTTP API decodes the path; a Function URL does not. */
  readonly rawPath: string
  readonly rawQueryString: string
  /** The values of equal names are joined with commas. */
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

/** Carries `sourceIp` in a request. Overwrites a header of this name from the client. */
const ADDRESS_HEADER = 'x-uplink-source-ip'

/** Makes a web `Request` with a meaningless host; `undefined` when its method or a header is invalid there. */
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

/** The caller's address in a request from `toRequest`. */
export function addressOf({ headers }: Request): string | undefined {
  return headers.get(ADDRESS_HEADER) || undefined
}

/**
 * The body is text if its bytes are UTF-8, or else base64. The content type does not matter. Text is base64 as well if
 * JSON makes it longer than base64 does, for example a table with many quotes: Lambda limits the JSON.
 */
export async function toResult({ status, headers, body }: Response): Promise<HttpResult> {
  const bytes = await new Response(body).bytes()
  const decoded = decodeText(bytes)
  const isLong = decoded !== undefined && Buffer.byteLength(JSON.stringify(decoded)) > (bytes.length * 4) / 3 + 1024
  const text = isLong ? undefined : decoded
  return {
    statusCode: status,
    headers: Object.fromEntries(headers),
    body: text ?? Buffer.from(bytes).toString('base64'),
    isBase64Encoded: text === undefined,
  }
}

/**
 * Normalizes a path that may be encoded or decoded; the event does not say which. The gateway's own names contain no
 * `%`, so decoding them twice changes nothing.
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

import { guard } from './guard.ts'
import { objectUrl, type SignerOptions, signRequest } from './signer.ts'

const ABSENT = ['NoSuchUpload', 'NoSuchKey', 'PreconditionFailed', 'InvalidRange']

export interface S3Request {
  /** For the message of an error: "R2 could not … <key>". */
  readonly operation: string
  readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT'
  readonly key: string
  readonly query: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Sends a request to R2's S3 endpoint that a Worker's binding does not support, and reads the XML of the answer.
 * `undefined` when the upload in parts, or the object to copy, does not exist, and when that object is shorter. Throws
 * `UnavailableError` for all other failures.
 */
export function askS3<T>(options: SignerOptions, request: S3Request, read: (xml: string) => T): Promise<T | undefined> {
  return guard(request.operation, request.key, async () => {
    const xml = await ask(options, request)
    return xml === undefined ? undefined : read(xml)
  })
}

async function ask(
  options: SignerOptions,
  { method, key, query, headers, body }: S3Request,
): Promise<string | undefined> {
  const signed = await signRequest(options, options.clock.now(), {
    method,
    url: objectUrl(options, key, query),
    headers: { ...headers },
  })
  const response = await fetch(signed.url, { method, headers: signed.headers, ...(body !== undefined && { body }) })
  const xml = await response.text()
  // S3 may answer 200 before an upload is complete, and then report a failure in the body.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  if (response.ok && !xml.includes('<Error>')) return xml
  const code = xml.includes('<Error>') ? textOf(xml, 'Code') : 'without an S3 error'
  if (ABSENT.includes(code)) return undefined
  throw new Error(`${response.status} ${code}`)
}

/**
 * The text of the first element with this name. Does not decode entities: only ETags contain entities, and they are
 * sent back unchanged. Throws when there is no such element.
 */
export function textOf(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`, 'u').exec(xml)?.[1]
  if (text === undefined) throw new Error(`its answer has no ${name}`)
  return text
}

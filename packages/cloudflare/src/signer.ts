import type { Clock } from '@ckan-uplink/core'
import { encodeRfc3986 } from '@ckan-uplink/core/support'
import type { SignedRequest, UploadSigner } from '@ckan-uplink/core/uploads'
import { AwsV4Signer } from 'aws4fetch'

export interface SignerOptions {
  /** R2's S3 endpoint, without a slash at the end: `https://<account id>.r2.cloudflarestorage.com`. */
  readonly endpoint: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly clock: Clock
}

interface Signable {
  readonly method: SignedRequest['method']
  readonly key: string
  readonly expiresInSeconds: number
  readonly headers?: Readonly<Record<string, string>>
  readonly contentLength?: number
  readonly query?: Readonly<Record<string, string>>
}

/**
 * Makes pre-signed URLs of R2's S3 endpoint (SigV4 in the query, unsigned payload). A given size is signed as
 * `Content-Length`. `headers` does not contain that header, because every HTTP client sends it by itself, and browsers
 * do not let scripts set it. Create-only needs the header `If-None-Match`: the URL alone cannot enforce it.
 */
export function createSigner(options: SignerOptions): UploadSigner {
  const sign = (signable: Signable) => presign(options, signable)
  return {
    signUpload({ key, expiresInSeconds, createOnly, size, contentType, sha256 }) {
      const headers = {
        ...(contentType !== undefined && { 'Content-Type': contentType }),
        ...(createOnly === true && { 'If-None-Match': '*' }),
        ...(sha256 !== undefined && { 'x-amz-checksum-sha256': base64Of(sha256) }),
      }
      return sign({ method: 'PUT', key, expiresInSeconds, headers, ...(size !== undefined && { contentLength: size }) })
    },

    signDownload({ method, key, expiresInSeconds, contentDisposition, contentType, cacheControl }) {
      const query = {
        ...(contentDisposition !== undefined && { 'response-content-disposition': contentDisposition }),
        ...(contentType !== undefined && { 'response-content-type': contentType }),
        ...(cacheControl !== undefined && { 'response-cache-control': cacheControl }),
      }
      return sign({ method, key, expiresInSeconds, query })
    },
  }
}

/** Needs no network. */
export async function presign(options: SignerOptions, signable: Signable): Promise<SignedRequest> {
  const { method, key, headers = {}, contentLength, expiresInSeconds } = signable
  const signedAt = Math.floor(options.clock.now().getTime() / 1000) * 1000
  const signed = await signRequest(options, new Date(signedAt), {
    method,
    url: objectUrl(options, key, { ...signable.query, 'X-Amz-Expires': String(expiresInSeconds) }),
    headers: { ...headers, ...(contentLength !== undefined && { 'Content-Length': String(contentLength) }) },
    signQuery: true,
  })
  return { method, url: withoutPlus(signed.url), headers, expiresAt: new Date(signedAt + expiresInSeconds * 1000) }
}

/** Signs all headers with SigV4, without the payload. The signature is in the query or in headers. */
export function signRequest(
  { accessKeyId, secretAccessKey }: SignerOptions,
  signedAt: Date,
  request: {
    readonly method: string
    readonly url: string
    readonly headers: Record<string, string>
    readonly signQuery?: boolean
  },
): Promise<{ readonly url: URL; readonly headers: Headers }> {
  const datetime = signedAt.toISOString().replace(/[:-]|\.\d{3}/gu, '')
  // By default, the signer omits Content-Type and Content-Length.
  return new AwsV4Signer({
    ...request,
    accessKeyId,
    secretAccessKey,
    service: 's3',
    region: 'auto',
    datetime,
    allHeaders: true,
  }).sign()
}

/** The address of a key, with a query. */
export function objectUrl(
  { endpoint, bucket }: SignerOptions,
  key: string,
  query: Readonly<Record<string, string>>,
): string {
  // SigV4 encodes a path by RFC 3986: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  const url = new URL(`${endpoint}/${[bucket, ...key.split('/')].map(encodeRfc3986).join('/')}`)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

/**
 * Encodes a space in the query as `%20`, which every server decodes as it was signed. A `+` in a value is already
 * `%2B`.
 */
function withoutPlus(url: URL): string {
  return url.href.replace(/\+/gu, '%20')
}

function base64Of(hex: string): string {
  const bytes = hex.match(/../gu)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return btoa(String.fromCharCode(...bytes))
}

import type { Clock, SignedRequest, UploadSigner } from '@ckan-uplink/core'
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
 * Pre-signed URLs of R2's S3 endpoint (SigV4 in the query, payload unsigned).
 * A given size is signed as `Content-Length`, which every HTTP client sends by itself and browsers let nobody set: it is
 * enforced without being among `headers`.
 */
export function createSigner(options: SignerOptions): UploadSigner {
  const sign = (signable: Signable) => presign(options, signable)
  return {
    signUpload({ key, expiresInSeconds, createOnly, size, contentType, sha256 }) {
      const headers = {
        ...(contentType !== undefined && { 'Content-Type': contentType }),
        ...(createOnly && { 'If-None-Match': '*' }),
        ...(sha256 !== undefined && { 'x-amz-checksum-sha256': base64Of(sha256) }),
      }
      return sign({ method: 'PUT', key, expiresInSeconds, headers, ...(size !== undefined && { contentLength: size }) })
    },

    signDownload({ method, key, expiresInSeconds, contentDisposition, contentType }) {
      const query = {
        ...(contentDisposition !== undefined && { 'response-content-disposition': contentDisposition }),
        ...(contentType !== undefined && { 'response-content-type': contentType }),
      }
      return sign({ method, key, expiresInSeconds, query })
    },
  }
}

async function presign(options: SignerOptions, signable: Signable): Promise<SignedRequest> {
  const { method, headers = {}, contentLength, expiresInSeconds } = signable
  const { accessKeyId, secretAccessKey, endpoint, bucket } = options
  const signedAt = Math.floor(options.clock.now().getTime() / 1000) * 1000
  const url = new URL(`${endpoint}/${[bucket, ...signable.key.split('/')].map(encodeRfc3986).join('/')}`)
  const query = { ...signable.query, 'X-Amz-Expires': String(expiresInSeconds) }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers, ...(contentLength !== undefined && { 'Content-Length': String(contentLength) }) },
    accessKeyId,
    secretAccessKey,
    service: 's3',
    region: 'auto',
    datetime: new Date(signedAt).toISOString().replace(/[:-]|\.\d{3}/gu, ''),
    signQuery: true,
    // Left to itself, the signer leaves out Content-Type and Content-Length.
    allHeaders: true,
  })
  const signed = await signer.sign()
  return { method, url: withoutPlus(signed.url), headers, expiresAt: new Date(signedAt + expiresInSeconds * 1000) }
}

/** As SigV4 wants a path: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function encodeRfc3986(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A blank in the query as `%20`, which every server reads as it was signed; a `+` of a value is `%2B` already. */
function withoutPlus(url: URL): string {
  return url.href.replace(/\+/gu, '%20')
}

function base64Of(hex: string): string {
  const bytes = hex.match(/../gu)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return btoa(String.fromCharCode(...bytes))
}

import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Clock } from '@ckan-uplink/core'
import type { SignedRequest, UploadSigner } from '@ckan-uplink/core/uploads'
import { guard } from './s3-answers.ts'

export interface SignerOptions {
  readonly client: S3Client
  readonly bucket: string
  readonly clock: Clock
}

interface Signable {
  readonly method: SignedRequest['method']
  readonly key: string
  readonly expiresInSeconds: number
  /** The headers that the client has to send. */
  readonly headers?: Readonly<Record<string, string>>
  /** The SDK's own signature of a command. */
  sign(options: NonNullable<Parameters<typeof getSignedUrl>[2]>): Promise<string>
}

/**
 * Makes pre-signed URLs of S3 (SigV4 in the query, unsigned payload). A URL is not valid longer than the credentials
 * that signed it. A given size is signed as `Content-Length`. `headers` does not contain that header, because every
 * HTTP client sends it by itself, and browsers do not let scripts set it. Create-only needs the header `If-None-Match`:
 * the URL alone cannot enforce it.
 */
export function createSigner(options: SignerOptions): UploadSigner {
  const { client, bucket: Bucket } = options
  return {
    signUpload({ key, expiresInSeconds, createOnly, size, contentType, sha256 }) {
      const checksum = sha256 && Buffer.from(sha256, 'hex').toString('base64')
      const headers = {
        ...(contentType !== undefined && { 'Content-Type': contentType }),
        ...(createOnly === true && { 'If-None-Match': '*' }),
        ...(checksum !== undefined && { 'x-amz-checksum-sha256': checksum }),
      }
      const declared = {
        ContentLength: size,
        ContentType: contentType,
        ChecksumSHA256: checksum,
        ...(createOnly === true && { IfNoneMatch: '*' }),
      }
      const command = new PutObjectCommand({ Bucket, Key: key, ...declared })
      return presign(options, {
        method: 'PUT',
        key,
        expiresInSeconds,
        headers,
        sign: (how) => getSignedUrl(client, command, how),
      })
    },

    // The SDK takes the time from the system's clock.
    signForm({ key, expiresInSeconds, maxBytes, contentType }) {
      return guard('sign a form for', key, async () => {
        const { url: action, fields } = await createPresignedPost(client, {
          Bucket,
          Key: key,
          Expires: expiresInSeconds,
          Fields: { 'Content-Type': contentType, success_action_status: '200' },
          Conditions: [['content-length-range', 0, maxBytes]],
        })
        return { action, fields }
      })
    },

    signDownload({ method, key, expiresInSeconds, contentDisposition, contentType, cacheControl }) {
      const input = {
        Bucket,
        Key: key,
        ResponseContentDisposition: contentDisposition,
        ResponseContentType: contentType,
        ResponseCacheControl: cacheControl,
      }
      const sign: Signable['sign'] = (how) =>
        method === 'GET'
          ? getSignedUrl(client, new GetObjectCommand(input), how)
          : getSignedUrl(client, new HeadObjectCommand(input), how)
      return presign(options, { method, key, expiresInSeconds, sign })
    },
  }
}

/**
 * Signs the length, if given, and every header. By default, the SDK omits the type, and moves `x-amz-…` headers into
 * the query, where S3 does not enforce them.
 */
export function presign(
  { client, clock }: SignerOptions,
  { method, key, expiresInSeconds, headers = {}, sign }: Signable,
): Promise<SignedRequest> {
  return guard('sign a URL for', key, async () => {
    const { expiration } = await client.config.credentials()
    const signedAt = Math.floor(clock.now().getTime() / 1000)
    const expiresAt = Math.min(
      signedAt + expiresInSeconds,
      Math.floor((expiration?.getTime() ?? Number.POSITIVE_INFINITY) / 1000),
    )
    const names = new Set(['content-length', ...Object.keys(headers).map((name) => name.toLowerCase())])
    const url = await sign({
      expiresIn: expiresAt - signedAt,
      signingDate: new Date(signedAt * 1000),
      signableHeaders: names,
      unhoistableHeaders: names,
    })
    return { method, url, headers, expiresAt: new Date(expiresAt * 1000) }
  })
}

import { encodeRfc3986, GIB } from '@ckan-uplink/core/support'
import type { MultipartUpload, ObjectCopier } from '@ckan-uplink/core/uploads'
import { completeUpload, createMultipartSigner } from './multipart-signer.ts'
import { askS3, textOf } from './s3-request.ts'
import type { SignerOptions } from './signer.ts'

type Source = Parameters<ObjectCopier['copy']>[0]

interface CopiedPart {
  readonly partNumber: number
  readonly etag: string
}

/** The gateway waits for the copy. */
const MAX_BYTES = 50 * GIB
/** A Worker on the free plan sends 50 requests for each request that it gets. */
const MAX_PARTS = 40

/** Copies through R2's S3 endpoint, because a Worker's binding cannot copy. Copies a larger object in parts. */
export function createCopier(
  options: SignerOptions,
  { maxRequestBytes = 5 * GIB, minPartBytes = GIB } = {},
): ObjectCopier {
  return {
    maxBytes: MAX_BYTES,
    async copy(from, to) {
      if (from.size > maxRequestBytes) return copyInParts(options, from, to, minPartBytes)
      const headers = {
        ...sourceOf(options, from),
        'x-amz-copy-source-if-match': `"${from.etag}"`,
      }
      const request = { operation: 'copy to', method: 'PUT', key: to, query: {}, headers } as const
      return (await askS3(options, request, () => true)) ?? false
    },
  }
}

function sourceOf({ bucket }: SignerOptions, { key }: Source): { readonly 'x-amz-copy-source': string } {
  return { 'x-amz-copy-source': `/${[bucket, ...key.split('/')].map(encodeRfc3986).join('/')}` }
}

async function copyInParts(
  options: SignerOptions,
  { contentType, ...from }: Source,
  to: string,
  minPartBytes: number,
): Promise<boolean> {
  const multipart = createMultipartSigner(options)
  const upload = { key: to, id: await multipart.begin({ key: to, ...(contentType !== undefined && { contentType }) }) }
  try {
    const parts = await copyParts(options, from, upload, minPartBytes)
    const isWhole = parts !== undefined && (await isUnchanged(options, from))
    if (isWhole && (await completeUpload(options, upload, parts))) return true
  } catch (thrown) {
    // The bucket's own rule removes the parts later.
    await multipart.abort(upload).catch(() => {})
    throw thrown
  }
  await multipart.abort(upload)
  return false
}

/** `undefined` when the source is gone. */
async function copyParts(
  options: SignerOptions,
  from: Source,
  { key, id }: MultipartUpload,
  minPartBytes: number,
): Promise<readonly CopiedPart[] | undefined> {
  const bytes = Math.max(minPartBytes, Math.ceil(from.size / MAX_PARTS))
  const count = Math.ceil(from.size / bytes)
  const copies = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const last = Math.min(from.size, (index + 1) * bytes) - 1
      const headers = { ...sourceOf(options, from), 'x-amz-copy-source-range': `bytes=${index * bytes}-${last}` }
      const query = { partNumber: String(index + 1), uploadId: id }
      const request = { operation: 'copy to', method: 'PUT', key, query, headers } as const
      return askS3(options, request, (xml) => ({ partNumber: index + 1, etag: textOf(xml, 'ETag') }))
    }),
  )
  const parts = copies.filter((copy) => copy !== undefined)
  return parts.length === count ? parts : undefined
}

/** R2 knows no condition for copies of parts. */
async function isUnchanged(options: SignerOptions, { key, etag }: Source): Promise<boolean> {
  const headers = { range: 'bytes=0-0', 'if-match': `"${etag}"` }
  return (await askS3(options, { operation: 'get', method: 'GET', key, query: {}, headers }, () => true)) ?? false
}

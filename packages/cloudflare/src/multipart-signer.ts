import { GIB, MIB } from '@ckan-uplink/core/support'
import type { MultipartSigner, MultipartUpload } from '@ckan-uplink/core/uploads'
import { askS3, textOf } from './s3-request.ts'
import { presign, type SignerOptions } from './signer.ts'

/** https://developers.cloudflare.com/r2/platform/limits/ */
const LIMITS = {
  maxParts: 10_000,
  minPartBytes: 5 * MIB,
  maxPartBytes: 5 * GIB - 5 * MIB,
  maxObjectBytes: 5 * 1024 * GIB - 5 * GIB,
}

interface Part {
  readonly partNumber: number
  readonly size: number
  /** Escaped as in the XML. */
  readonly etag: string
}

/**
 * Uploads to R2 in parts, through its S3 endpoint, because a Worker's binding cannot list parts. The size of a part is
 * signed as `Content-Length`: see `createSigner`.
 */
export function createMultipartSigner(options: SignerOptions): MultipartSigner {
  const parts = async ({ key, id }: MultipartUpload): Promise<readonly Part[] | undefined> => {
    const all: Part[] = []
    for (let after = 0; ; ) {
      const query = { uploadId: id, ...(after > 0 && { 'part-number-marker': String(after) }) }
      const page = await askS3(options, { operation: 'list the parts of', method: 'GET', key, query }, readPage)
      if (page === undefined) return undefined
      all.push(...page.parts)
      const last = page.parts.at(-1)?.partNumber ?? 0
      if (!page.isTruncated || last <= after) return all
      after = last
    }
  }

  return {
    limits: LIMITS,

    async begin({ key, contentType }) {
      const headers = { ...(contentType !== undefined && { 'Content-Type': contentType }) }
      const request = { operation: 'begin an upload of', method: 'POST', key, query: { uploads: '' }, headers } as const
      return (await askS3(options, request, (xml) => textOf(xml, 'UploadId'))) ?? ''
    },

    signPart({ key, id, partNumber, size, expiresInSeconds }) {
      const query = { partNumber: String(partNumber), uploadId: id }
      return presign(options, { method: 'PUT', key, expiresInSeconds, contentLength: size, query })
    },

    async listParts(upload) {
      return (await parts(upload))?.map(({ partNumber, size }) => ({ partNumber, size }))
    },

    async complete({ key, id }) {
      const arrived = await parts({ key, id })
      return arrived && completeUpload(options, { key, id }, arrived)
    },

    async abort({ key, id }) {
      await askS3(options, { operation: 'abort', method: 'DELETE', key, query: { uploadId: id } }, () => undefined)
    },
  }
}

/** Makes the object from these parts. `undefined` when R2 does not know the upload. */
export function completeUpload(
  options: SignerOptions,
  { key, id }: MultipartUpload,
  parts: readonly Pick<Part, 'partNumber' | 'etag'>[],
): Promise<{ readonly etag: string } | undefined> {
  const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.map(toXml).join('')}</CompleteMultipartUpload>`
  const request = { operation: 'complete', method: 'POST', key, query: { uploadId: id }, body } as const
  return askS3(options, request, (xml) => ({ etag: withoutQuotes(textOf(xml, 'ETag')) }))
}

function readPage(xml: string): { readonly parts: readonly Part[]; readonly isTruncated: boolean } {
  const parts = [...xml.matchAll(/<Part>(.*?)<\/Part>/gsu)].map(([part]) => ({
    partNumber: Number(textOf(part, 'PartNumber')),
    size: Number(textOf(part, 'Size')),
    etag: textOf(part, 'ETag'),
  }))
  return { parts, isTruncated: textOf(xml, 'IsTruncated') === 'true' }
}

function toXml({ partNumber, etag }: Pick<Part, 'partNumber' | 'etag'>): string {
  return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`
}

function withoutQuotes(etag: string): string {
  return etag.replace(/"|&quot;/gu, '')
}

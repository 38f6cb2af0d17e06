import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { ImportTarget, ObjectImporter, PreparedObject, SourceObject } from '@ckan-uplink/core/operations'
import { createLimiter, encodeRfc3986, GIB, inParts, MIB } from '@ckan-uplink/core/support'
import { etagOf, guard, undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000
const MAX_PART_BYTES = 5 * GIB
const PART_BYTES = 16 * MIB
const PARTS_AT_ONCE = 8

/**
 * Every file arrives as an upload in parts. So its parts are compared before it becomes an object. S3 computes an ETag
 * as the MD5 of the bytes, and of several parts as the MD5 of their MD5s. A copy with the parts of its source therefore
 * has the ETag of its source, except with SSE-KMS. The ETags of R2's parts are no MD5, so R2 compares no copy
 * (`comparesCopies`). It also knows no condition for copies of parts.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
export function createImporter(
  options: StoreOptions,
  { partsAtOnce = PARTS_AT_ONCE, maxPartBytes = MAX_PART_BYTES, comparesCopies = true } = {},
): ObjectImporter {
  return {
    async copy(from, to, { mustBeCompared = false } = {}) {
      if (from.size === 0) return emptyObject(options, to)
      if (mustBeCompared && (!comparesCopies || (await hasKms(options, from)))) return undefined
      return inUpload(options, to, async (id, isKms) => {
        if (mustBeCompared && isKms) return undefined
        const etags = await copyParts(options, from, { key: to.key, id, atOnce: partsAtOnce, maxPartBytes })
        if (etags === undefined) return undefined
        if (etagOfParts(etags, from.etag) === from.etag) return { etags, isCompared: true }
        return !mustBeCompared && (await isUnchanged(options, from)) ? { etags, isCompared: false } : undefined
      })
    },

    async write(bytes, to) {
      const etags: string[] = []
      const prepared = await inUpload(options, to, async (id) => {
        for await (const part of inParts(bytes, partBytes(to.size)))
          etags.push(await sendPart(options, part, { key: to.key, id, number: etags.length + 1 }))
        return { etags, isCompared: true }
      })
      if (etags.length > 0 && prepared !== undefined) return prepared
      await prepared?.abort()
      return emptyObject(options, to)
    },
  }
}

interface Parts {
  readonly etags: readonly string[]
  readonly isCompared: boolean
}

/** Fills an upload in parts. Aborts the upload if there is nothing to complete. */
async function inUpload(
  { client, bucket: Bucket }: StoreOptions,
  { key: Key, contentType: ContentType }: ImportTarget,
  fill: (id: string, isKms: boolean) => Promise<Parts | undefined>,
): Promise<PreparedObject | undefined> {
  const begin = new CreateMultipartUploadCommand({ Bucket, Key, ContentType })
  const { UploadId = '', ServerSideEncryption } = await guard('begin', Key, () => client.send(begin))
  const upload = { Bucket, Key, UploadId }
  const abort = async () => {
    await guard('abort', Key, () => client.send(new AbortMultipartUploadCommand(upload)).catch(undefinedOn(404)))
  }
  const filled = await fill(UploadId, isKms({ ServerSideEncryption })).catch(async (thrown: unknown) => {
    // The bucket's own rule removes the parts later.
    await abort().catch(() => {})
    throw thrown
  })
  if (filled === undefined) {
    await abort()
    return undefined
  }
  const MultipartUpload = { Parts: filled.etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) }
  return {
    isCompared: filled.isCompared,
    abort,
    async complete() {
      await guard('complete', Key, () =>
        client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload })),
      )
    },
  }
}

interface Upload {
  readonly key: string
  readonly id: string
}

/** Returns the ETags of the parts; `undefined` when the source is gone or shorter. */
async function copyParts(
  options: StoreOptions,
  from: SourceObject,
  { key, id, atOnce, maxPartBytes }: Upload & { readonly atOnce: number; readonly maxPartBytes: number },
): Promise<readonly string[] | undefined> {
  const { client, bucket: Bucket } = options
  const bytes = await partBytesOf(options, from, maxPartBytes)
  const count = Math.ceil(from.size / bytes)
  const limit = createLimiter(atOnce)
  const copyPart = async (index: number) => {
    const last = Math.min(from.size, (index + 1) * bytes) - 1
    const command = new UploadPartCopyCommand({
      Bucket,
      Key: key,
      UploadId: id,
      PartNumber: index + 1,
      CopySource: [from.bucket, ...from.key.split('/')].map(encodeRfc3986).join('/'),
      ...(count > 1 && { CopySourceRange: `bytes=${index * bytes}-${last}` }),
    })
    // S3 answers 400 if the source is shorter now.
    const unlessReplaced = async (thrown: unknown) => {
      if (await isUnchanged(options, from)) throw thrown
      return undefined
    }
    const send = () => client.send(command).catch(undefinedOn(404, 416)).catch(unlessReplaced)
    const copied = await guard('copy to', key, send)
    return copied && etagOf(copied.CopyPartResult ?? {})
  }
  const copies = await Promise.allSettled(Array.from({ length: count }, (_, index) => limit(() => copyPart(index))))
  const failed = copies.find((copy) => copy.status === 'rejected')
  if (failed) throw failed.reason
  const etags = copies.flatMap((copy) => (copy.status === 'fulfilled' && copy.value !== undefined ? [copy.value] : []))
  return etags.length === count ? etags : undefined
}

async function isUnchanged(options: StoreOptions, from: SourceObject): Promise<boolean> {
  const now = await headSource(options, from)
  return now !== undefined && etagOf(now) === from.etag
}

async function hasKms(options: StoreOptions, from: SourceObject): Promise<boolean> {
  return isKms((await headSource(options, from)) ?? {})
}

/** With SSE-KMS an ETag is no MD5. */
function isKms({ ServerSideEncryption: encryption }: { readonly ServerSideEncryption?: string | undefined }): boolean {
  return encryption?.startsWith('aws:kms') === true
}

function headSource({ client }: StoreOptions, { bucket, key }: SourceObject) {
  const command = new HeadObjectCommand({ Bucket: bucket, Key: key })
  return guard('head', key, () => client.send(command).catch(undefinedOn(404)))
}

/** The size of the source's own parts, so that the ETags can be equal. R2 does not know them (501). */
async function partBytesOf(
  { client }: StoreOptions,
  { bucket, key, etag, size }: SourceObject,
  maxPartBytes: number,
): Promise<number> {
  if (!etag.includes('-')) return partBytes(size, maxPartBytes)
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"`, PartNumber: 1 })
  const first = await guard('get', key, () => client.send(command).catch(undefinedOn(404, 412, 501)))
  await first?.Body?.transformToWebStream().cancel()
  const bytes = first?.ContentLength ?? 0
  const isPlausible = bytes > 0 && Math.ceil(size / bytes) === Number(etag.split('-')[1])
  return isPlausible ? bytes : partBytes(size, GIB)
}

/** A size of parts that is enough for the file. */
function partBytes(size: number, wanted = PART_BYTES): number {
  return Math.max(Math.min(wanted, size), Math.ceil(size / MAX_PARTS), 1)
}

/** S3 compares the part with its MD5. */
async function sendPart(
  { client, bucket: Bucket }: StoreOptions,
  bytes: Uint8Array,
  { key, id, number }: Upload & { readonly number: number },
): Promise<string> {
  const ContentMD5 = createHash('md5').update(bytes).digest('base64')
  const part = { Bucket, Key: key, UploadId: id, PartNumber: number, Body: bytes, ContentMD5 }
  return etagOf(await guard('send a part of', key, () => client.send(new UploadPartCommand(part))))
}

/** The ETag of an object with these parts, in the form of `like`. */
function etagOfParts(etags: readonly string[], like: string): string | undefined {
  if (!like.includes('-')) return etags.length === 1 ? etags[0] : undefined
  const digests = etags.map((etag) => Buffer.from(etag, 'hex'))
  return `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${etags.length}`
}

/** S3 has no upload without parts. */
function emptyObject({ client, bucket: Bucket }: StoreOptions, { key, contentType }: ImportTarget): PreparedObject {
  return {
    isCompared: true,
    abort: async () => {},
    async complete() {
      const command = new PutObjectCommand({ Bucket, Key: key, Body: new Uint8Array(), ContentType: contentType })
      await guard('put', key, () => client.send(command))
    },
  }
}

import { createHash } from 'node:crypto'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { ObjectStore, StoredObject } from '@ckan-uplink/core'
import { purge } from './purge.ts'
import { answeredWith, etagOf, guard, statusOf, undefinedOn, wasRepeated } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

type Range = Parameters<ObjectStore['get']>[1]
type PutOptions = NonNullable<Parameters<ObjectStore['put']>[2]>

const MAX_CONFLICTS = 5

/** The keys of an S3 bucket. */
export function createStore(options: StoreOptions): ObjectStore {
  const { client, bucket: Bucket } = options
  return {
    head(key) {
      return guard('head', key, () => head(options, key))
    },

    get(key, range) {
      return guard('get', key, () => read(options, key, range))
    },

    sha256(key, etag) {
      return guard('get', key, () => digest(options, key, etag))
    },

    put(key, bytes, putOptions = {}) {
      return guard('put', key, () => write(options, key, bytes, putOptions))
    },

    async *list(prefix, { after } = {}) {
      let token: string | undefined
      do {
        const command = new ListObjectsV2Command({
          Bucket,
          Prefix: prefix,
          StartAfter: after,
          ContinuationToken: token,
          EncodingType: 'url',
        })
        const page = await guard('list', prefix, () => client.send(command))
        const decodeKey = page.EncodingType === 'url' ? formDecode : (key: string) => key
        for (const { Key = '', Size, ...object } of page.Contents ?? [])
          yield toStoredObject(decodeKey(Key), { ...object, ContentLength: Size })
        token = page.NextContinuationToken
      } while (token !== undefined)
    },

    async remove(key) {
      await guard('remove', key, () => client.send(new DeleteObjectCommand({ Bucket, Key: key })))
    },

    async purge(key) {
      await guard('remove all versions of', key, () => purge(options, key))
      return undefined
    },
  }
}

async function head({ client, bucket: Bucket }: StoreOptions, key: string): Promise<StoredObject | undefined> {
  const found = await client
    .send(new HeadObjectCommand({ Bucket, Key: key, ChecksumMode: 'ENABLED' }))
    .catch(undefinedOn(404))
  return found && toStoredObject(key, found)
}

async function read(options: StoreOptions, key: string, range: Range): ReturnType<ObjectStore['get']> {
  const { client, bucket: Bucket } = options
  try {
    const found = await client
      .send(new GetObjectCommand({ Bucket, Key: key, Range: range && rangeHeader(range) }))
      .catch(undefinedOn(404))
    if (found === undefined) return undefined
    const size = Number(found.ContentRange?.split('/')[1] ?? found.ContentLength)
    return {
      object: toStoredObject(key, { ...found, ContentLength: size }),
      bytes: (await found.Body?.transformToByteArray()) ?? new Uint8Array(),
    }
  } catch (error) {
    // S3 refuses a range that begins at the end or after it, so it refuses every range of an empty object.
    if (statusOf(error) !== 416) throw error
    const object = await head(options, key)
    return object && { object, bytes: new Uint8Array() }
  }
}

function rangeHeader({ offset = 0, length }: NonNullable<Range>): string {
  return `bytes=${offset}-${length === undefined ? '' : offset + length - 1}`
}

async function digest(
  { client, bucket: Bucket }: StoreOptions,
  key: string,
  etag: string,
): Promise<string | undefined> {
  const found = await client
    .send(new GetObjectCommand({ Bucket, Key: key, IfMatch: `"${etag}"` }))
    .catch(undefinedOn(404, 412))
  if (found?.Body === undefined) return undefined
  const hash = createHash('sha256')
  for await (const chunk of found.Body.transformToWebStream()) hash.update(chunk)
  return hash.digest('hex')
}

async function write(
  { client, bucket: Bucket }: StoreOptions,
  key: string,
  bytes: Uint8Array,
  { contentType: ContentType, onlyIf }: PutOptions,
) {
  const condition = onlyIf === 'absent' ? { IfNoneMatch: '*' } : onlyIf && { IfMatch: `"${onlyIf.etag}"` }
  const command = new PutObjectCommand({ Bucket, Key: key, Body: bytes, ContentType, ...condition })
  for (let conflicts = 0; ; conflicts++) {
    try {
      return etagOf(await client.send(command))
    } catch (error) {
      if (isRefusal(error, onlyIf)) return undefined
      if (!onlyIf || statusOf(error) !== 409 || conflicts === MAX_CONFLICTS) throw error
    }
  }
}

/**
 * Whether S3 refused the write because of the condition. A refusal of the SDK's second attempt is ambiguous, because
 * the first attempt may have succeeded. A 409 is a race in which nothing was written; then the store tries again.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
function isRefusal(error: unknown, onlyIf: PutOptions['onlyIf']): boolean {
  const statuses = onlyIf === 'absent' ? [412] : onlyIf ? [412, 404] : []
  return answeredWith(error, statuses) && !wasRepeated(error)
}

interface ObjectFields {
  readonly ETag?: string | undefined
  readonly ContentLength?: number | undefined
  readonly LastModified?: Date | undefined
  readonly ContentType?: string | undefined
  readonly ContentEncoding?: string | undefined
  readonly ChecksumSHA256?: string | undefined
  readonly ChecksumType?: string | undefined
}

function toStoredObject(key: string, fields: ObjectFields): StoredObject {
  const {
    ContentLength: size = 0,
    LastModified: modifiedAt = new Date(0),
    ContentType: contentType,
    ContentEncoding,
    ChecksumSHA256,
    ChecksumType,
  } = fields
  // The other type is a checksum of checksums:
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  const sha256 =
    ChecksumType === 'FULL_OBJECT' && ChecksumSHA256 !== undefined
      ? Buffer.from(ChecksumSHA256, 'base64').toString('hex')
      : undefined
  const contentEncoding = encodingOf(ContentEncoding)
  return {
    key,
    size,
    etag: etagOf(fields),
    modifiedAt,
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding !== '' && { contentEncoding }),
    ...(sha256 !== undefined && { sha256 }),
  }
}

/** The signature of chunks, which some clients send as an encoding, is no encoding of the file. */
function encodingOf(sent = ''): string {
  const encodings = sent.split(',').map((encoding) => encoding.trim())
  return encodings.filter((encoding) => encoding !== 'aws-chunked').join(', ')
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html#API_ListObjectsV2_RequestSyntax */
function formDecode(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '))
}

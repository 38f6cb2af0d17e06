import type { ObjectStore, StoredObject } from '@ckan-uplink/core'
import { toHex } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '@ckan-uplink/gateway'
import { guard } from './guard.ts'
import type { R2Bucket, R2Object } from './r2-binding.ts'

/** The keys of an R2 bucket, through the Worker's binding. */
export function createStore(bucket: R2Bucket): ObjectStore {
  return {
    async head(key) {
      const object = await guard('head', key, () => bucket.head(key))
      return object === null ? undefined : toStoredObject(object)
    },

    async get(key, range) {
      const found = await guard('get', key, () => read(bucket, key, range))
      return found && { object: toStoredObject(found.object), bytes: found.bytes }
    },

    sha256(key, etag) {
      return guard('get', key, () => digest(bucket, key, etag))
    },

    async put(key, bytes, { contentType, onlyIf } = {}) {
      const condition = onlyIf === 'absent' ? { etagDoesNotMatch: '*' } : onlyIf && { etagMatches: onlyIf.etag }
      const options = {
        ...(contentType !== undefined && { httpMetadata: { contentType } }),
        ...(condition && { onlyIf: condition }),
      }
      return (await guard('put', key, () => bucket.put(key, bytes, options)))?.etag
    },

    async *list(prefix, { after } = {}) {
      let cursor: string | undefined
      do {
        const options = {
          prefix,
          include: ['httpMetadata'] as const,
          ...(after !== undefined && { startAfter: after }),
          ...(cursor !== undefined && { cursor }),
        }
        const page = await guard('list', prefix, () => bucket.list(options))
        for (const object of page.objects) yield toStoredObject(object)
        cursor = page.truncated ? page.cursor : undefined
      } while (cursor !== undefined)
    },

    async remove(key) {
      await guard('delete', key, () => bucket.delete(key))
    },

    // R2 keeps no versions: https://developers.cloudflare.com/r2/api/s3/api/
    async purge(key) {
      await guard('delete', key, () => bucket.delete(key))
      return undefined
    },
  }
}

/** Streams objects to readers, so that no file is kept in memory. */
export function createFileOpener(bucket: R2Bucket): NonNullable<GatewayDeps['openFile']> {
  return async (key, { etag, range }) => {
    const options = { onlyIf: { etagMatches: etag }, ...(range && { range }) }
    return (await guard('get', key, () => bucket.get(key, options)))?.body
  }
}

async function read(
  bucket: R2Bucket,
  key: string,
  range: { readonly offset?: number; readonly length?: number } | undefined,
) {
  try {
    const object = await bucket.get(key, range && { range })
    return object === null ? undefined : { object, bytes: new Uint8Array(await object.arrayBuffer()) }
  } catch (error) {
    // R2 refuses a range that begins at the end or after it, so it refuses every range of an empty object.
    const object = range && (await bucket.head(key))
    if (!object || (range.offset ?? 0) < object.size) throw error
    return { object, bytes: new Uint8Array() }
  }
}

/** A stream that computes a digest: https://developers.cloudflare.com/workers/runtime-apis/web-crypto/#constructors */
interface WorkersCrypto {
  readonly DigestStream: new (
    algorithm: 'SHA-256',
  ) => WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> }
}

async function digest(bucket: R2Bucket, key: string, etag: string): Promise<string | undefined> {
  const object = await bucket.get(key, { onlyIf: { etagMatches: etag } })
  if (!object?.body) return undefined
  const { DigestStream } = crypto as unknown as WorkersCrypto
  const stream = new DigestStream('SHA-256')
  await object.body.pipeTo(stream)
  return toHex(await stream.digest)
}

function toStoredObject({ key, size, etag, uploaded, httpMetadata, checksums }: R2Object): StoredObject {
  const { contentType, contentEncoding } = httpMetadata ?? {}
  return {
    key,
    size,
    etag,
    modifiedAt: uploaded,
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(checksums.sha256 !== undefined && { sha256: toHex(checksums.sha256) }),
  }
}

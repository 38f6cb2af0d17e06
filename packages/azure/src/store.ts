import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { ContainerClient, isRestError } from '@azure/storage-blob'
import type { ObjectStore, StoredObject } from '@ckan-uplink/core'
import { type BlobForm, formOf } from './blob-form.ts'
import { purge } from './purge.ts'
import { removeBlob } from './remove-blob.ts'
import { answeredWith, codeOf, guard, undefinedOn } from './storage-errors.ts'

type Range = Parameters<ObjectStore['get']>[1]
type PutOptions = NonNullable<Parameters<ObjectStore['put']>[2]>

/** Without this limit, a dead connection would block an invocation for minutes. */
const TIMEOUT_MS = 15_000

/** Azure computes the MD5 of a blob that is sent in one request. CKAN's adapter, of file-keeper 0.2.6, needs one. */
const NO_MD5 =
  'CKAN cannot register the file, because it was sent in parts, and Azure keeps no MD5 of it. Upload it in one request to register it.'

/** The keys of a container of Blob Storage. */
export function createStore(container: ContainerClient): ObjectStore {
  // A refusal of the SDK's second attempt may come from the success of the first, so conditional writes are tried once.
  const once = new ContainerClient(container.url, container.credential, { retryOptions: { maxTries: 1 } })
  return {
    head(key) {
      return guard('head', key, () => head(container, key))
    },

    get(key, range) {
      return guard('get', key, () => read(container, key, range))
    },

    sha256(key, etag) {
      return guard('get', key, () => digest(container, key, etag))
    },

    put(key, bytes, options = {}) {
      return guard('put', key, () => write(options.onlyIf ? once : container, key, bytes, options))
    },

    async *list(prefix, { after } = {}) {
      const pages = container.listBlobsFlat({ prefix, ...(after !== undefined && { startFrom: after }) }).byPage()
      for (;;) {
        const { value: page, done } = await guard('list', prefix, () => pages.next())
        if (done) return
        // Azure documents the order as "alphabetical", which is not always the order of UTF-8. So this sorts each page
        // of up to 5,000 blobs.
        const blobs = page.segment.blobItems.filter(({ name }) => name !== after).sort(byUtf8)
        for (const { name, properties } of blobs) yield toStoredObject(name, properties)
      }
    },

    async remove(key) {
      await guard('remove', key, () => removeBlob(container.getBlobClient(key), soon()))
    },

    purge(key) {
      return guard('remove all versions of', key, () => purge(container, key, soon()))
    },
  }
}

async function head(container: ContainerClient, key: string): Promise<StoredObject | undefined> {
  const found = await container.getBlobClient(key).getProperties(soon()).catch(undefinedOn(404))
  return found && { ...toStoredObject(key, found), ...(found.contentMD5 === undefined && { unregistrable: NO_MD5 }) }
}

async function read(container: ContainerClient, key: string, range: Range): ReturnType<ObjectStore['get']> {
  const { offset = 0, length } = range ?? {}
  try {
    const found = await container.getBlobClient(key).download(offset, length, soon()).catch(undefinedOn(404))
    if (found?.readableStreamBody === undefined) return undefined
    // Blob Storage shows a blob from the beginning of its copy on.
    if (found.copyStatus === 'pending') throw new Error('The copy to it is not complete.')
    const size = Number(found.contentRange?.split('/')[1] ?? found.contentLength)
    return {
      object: { ...toStoredObject(key, found), size },
      bytes: new Uint8Array(await buffer(found.readableStreamBody)),
    }
  } catch (error) {
    // Blob Storage refuses a range that begins at the end or after it, so it refuses every range of an empty object. It
    // also refuses every range of an archived object.
    if (!answeredWith(error, [416]) && !isArchived(error)) throw error
    const object = await head(container, key)
    return object && { object, bytes: new Uint8Array() }
  }
}

async function digest(container: ContainerClient, key: string, etag: string): Promise<string | undefined> {
  const options = { conditions: { ifMatch: `"${etag}"` } }
  const found = await container.getBlobClient(key).download(0, undefined, options).catch(undefinedOn(404, 412))
  if (found?.readableStreamBody === undefined) return undefined
  const hash = createHash('sha256')
  for await (const chunk of found.readableStreamBody) hash.update(chunk)
  return hash.digest('hex')
}

async function write(
  container: ContainerClient,
  key: string,
  bytes: Uint8Array,
  { contentType, onlyIf }: PutOptions,
): Promise<string | undefined> {
  const conditions = onlyIf === 'absent' ? { ifNoneMatch: '*' } : onlyIf && { ifMatch: `"${onlyIf.etag}"` }
  const options = {
    ...soon(),
    ...(conditions && { conditions }),
    ...(contentType !== undefined && { blobHTTPHeaders: { blobContentType: contentType } }),
  }
  const upload = container.getBlockBlobClient(key).upload(bytes, bytes.length, options)
  // 409 when a blob exists, 412 when the condition fails:
  // https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations
  const written = await upload.catch(undefinedOn(...(onlyIf === 'absent' ? [409, 412] : onlyIf ? [404, 412] : [])))
  return written && etagOf(written)
}

/** https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
function isArchived(thrown: unknown): boolean {
  return isRestError(thrown) && ['BlobArchived', 'BlobBeingRehydrated'].includes(codeOf(thrown) ?? '')
}

interface BlobFields extends BlobForm {
  readonly contentLength?: number
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly etag?: string
  readonly lastModified?: Date
}

function toStoredObject(key: string, fields: BlobFields): StoredObject {
  const { contentLength: size = 0, contentType, contentEncoding, lastModified: modifiedAt = new Date(0) } = fields
  return {
    key,
    size,
    etag: etagOf(fields),
    modifiedAt,
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding && { contentEncoding }),
    ...formOf(fields),
  }
}

function byUtf8(a: { readonly name: string }, b: { readonly name: string }): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))
}

/** The ETag without quotes. Listings contain no quotes. */
export function etagOf({ etag = '' }: Pick<BlobFields, 'etag'>): string {
  return etag.replace(/^"|"$/gu, '')
}

function soon(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(TIMEOUT_MS) }
}

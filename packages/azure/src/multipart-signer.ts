import type { BlockBlobClient } from '@azure/storage-blob'
import { MIB } from '@ckan-uplink/core/support'
import { type MultipartSigner, type MultipartUpload, UPLINK_PREFIX, type UploadedPart } from '@ckan-uplink/core/uploads'
import { type SignerOptions, sign } from './signer.ts'
import { guard, undefinedOn } from './storage-errors.ts'
import { createStore, etagOf } from './store.ts'

/** An uncommitted block of a blob. Blob Storage keeps it until it is committed, for a week at most. */
interface Block extends UploadedPart {
  /** In base64. */
  readonly name: string
}

/**
 * Uploads in parts are blocks of a blob. Blob Storage has no uploads, only blocks, and cannot drop blocks without
 * changing the blob. So an empty blob below `uplink/parts/` marks an open upload. The blocks of an aborted upload
 * disappear within a week.
 * https://learn.microsoft.com/rest/api/storageservices/put-block
 */
export function createMultipartSigner(options: SignerOptions): MultipartSigner {
  const { container } = options
  const store = createStore(container)

  async function blocksOf(upload: MultipartUpload): Promise<readonly Block[] | undefined> {
    if ((await store.head(markOf(upload))) === undefined) return undefined
    return guard('list the blocks of', upload.key, () =>
      uncommitted(container.getBlockBlobClient(upload.key), upload.id),
    )
  }

  return {
    // https://learn.microsoft.com/rest/api/storageservices/understanding-block-blobs--append-blobs--and-page-blobs
    limits: { maxParts: 50_000, minPartBytes: 1, maxPartBytes: 4000 * MIB },
    // Put Block needs the permission to write, and a SAS does not contain the parameter `comp`.
    partUrlsStayOpen: true,

    async begin({ key }) {
      const id = crypto.randomUUID()
      await store.put(markOf({ key, id }), new Uint8Array())
      return id
    },

    signPart({ key, id, partNumber, expiresInSeconds }) {
      const query = { comp: 'block', blockid: nameOf(id, partNumber) }
      return sign(options, { method: 'PUT', key, expiresInSeconds, permissions: 'cw', query })
    },

    async listParts(upload) {
      return (await blocksOf(upload))?.map(({ partNumber, size }) => ({ partNumber, size }))
    },

    async complete(upload) {
      const blocks = await blocksOf(upload)
      if (!blocks?.length) return undefined
      const completed = await guard('complete', upload.key, () =>
        commit(container.getBlockBlobClient(upload.key), blocks, upload.contentType),
      )
      await store.remove(markOf(upload))
      return completed
    },

    abort(upload) {
      return store.remove(markOf(upload))
    },
  }
}

function markOf({ key, id }: MultipartUpload): string {
  return `${UPLINK_PREFIX}parts/${id}/${key}`
}

/** The blocks of an upload, ordered by number; `undefined` when they are committed. */
async function uncommitted(blob: BlockBlobClient, id: string): Promise<readonly Block[] | undefined> {
  const list = await blob.getBlockList('all').catch(undefinedOn(404))
  if (list?.committedBlocks?.some(({ name }) => numberOf(id, name) !== undefined)) return undefined
  const blocks =
    list?.uncommittedBlocks?.map(({ name, size }) => ({ partNumber: numberOf(id, name) ?? 0, size, name })) ?? []
  return blocks.filter(({ partNumber }) => partNumber > 0).sort((a, b) => a.partNumber - b.partNumber)
}

/** Commits only if no blob exists, so that it never replaces a blob that another request put or committed. */
async function commit(blob: BlockBlobClient, blocks: readonly Block[], contentType: string | undefined) {
  const options = {
    conditions: { ifNoneMatch: '*' },
    ...(contentType !== undefined && { blobHTTPHeaders: { blobContentType: contentType } }),
  }
  const names = blocks.map(({ name }) => name)
  const committed = await blob.commitBlockList(names, options).catch(undefinedOn(409, 412))
  return committed && { etag: etagOf(committed) }
}

/** All names of a blob's blocks must have the same length, at most 64 bytes. */
function nameOf(id: string, partNumber: number): string {
  return btoa(`${id}/${String(partNumber).padStart(5, '0')}`)
}

/** `undefined` for a block of another upload. */
function numberOf(id: string, name: string): number | undefined {
  const [owner, number] = atob(name).split('/')
  return owner === id ? Number(number) : undefined
}

import { createHash } from 'node:crypto'
import type { BlobServiceClient } from '@azure/storage-blob'
import type { ImportTarget, ObjectImporter, PreparedObject, SourceObject } from '@ckan-uplink/core/operations'
import { inParts, MIB } from '@ckan-uplink/core/support'
import { guard, undefinedOn } from './storage-errors.ts'
import { etagOf } from './store.ts'

/** https://learn.microsoft.com/rest/api/storageservices/understanding-block-blobs--append-blobs--and-page-blobs */
const MAX_BLOCKS = 50_000
const BLOCK_BYTES = 16 * MIB

export interface ImporterOptions {
  readonly service: BlobServiceClient
  /** The container of the new blobs. */
  readonly container: string
}

/**
 * Blob Storage copies only whole blobs, and shows no checksum that it has computed itself. So it compares no copy. It
 * compares the blocks of a sent file with their MD5.
 */
export function createImporter({ service, container }: ImporterOptions): ObjectImporter {
  const target = service.getContainerClient(container)
  return {
    async copy(from, to, { mustBeCompared = false } = {}) {
      if (mustBeCompared) return undefined
      const source = service.getContainerClient(from.bucket).getBlobClient(from.key)
      const found = await guard('head', from.key, () => source.getProperties().catch(undefinedOn(404)))
      if (found === undefined || etagOf(found) !== from.etag) return undefined
      return { isCompared: false, abort: async () => {}, complete: () => copyBlob(source.url, from, to) }
    },

    async write(bytes, to) {
      const blob = target.getBlockBlobClient(to.key)
      const names: string[] = []
      const size = Math.max(Math.min(BLOCK_BYTES, to.size), Math.ceil(to.size / MAX_BLOCKS), 1)
      for await (const block of inParts(bytes, size)) {
        const name = Buffer.from(String(names.length).padStart(6, '0')).toString('base64')
        const transactionalContentMD5 = createHash('md5').update(block).digest()
        await guard('send a block of', to.key, () =>
          blob.stageBlock(name, block, block.length, { transactionalContentMD5 }),
        )
        names.push(name)
      }
      return {
        isCompared: true,
        abort: async () => {},
        async complete() {
          await guard('complete', to.key, () => blob.commitBlockList(names, optionsFor(to)))
        },
      } satisfies PreparedObject
    },
  }

  /**
   * Copies within the account, so the right to the request is enough for the source.
   * https://learn.microsoft.com/rest/api/storageservices/copy-blob#authorization
   */
  async function copyBlob(url: string, { etag }: SourceObject, to: ImportTarget): Promise<void> {
    const blob = target.getBlobClient(to.key)
    const conditions = { sourceConditions: { ifMatch: `"${etag}"` }, conditions: { ifNoneMatch: '*' } }
    await guard('copy to', to.key, async () => {
      const poller = await blob.beginCopyFromURL(url, conditions)
      const { copyStatus = 'unknown' } = await poller.pollUntilDone()
      if (copyStatus !== 'success') throw new Error(`The copy ended as ${copyStatus}`)
    })
  }
}

function optionsFor({ contentType }: ImportTarget) {
  return {
    conditions: { ifNoneMatch: '*' },
    ...(contentType !== undefined && { blobHTTPHeaders: { blobContentType: contentType } }),
  }
}

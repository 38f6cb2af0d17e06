import type { ContainerClient } from '@azure/storage-blob'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { guard, undefinedOn } from './storage-errors.ts'

/**
 * Copies within the account, so the right to the request is enough for the source. Blob Storage answers before a long
 * copy is complete.
 * https://learn.microsoft.com/rest/api/storageservices/copy-blob#authorization
 */
export function createCopier({ container }: { readonly container: ContainerClient }): ObjectCopier {
  return {
    maxBytes: Number.MAX_SAFE_INTEGER,
    copy({ key, etag }, to) {
      const source = container.getBlobClient(key).url
      const conditions = { sourceConditions: { ifMatch: `"${etag}"` }, conditions: { ifNoneMatch: '*' } }
      const begin = () => container.getBlobClient(to).beginCopyFromURL(source, conditions)
      return guard('copy to', to, async () => (await begin().catch(undefinedOn(404, 412))) !== undefined)
    },
  }
}

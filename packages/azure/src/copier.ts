import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { createSigner, type SignerOptions } from './signer.ts'
import { guard, undefinedOn } from './storage-errors.ts'

/** Blob Storage reads the source during the copy, which can take longer than the request. */
const SOURCE_OPEN_SECONDS = 3600

/**
 * Copies within the account. Blob Storage accepts the source by a signed URL, with an account key and with an identity.
 * It answers before a long copy is complete.
 * https://learn.microsoft.com/rest/api/storageservices/copy-blob
 */
export function createCopier(options: SignerOptions): ObjectCopier {
  const signer = createSigner(options)
  return {
    maxBytes: Number.MAX_SAFE_INTEGER,
    async copy({ key, etag }, to) {
      const source = await signer.signDownload({ method: 'GET', key, expiresInSeconds: SOURCE_OPEN_SECONDS })
      const conditions = { sourceConditions: { ifMatch: `"${etag}"` }, conditions: { ifNoneMatch: '*' } }
      const begin = () => options.container.getBlobClient(to).beginCopyFromURL(source.url, conditions)
      return guard('copy to', to, async () => (await begin().catch(undefinedOn(404, 412))) !== undefined)
    },
  }
}

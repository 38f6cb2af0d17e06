import type { BlobClient } from '@azure/storage-blob'
import { answeredWith, undefinedOn } from './storage-errors.ts'

/**
 * Removes a blob with its snapshots. A client with a URL for a block can lease the blob, which then cannot be removed,
 * so this breaks the lease first. https://learn.microsoft.com/rest/api/storageservices/lease-blob
 */
export async function removeBlob(blob: BlobClient, options: { readonly abortSignal: AbortSignal }): Promise<void> {
  const remove = () => blob.delete({ deleteSnapshots: 'include', ...options }).catch(undefinedOn(404))
  try {
    await remove()
  } catch (error) {
    if (!answeredWith(error, [412])) throw error
    await breakLease(blob, options)
    await remove()
  }
}

/** For Azure this is a write, and the linker's identity may not write below the prefix of uploads. */
async function breakLease(...[blob, options]: Parameters<typeof removeBlob>): Promise<void> {
  try {
    await blob.getBlobLeaseClient().breakLease(0, options).catch(undefinedOn(404, 409))
  } catch (error) {
    if (!answeredWith(error, [403])) throw error
    throw new Error(NO_RIGHT, { cause: error })
  }
}

const NO_RIGHT =
  'The blob is leased, and this identity may not break the lease. Run "reconcile --fix" or "clean --fix" as an operator, who may'

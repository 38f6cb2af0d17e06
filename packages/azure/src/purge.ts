import type { BlobItem, ContainerClient } from '@azure/storage-blob'
import { DAY_MS } from '@ckan-uplink/core/support'
import { removeBlob } from './remove-blob.ts'
import { undefinedOn } from './storage-errors.ts'

/**
 * Removes the blob with its snapshots, then its earlier versions. An account with soft delete keeps all of them for
 * some days, which only its owner can shorten. Returns the end of that time.
 * https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview
 */
export async function purge(
  container: ContainerClient,
  key: string,
  options: { readonly abortSignal: AbortSignal },
): Promise<Date | undefined> {
  await removeBlob(container.getBlobClient(key), options)
  for await (const { versionId, deleted } of copiesOf(container, key))
    if (versionId !== undefined && deleted !== true)
      await container.getBlobClient(key).withVersion(versionId).delete(options).catch(undefinedOn(404))
  let keptUntil: Date | undefined
  for await (const copy of copiesOf(container, key)) keptUntil = later(keptUntil, keptUntilOf(copy))
  return keptUntil
}

/** All snapshots and versions with exactly this name, deleted ones included. */
async function* copiesOf(container: ContainerClient, key: string): AsyncGenerator<BlobItem> {
  const all = { prefix: key, includeSnapshots: true, includeVersions: true, includeDeleted: true }
  for await (const blob of container.listBlobsFlat(all)) {
    if (blob.name !== key) return
    yield blob
  }
}

function keptUntilOf({ deleted, properties }: BlobItem): Date | undefined {
  const { deletedOn, remainingRetentionDays } = properties
  if (deleted !== true || remainingRetentionDays === undefined) return undefined
  return new Date((deletedOn?.getTime() ?? Date.now()) + (remainingRetentionDays + 1) * DAY_MS)
}

function later(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a
}

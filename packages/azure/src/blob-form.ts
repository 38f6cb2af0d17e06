import type { StoredObject } from '@ckan-uplink/core'

/** Properties of a blob that decide whether it can be linked. */
export interface BlobForm {
  readonly blobType?: string
  readonly leaseState?: string
  readonly accessTier?: string
  readonly archiveStatus?: string
  readonly copySource?: string
}

const AGAIN = 'request a new URL and upload the file again'

/** Why a blob cannot be linked; an empty object for an ordinary blob. */
export function formOf(form: BlobForm): Pick<StoredObject, 'unreadable' | 'irregular'> {
  const irregular = irregularityOf(form)
  return {
    ...(form.accessTier === 'Archive' && {
      unreadable:
        'The blob is in the archive tier and cannot be read: move it to the hot or cool tier, then upload it again.',
    }),
    ...(irregular !== undefined && { irregular }),
  }
}

function irregularityOf({ blobType, leaseState, copySource }: BlobForm): string | undefined {
  if (blobType !== undefined && blobType !== 'BlockBlob')
    return `The blob is of type ${blobType}, not BlockBlob: ${AGAIN}, with the header x-ms-blob-type: BlockBlob.`
  if (copySource !== undefined) return `The blob was copied from another address instead of being uploaded: ${AGAIN}.`
  if (leaseState === 'leased' || leaseState === 'breaking')
    return `The blob is leased, so it cannot be removed or replaced: ${AGAIN}, without a lease.`
  return undefined
}

import type { StoredObject } from '@ckan-uplink/core'

/** What Blob Storage says about a blob beside its content. */
export interface BlobForm {
  readonly blobType?: string
  readonly leaseState?: string
  readonly accessTier?: string
  readonly archiveStatus?: string
  readonly copySource?: string
}

const AGAIN = 'ask for a new URL and upload the file again'

/** In which way a blob is none that can be linked; nothing for an ordinary one. */
export function formOf(form: BlobForm): Pick<StoredObject, 'unreadable' | 'irregular'> {
  const irregular = irregularityOf(form)
  return {
    ...(form.accessTier === 'Archive' && {
      unreadable:
        'The blob is in the archive tier, from which no client can read: move it to the hot or cool tier, then upload it again.',
    }),
    ...(irregular !== undefined && { irregular }),
  }
}

function irregularityOf({ blobType, leaseState, copySource }: BlobForm): string | undefined {
  if (blobType !== undefined && blobType !== 'BlockBlob')
    return `The blob is of type ${blobType}, not BlockBlob: ${AGAIN}, with the header x-ms-blob-type: BlockBlob.`
  if (copySource !== undefined) return `The blob was copied from another address instead of being uploaded: ${AGAIN}.`
  if (leaseState === 'leased' || leaseState === 'breaking')
    return `The blob is leased, so that it cannot be removed or replaced: ${AGAIN}, without a lease.`
  return undefined
}

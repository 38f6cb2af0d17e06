import { DAY_MS } from '../support/units.ts'
import { isUploadId } from '../uploads/keys.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'

/** States that an upload does not leave by itself. */
export const ENDED: readonly UploadRecord['state'][] = ['failed', 'aborted', 'superseded', 'expired']

/** A transfer that began before the URL expired may take so long. */
export const ARRIVAL_MARGIN_MS = DAY_MS

/** The upload id in the id of a record; `undefined` for the record of a plain key. */
export function uploadIdOf(recordId: string): string | undefined {
  const uploadId = recordId.replace(/^image-/u, '')
  return isUploadId(uploadId) ? uploadId : undefined
}

/** Whether the upload has ended and CKAN never showed it. */
export function isUnlinked({ state, linked }: UploadRecord): boolean {
  return linked === undefined && ENDED.includes(state)
}

/**
 * The same for a file that no resource links to. `undefined` if CKAN has begun to register it: people may see the file
 * there.
 */
export function neverRegisteredReason(record: UploadRecord | undefined): string | undefined {
  return record?.file === undefined ? neverLinkedReason(record) : undefined
}

/** Why the file of an upload that was never linked is useless; `undefined` for all other uploads. */
export function neverLinkedReason(record: UploadRecord | undefined): string | undefined {
  if (record === undefined || !isUnlinked(record)) return undefined
  return `The upload was never linked. Its state is ${record.state}${record.reason === undefined ? '.' : `: ${record.reason}`}`
}

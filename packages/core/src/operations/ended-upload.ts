import { DAY_MS } from '../support/units.ts'
import { isUploadId } from '../uploads/keys.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'

/** States in which nothing more comes of an upload by itself. */
export const ENDED: readonly UploadRecord['state'][] = ['failed', 'aborted', 'superseded', 'expired']

/** A file that began to come before its upload's URL expired may take so long. */
export const ARRIVAL_MARGIN_MS = DAY_MS

/** The upload's id that a record's id holds; that of a plain key holds none. */
export function uploadIdOf(recordId: string): string | undefined {
  const uploadId = recordId.replace(/^image-/u, '')
  return isUploadId(uploadId) ? uploadId : undefined
}

/** Whether the upload has ended and CKAN never showed it. */
export function isUnlinked({ state, linked }: UploadRecord): boolean {
  return linked === undefined && ENDED.includes(state)
}

/** Why the file of such an upload is of no use; `undefined` for all others. */
export function neverLinkedReason(record: UploadRecord | undefined): string | undefined {
  if (record === undefined || !isUnlinked(record)) return undefined
  return `The upload was never linked, and is ${record.state}${record.reason === undefined ? '.' : `: ${record.reason}`}`
}

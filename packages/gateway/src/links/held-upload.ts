import { NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import type { StoredRecord, UploadRecord } from '@ckan-uplink/core/uploads'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import type { Records } from '../uploads/records.ts'
import { isRecordId } from '../uploads/show-record.ts'

/** A file that came by an upload link, and its dataset. */
export interface HeldUpload {
  readonly stored: StoredRecord
  readonly dataset: string
}

/** Throws `NotFoundError` for any other upload, and `NotAllowedError` for a caller who decides about another one. */
export async function findByLink(
  { read }: Pick<Records, 'read'>,
  { decision }: KnownCaller,
  id: string,
): Promise<HeldUpload> {
  if (decision !== undefined && decision.upload !== id)
    throw new NotAllowedError('This statement of CKAN is about another upload.')
  const stored = isRecordId(id) ? await read(id) : undefined
  const dataset = stored?.record.entity.dataset_id
  if (stored?.record.link === undefined || dataset === undefined)
    throw new NotFoundError('No upload by a link has this id.')
  return { stored, dataset }
}

/** Throws `RefusedError` unless the file has arrived and waits for a decision. */
export function requireProposed({ state, held }: UploadRecord): void {
  if (state === 'proposed' && held === 'proposed') return
  const why = state === 'issued' ? 'has not arrived yet, or is being linked' : `is ${state}`
  throw refusal({ id: [`This upload does not wait for a decision: it ${why}`] })
}

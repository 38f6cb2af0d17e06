import { NotAllowedError } from '@ckan-uplink/core'
import type { UploadGrant } from '../grants/grant.ts'
import type { ShownRecord } from './answers.ts'
import type { Records } from './records.ts'

/**
 * Notes in the record what CKAN showed right after it saved the form that belongs to this upload, as the grant says.
 * The save is then no later change by a person, and every change after it is one. Throws `NotAllowedError` when CKAN
 * has not saved the form, and for another upload.
 */
export async function noteSavedForm(records: Records, grant: UploadGrant, { id, key }: ShownRecord): Promise<void> {
  if (grant.scope === 'upload') {
    if (grant.is_new) throw new NotAllowedError('CKAN does not have this resource yet. Save its form first.')
    return
  }
  if (grant.upload !== id) throw new NotAllowedError('This grant is for another upload.')
  const stored = await records.read(id)
  const { url: previous_url, last_modified: previous_last_modified } = grant
  const isNoted =
    stored?.record.previous_url === previous_url && stored.record.previous_last_modified === previous_last_modified
  // If there is an object, the linker may already use what an earlier completion noted.
  if (stored?.record.state !== 'issued' || isNoted || (await records.hasObject(key))) return
  await records.replace(stored, { ...stored.record, previous_url, previous_last_modified })
}

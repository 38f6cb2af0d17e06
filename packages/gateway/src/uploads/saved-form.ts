import { NotAllowedError } from '@ckan-uplink/core'
import type { UploadGrant } from '../grants/grant.ts'
import type { ShownRecord } from './answers.ts'
import type { Records } from './records.ts'

/**
 * Notes in the record what CKAN shows after it saved the form that belongs to this upload. The save is then no later
 * change by a person. Only the first call notes it: the file may arrive days later, and a person may change the
 * resource meanwhile. Throws `NotAllowedError` when CKAN has not saved the form, and for another upload.
 */
export async function noteSavedForm(records: Records, grant: UploadGrant, { id, key }: ShownRecord): Promise<void> {
  if (grant.scope === 'upload') {
    if (grant.is_new) throw new NotAllowedError('CKAN does not have this resource yet. Save its form first.')
    return
  }
  if (grant.upload !== id) throw new NotAllowedError('This grant is for another upload.')
  const stored = await records.read(id)
  // If there is an object, the linker may already use what the first completion noted.
  if (stored?.record.state !== 'issued' || stored.record.form_saved || (await records.hasObject(key))) return
  const { url: previous_url, last_modified: previous_last_modified } = grant
  await records.replace(stored, { ...stored.record, previous_url, previous_last_modified, form_saved: true })
}

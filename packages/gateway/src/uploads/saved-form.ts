import { NotAllowedError } from '@ckan-uplink/core'
import type { UploadGrant } from '../grants/grant.ts'
import type { ShownRecord } from './answers.ts'
import { noteShown } from './note-shown.ts'
import type { Records } from './records.ts'

/**
 * Notes in the record what CKAN showed right after it saved the form that belongs to this upload, as the grant says.
 * The save is then no later change by a person. Throws `NotAllowedError` when CKAN has not saved the form, and for
 * another upload.
 */
export async function noteSavedForm(records: Records, grant: UploadGrant, record: ShownRecord): Promise<void> {
  if (grant.scope === 'upload') {
    if (grant.is_new) throw new NotAllowedError('CKAN does not have this resource yet. Save its form first.')
    return
  }
  if (grant.upload !== record.id) throw new NotAllowedError('This grant is for another upload.')
  await noteShown(records, record, grant)
}

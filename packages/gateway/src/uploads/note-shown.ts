import { UplinkError } from '@ckan-uplink/core'
import type { ShownRecord } from './answers.ts'
import type { Records } from './records.ts'

const ATTEMPTS = 4

/**
 * Notes in the record of an upload what CKAN shows now. Every change after it is then a change by a person. Does
 * nothing once the file is there, since the linker may already use what the record says, and after the upload has
 * ended. Throws when other writers keep changing the record.
 */
export async function noteShown(
  records: Records,
  { id, key }: Pick<ShownRecord, 'id' | 'key'>,
  { url: previous_url, last_modified: previous_last_modified }: { url: string; last_modified: string | null },
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = await records.read(id)
    const isNoted =
      stored?.record.previous_url === previous_url && stored.record.previous_last_modified === previous_last_modified
    if (stored?.record.state !== 'issued' || isNoted || (await records.hasObject(key))) return
    if (await records.replace(stored, { ...stored.record, previous_url, previous_last_modified })) return
  }
  throw new UplinkError('store', `The record of the upload ${id} keeps changing.`, true)
}

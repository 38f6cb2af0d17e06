import type { JsonObject } from '@ckan-uplink/core/support'
import { refusal } from '../http/validate.ts'

/** Actions whose requests may hold the bytes of a file, which are then for CKAN. */
const TAKE_BYTES = ['files_file_create', 'file_create', 'files_file_replace']

export function mayHaveBytes(action: string): boolean {
  return TAKE_BYTES.includes(action)
}

/** Throws `RefusedError` for a request without the bytes that CKAN needs. */
export function refuseWithoutBytes(action: string, { upload, storage }: JsonObject, ownStorage: string): void {
  if (!mayHaveBytes(action) || upload) return
  if (storage && storage !== ownStorage)
    throw refusal({
      upload: [`Missing value: send the bytes. Only the storage ${ownStorage} takes files without them`],
    })
}

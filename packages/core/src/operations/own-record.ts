import { isRetryable } from '../errors.ts'
import type { ObjectStore } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { readRecord, recordIdOf, type StoredRecord } from '../uploads/upload-record.ts'

/** The record of the object at a key. A record that names another key belongs to another object. */
export type OwnRecord =
  | { readonly kind: 'found'; readonly stored: StoredRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' }

export async function readOwnRecord(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  parsed: UploadKey,
): Promise<OwnRecord> {
  try {
    const stored = await readRecord(store, recordIdOf(parsed))
    return stored?.record.key === key ? { kind: 'found', stored } : { kind: 'absent' }
  } catch (error) {
    if (isRetryable(error)) throw error
    return { kind: 'unreadable' }
  }
}

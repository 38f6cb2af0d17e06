import type { StoredObject } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { ResourceKey } from '../uploads/keys.ts'
import type { FailureCode, StoredRecord } from '../uploads/upload-record.ts'

/** One key that events have pointed to, with the intent behind it, if there is one. */
export interface Upload<Key extends UploadKey = ResourceKey> {
  readonly key: string
  readonly parsed: Key
  /** A blank one without ETag where nobody has put a record. Moves on when the linker itself writes it. */
  stored: StoredRecord
  readonly attempt: number
  /** Whether its event comes again if it has to wait. */
  readonly mayWait: boolean
  /** Old and without a record: it is noted where CKAN shows it, and never linked. */
  readonly isForgotten?: boolean
  /** Found in a listing: nobody says that it has just been put. */
  readonly isListed: boolean
  /** As the listing has it. */
  readonly listedEtag?: string
}

/** An upload whose object was seen to be there and valid in this round. */
export interface Candidate<Key extends UploadKey = ResourceKey> {
  readonly upload: Upload<Key>
  readonly object: StoredObject
  readonly version: string
  /** `sha256:<hex>`, where it was verified. */
  readonly checksum?: string
}

/** What looking at an upload's object showed. */
export type Inspection<Key extends UploadKey = ResourceKey> =
  | { readonly kind: 'valid'; readonly candidate: Candidate<Key> }
  | { readonly kind: 'absent' }
  /** `etag`: of an object that is of no use to anybody and can be removed. */
  | { readonly kind: 'invalid'; readonly code: FailureCode; readonly reason: string; readonly etag?: string }
  /** The object changed while it was read. */
  | { readonly kind: 'changing' }

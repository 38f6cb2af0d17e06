import type { FileIdentity } from '../file-identity/identify.ts'
import type { StoredObject } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { ResourceKey } from '../uploads/keys.ts'
import type { FailureCode, StoredRecord } from '../uploads/upload-record.ts'

/** One key that events name, with its upload record. */
export interface Upload<Key extends UploadKey = ResourceKey> {
  readonly key: string
  readonly parsed: Key
  /** A blank record without ETag when the store has none. The linker replaces it when it writes the record. */
  stored: StoredRecord
  readonly attempt: number
  /** Whether the queue delivers the event again when it has to wait. */
  readonly mayWait: boolean
  /** Old and without a record: the linker writes a record if CKAN shows the upload, and never links it. */
  readonly isForgotten?: boolean
  /** Found in a listing, so the object may be old. */
  readonly isListed: boolean
  /** The platform's virus scanner says that it is done with the object. */
  readonly isScanned?: boolean
  /** The ETag in the listing. */
  readonly listedEtag?: string
}

/** An upload with an object that exists and was valid in this round. */
export interface Candidate<Key extends UploadKey = ResourceKey> {
  readonly upload: Upload<Key>
  readonly object: StoredObject
  readonly version: string
  /** `sha256:<hex>`, if it was verified. */
  readonly checksum?: string
}

/** A file, and what it is. */
export interface FileCandidate<Key extends UploadKey = ResourceKey> extends Candidate<Key> {
  readonly identity: FileIdentity
}

/** The result of inspecting an upload's object. */
export type Inspection<C extends Candidate<UploadKey> = FileCandidate> =
  | { readonly kind: 'valid'; readonly candidate: C }
  | { readonly kind: 'absent' }
  /** `etag` belongs to an object that is useless and can be removed. */
  | { readonly kind: 'invalid'; readonly code: FailureCode; readonly reason: string; readonly etag?: string }
  /** The object changed while it was read. */
  | { readonly kind: 'changing' }

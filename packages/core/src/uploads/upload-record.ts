import { UplinkError } from '../errors.ts'
import type { FileOwner, ObjectStore } from '../ports/index.ts'
import type { ImageOwnerType, UploadKey } from './image-keys.ts'
import { UPLINK_PREFIX } from './keys.ts'

/**
 * States only move forward, and `linked` comes last. A `failed` upload is linked when a valid object replaces the bad
 * one. An `expired` upload is linked when its object arrives late. A `superseded` upload becomes `linked` when the
 * linker that linked it earlier writes the record late. `withdrawn` is final: the file is never linked or served again.
 * A `proposed` upload has arrived and waits for a person. It is `issued` again once somebody accepts it. An upload in
 * state `scanning` has arrived and waits for a virus scanner.
 */
export const UPLOAD_STATES = [
  'issued',
  'proposed',
  'scanning',
  'failed',
  'superseded',
  'aborted',
  'expired',
  'linked',
  'withdrawn',
] as const
type UploadState = (typeof UPLOAD_STATES)[number]

/** Why an upload failed, for programs; `reason` explains it to people. */
export type FailureCode =
  | 'changed_in_ckan'
  | 'checksum_mismatch'
  | 'content_mismatch'
  | 'infected'
  | 'moved'
  | 'parked'
  | 'size_mismatch'
  | 'too_large'
  | 'type_not_allowed'
  | 'unusable_object'

/** Who withdrew a file, when and why. The removal of its bytes adds `removed_at` and `kept_until`. */
export interface Withdrawal {
  readonly at: string
  /** The name of the CKAN user, or of the virus scanner. */
  readonly by: string
  readonly reason: string
  readonly removed_at?: string
  /** Until when the store keeps copies that it does not remove, for example by soft delete. */
  readonly kept_until?: string
}

/** The caller's description of the file, from the request for the URL. */
export interface Declared {
  readonly name?: string
  readonly size?: number
  readonly mimetype?: string
  readonly format?: string
  /** `sha256:<hex>` */
  readonly hash?: string
}

/** A version that the linker wrote to CKAN. */
interface LinkedVersion {
  readonly version: string
  readonly size: number
  readonly at: string
  /** `sha256:<hex>`, where it was verified. */
  readonly checksum?: string
  /** As the linker wrote it to CKAN; absent for images, and in records of older versions. */
  readonly mimetype?: string
  /** How many versions of this upload were linked, with this one; absent: 1. */
  readonly nth?: number
}

/** What an upload is for. `file`: a file of CKAN that is linked to nothing; its id is the id of the upload. */
export type EntityType = 'resource' | ImageOwnerType | 'file'

/** The file of a linked upload in CKAN, and the last step that the linker did. `given`: nothing is left to do. */
export interface RegisteredFile {
  /** Absent when the file belonged to somebody else before the linker could register it, and with `reason`. */
  readonly id?: string
  readonly step: 'registered' | 'renamed' | 'given'
  /** Why CKAN has no file of the object, and never gets one. */
  readonly reason?: string
}

/**
 * The intent behind an upload, stored in the bucket as JSON. CKAN's URL says which upload *is* linked. The record only
 * says which uploads must *not* be linked. Times are ISO 8601 with Z.
 */
export interface UploadRecord {
  readonly version: 1
  /** A UUIDv7; for an image `image-<UUIDv7>`; for a plain key `plain-<resource id>`. */
  readonly id: string
  readonly entity: {
    readonly type: EntityType
    readonly id: string
    readonly dataset_id?: string
    /** The organization that owned the dataset or file at the time of the request; absent when it was not known. */
    readonly owner_org?: string
  }
  readonly key: string
  /** Of an upload for a `file`: to whom the linker gives it in CKAN. */
  readonly owner?: FileOwner
  /** The name of the CKAN user; absent for a plain key, and for a file that an operator copied from another bucket. */
  readonly requested_by?: string
  /** The id of that user, which never changes; absent in records of older versions. */
  readonly requested_by_id?: string
  readonly requested_at?: string
  /** The request for many files that the upload is part of, and how many of them got an upload. */
  readonly together?: { readonly request: string; readonly files: number }
  /** The id of the upload link by which a person without an account began the upload. */
  readonly link?: string
  /** SHA-256 in hex of the key by which a client reads the state; absent in records of older versions. */
  readonly status_key_hash?: string
  /** Until when the object may arrive: until the URL expires, or within a week for an upload in parts. */
  readonly expires_at?: string
  /**
   * The URL that the upload may replace: CKAN showed it at the time of the request. For a plain key, CKAN showed it
   * when the linker first saw the version `claimed`. Absent while the resource waits to be created.
   */
  readonly previous_url?: string
  readonly previous_last_modified?: string | null
  /** Whether the upload is linked only in place of `previous_…`: not even in place of an earlier upload. */
  readonly only_if_unchanged?: true
  /**
   * The version of a plain key for which the linker noted `previous_…` before it linked the version. For a `file`: the
   * version that the linker noted before it registered it in CKAN. It registers no other one.
   */
  readonly claimed?: string
  readonly declared: Declared
  /** The file of CKAN that this `file` shall replace. Its owner and pin were those of `owner`. */
  readonly replaces_file?: { readonly id: string; readonly location: string }
  /** The id of the upload whose file the gateway copied to this one. */
  readonly restored_from?: string
  readonly limits: { readonly max_bytes?: number }
  /**
   * An upload in parts. Each part has `part_size` bytes; the last part has the rest. A URL of a part is valid for
   * `expires_in` seconds. Until `expires_at` the gateway signs any number of new URLs. The store chose `id`. The URLs
   * of the parts contain it, and it is useless without their signature.
   */
  readonly multipart?: {
    readonly id: string
    readonly part_size: number
    readonly part_count: number
    readonly expires_in: number
  }
  /** With quotas: until when the upload reserves room, and the bytes that it replaces. `files` is 0 if it replaces. */
  readonly reserved?: { readonly files: number; readonly replaces_bytes: number; readonly until: string }
  /** Why the file is neither linked nor served although it has arrived. Absent: nothing holds it. */
  readonly held?: 'proposed'
  /** The last version that a virus scanner found clean. */
  readonly scanned?: string
  readonly state: UploadState
  readonly code?: FailureCode
  /** Of a linked upload: why CKAN refused to register its file. */
  readonly reason?: string
  /** The last version that was linked; it is never linked again. */
  readonly linked?: LinkedVersion
  /** When the linker submitted the linked version to the loader. */
  readonly submitted_at?: string
  readonly file?: RegisteredFile
  /** Present exactly in the state `withdrawn`. */
  readonly withdrawn?: Withdrawal
}

/** A record and its ETag, on which the next write depends. */
export interface StoredRecord {
  readonly record: UploadRecord
  /** `undefined` when the record is not stored yet. */
  readonly etag: string | undefined
}

/** All upload records have this prefix. */
export const RECORDS_PREFIX = `${UPLINK_PREFIX}uploads/`

export function recordKey(id: string): string {
  return `${RECORDS_PREFIX}${id}.json`
}

/** The id of the record of a key. Records of images begin with `image-`. */
export function recordIdOf(key: UploadKey): string {
  if (key.kind === 'image') return `image-${key.uploadId}`
  return key.kind === 'file' ? key.uploadId : (key.uploadId ?? `plain-${key.resourceId}`)
}

/** `undefined` when there is no such record. */
export async function readRecord(store: Pick<ObjectStore, 'get'>, id: string): Promise<StoredRecord | undefined> {
  const found = await store.get(recordKey(id))
  return found && { record: parseRecord(id, found.bytes), etag: found.object.etag }
}

/** Writes the record by compare-and-set. `false` when another writer has changed it; then nothing is written. */
export async function writeRecord(store: Pick<ObjectStore, 'put'>, { record, etag }: StoredRecord): Promise<boolean> {
  const bytes = new TextEncoder().encode(JSON.stringify(record))
  const onlyIf = etag === undefined ? 'absent' : { etag }
  return (await store.put(recordKey(record.id), bytes, { contentType: 'application/json', onlyIf })) !== undefined
}

function parseRecord(id: string, bytes: Uint8Array): UploadRecord {
  try {
    const record: UploadRecord = JSON.parse(new TextDecoder().decode(bytes))
    const isWhole =
      record.version === 1 &&
      record.id === id &&
      record.key &&
      record.entity.id &&
      record.declared &&
      record.limits &&
      record.state
    if (isWhole) return record
  } catch {
    // Reported below, like any other content that is not a record.
  }
  throw new UplinkError(
    'store',
    `The object ${recordKey(id)} is not an upload record of version 1: restore or remove it, then replay.`,
    false,
  )
}

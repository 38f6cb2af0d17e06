import { UplinkError } from '../errors.ts'
import type { ObjectStore } from '../ports/index.ts'
import type { ImageOwnerType, UploadKey } from './image-keys.ts'
import { UPLINK_PREFIX } from './keys.ts'

/**
 * States only move forward, `linked` last: a `failed` upload is linked when a valid object takes the place of a bad one,
 * an `expired` one is judged when its object comes late all the same, a `superseded` one when the linker that had linked it before comes to say so late.
 * `withdrawn` is final: the file is neither linked nor served any more.
 */
export const UPLOAD_STATES = ['issued', 'failed', 'superseded', 'aborted', 'expired', 'linked', 'withdrawn'] as const
type UploadState = (typeof UPLOAD_STATES)[number]

/** Why an upload failed, for programs; `reason` says it to people. */
export type FailureCode =
  | 'changed_in_ckan'
  | 'checksum_mismatch'
  | 'content_mismatch'
  | 'moved'
  | 'parked'
  | 'size_mismatch'
  | 'too_large'
  | 'type_not_allowed'
  | 'unusable_object'

/** Who took a file back, when and why. `removed_at` and `kept_until` follow when its bytes are removed. */
export interface Withdrawal {
  readonly at: string
  /** The name of the CKAN user. */
  readonly by: string
  readonly reason: string
  readonly removed_at?: string
  /** Until when the store keeps copies that it doesn't let go, such as soft-deleted ones. */
  readonly kept_until?: string
}

/** What was promised when the URL was signed. */
export interface Declared {
  readonly name?: string
  readonly size?: number
  readonly mimetype?: string
  readonly format?: string
  /** `sha256:<hex>` */
  readonly hash?: string
}

/**
 * The intent behind an upload, kept in the bucket as JSON. CKAN's URL decides what *is* linked; the record only
 * decides what must *not* be. Times are ISO 8601 with Z.
 */
export interface UploadRecord {
  readonly version: 1
  /** A UUIDv7, `image-` and one for an image, or `plain-<resource id>` for the plain key. */
  readonly id: string
  readonly entity: {
    readonly type: 'resource' | ImageOwnerType
    readonly id: string
    readonly dataset_id?: string
    /** The organization that owned the dataset when the upload was asked for; absent where that was not known. */
    readonly owner_org?: string
  }
  readonly key: string
  /** The name of the CKAN user; absent for the plain key. */
  readonly requested_by?: string
  /** That user's id, which stays when the name changes; absent in records of older versions. */
  readonly requested_by_id?: string
  readonly requested_at?: string
  /** Until when the object may come: as long as the URL lasts, or a week for an upload in parts. */
  readonly expires_at?: string
  /** What CKAN showed when the upload was asked for (a plain key: when `claimed` was first seen): what it may replace. */
  readonly previous_url?: string
  readonly previous_last_modified?: string | null
  /** A plain key's version that `previous_…` was noted for, before it was linked. */
  readonly claimed?: string
  readonly declared: Declared
  readonly limits: { readonly max_bytes?: number }
  /**
   * An upload in parts: each of `part_size` bytes, the last of what is left, put to URLs that last `expires_in` seconds and are
   * signed anew as often as wanted until `expires_at`. `id` is the store's own; the URLs of the parts show it, and without their
   * signature it is of no use.
   */
  readonly multipart?: {
    readonly id: string
    readonly part_size: number
    readonly part_count: number
    readonly expires_in: number
  }
  readonly state: UploadState
  readonly code?: FailureCode
  readonly reason?: string
  /** The last version that was linked: it is never linked again. `checksum`, where it was verified, is `sha256:<hex>`. */
  readonly linked?: { readonly version: string; readonly size: number; readonly at: string; readonly checksum?: string }
  /** When the linked version was handed to the loader. */
  readonly submitted_at?: string
  /** Present exactly in the state `withdrawn`. */
  readonly withdrawn?: Withdrawal
}

/** A record and the ETag that a change of it depends on. */
export interface StoredRecord {
  readonly record: UploadRecord
  /** `undefined`: not stored yet. */
  readonly etag: string | undefined
}

/** Below which all upload records lie. */
export const RECORDS_PREFIX = `${UPLINK_PREFIX}uploads/`

export function recordKey(id: string): string {
  return `${RECORDS_PREFIX}${id}.json`
}

/** The id of the record that belongs to a key. Records of images are served for as long as the images are, so they are told apart from those that expire. */
export function recordIdOf(key: UploadKey): string {
  if (key.kind === 'image') return `image-${key.uploadId}`
  return key.uploadId ?? `plain-${key.resourceId}`
}

/** `undefined` when there is no such record. */
export async function readRecord(store: Pick<ObjectStore, 'get'>, id: string): Promise<StoredRecord | undefined> {
  const found = await store.get(recordKey(id))
  return found && { record: parseRecord(id, found.bytes), etag: found.object.etag }
}

/** Writes the record where nobody changed it meanwhile; `false` when somebody did, and then nothing was written. */
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
    // Reported below, as any other content that is no record.
  }
  throw new UplinkError(
    'store',
    `The object ${recordKey(id)} is not an upload record of version 1: restore or remove it, then replay.`,
    false,
  )
}

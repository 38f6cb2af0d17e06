import type { ObjectEvent } from '../notifications/object-event.ts'
import type { Outcome } from '../notifications/outcome.ts'

/** Something that a reconciliation found. */
export type Finding =
  /** An object, and the linker's outcome for it. */
  | { readonly kind: 'object'; readonly event: ObjectEvent; readonly outcome: Outcome }
  /** An object whose resource or owner does not exist in CKAN, or is deleted there. */
  | { readonly kind: 'orphan'; readonly key: string; readonly size: number; readonly reason: string }
  /** A replaced, withdrawn or never linked file that the run removed, because the time in the settings is over. */
  | { readonly kind: 'removed'; readonly key: string; readonly size: number; readonly reason: string }
  /** The record of an upload that was never linked and has no file. The run removed the record. */
  | { readonly kind: 'record_removed'; readonly uploadId: string; readonly key: string; readonly reason: string }
  /** CKAN points to an object that does not exist. */
  | {
      readonly kind: 'object_gone'
      readonly datasetId: string
      readonly resourceId: string
      readonly url: string
      readonly key: string
      readonly reason: string
      readonly what_to_do: string
    }
  /**
   * A record whose upload has expired, with the state before this run; or `unreadable` for content that is no record.
   */
  | {
      readonly kind: 'stuck_record'
      readonly uploadId: string
      readonly key: string
      readonly state: string
      readonly reason: string
    }

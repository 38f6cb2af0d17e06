/**
 * A provider's report that something happened to a key. It is only a hint: it says which key to look at, never what to
 * write. It may arrive twice, late, and in any order.
 */
export interface ObjectEvent {
  readonly bucket: string
  /** The key in the store. The provider's decoder has decoded it exactly once. */
  readonly key: string
  /**
   * `listed`: nothing happened; a listing found the object. `scanned`: the platform's virus scanner is done with it.
   */
  readonly kind: 'created' | 'removed' | 'listed' | 'scanned'
  /** Whether the linker may write a missing record for an old upload that CKAN shows. */
  readonly restoresRecord?: boolean
  /** Of the object that was created or listed, without quotes; absent where the provider does not say it. */
  readonly etag?: string
  /** ISO 8601, from the provider. For logs only: the linker never orders events by it. */
  readonly time?: string
  /** How often this event has been delivered; absent: 1. */
  readonly attempt?: number
  /** Whether the queue delivers the event again when it has to wait; absent: it does not. */
  readonly mayWait?: boolean
}

/**
 * One delivery of a provider's queue, not yet decoded. With `lastAttempt` the queue will not deliver it again, so the
 * linker parks it.
 */
export interface Delivery {
  readonly id: string
  /** Starts at 1. */
  readonly attempt: number
  readonly lastAttempt: boolean
  readonly body: unknown
}

/** The decoded content of one message. */
export interface Decoded {
  /** Empty for a test message. */
  readonly events: readonly ObjectEvent[]
  /** The unreadable part, as a message of its own that a corrected decoder can read. */
  readonly malformed?: { readonly body: unknown; readonly reason: string }
}

/** A provider's decoder. Throws `MalformedNotificationError` when it can read no part of the message. */
export type Decode = (body: unknown) => Decoded

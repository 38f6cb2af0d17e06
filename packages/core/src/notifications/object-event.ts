/**
 * A provider's word that something happened to a key. It is a hint and nothing more: it never says what to write,
 * only which key to look at. May arrive twice, late, and in any order.
 */
export interface ObjectEvent {
  readonly bucket: string
  /** As the store knows the object: decoded exactly once by the provider's decoder. */
  readonly key: string
  /** `listed`: nothing happened, the object was found in a listing. */
  readonly kind: 'created' | 'removed' | 'listed'
  /** Found by a run that writes missing records for what CKAN shows. */
  readonly restoresRecord?: boolean
  /** Of what was found in a listing, without quotes. */
  readonly etag?: string
  /** ISO 8601, as the provider gave it; for logs only, order is never taken from it. */
  readonly time?: string
  /** How often this event has been delivered; absent: 1. */
  readonly attempt?: number
  /** Whether it comes again if it has to wait; absent: it does not. */
  readonly mayWait?: boolean
}

/**
 * One delivery of a provider's queue, before it is decoded.
 * `lastAttempt` tells that the queue won't deliver it again, so that the linker parks it by itself.
 */
export interface Delivery {
  readonly id: string
  /** Starts at 1. */
  readonly attempt: number
  readonly lastAttempt: boolean
  readonly body: unknown
}

/** What a decoder reads in one message. */
export interface Decoded {
  /** None for a test message. */
  readonly events: readonly ObjectEvent[]
  /** What can't be read, as a message of its own: a decoder that is repaired can read it again. */
  readonly malformed?: { readonly body: unknown; readonly reason: string }
}

/** A provider's decoder. Throws `MalformedNotificationError` where nothing in the message can be read. */
export type Decode = (body: unknown) => Decoded

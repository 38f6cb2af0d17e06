/** A message that the queue has given up. */
export interface DeadLetter {
  /** The message as the provider's decoder reads it. */
  readonly body: unknown
  /** Why the queue gave it up, as far as the platform says so. */
  readonly reason: string
}

/** The platform's dead-letter queue or container. Every failure is an `UplinkError`. */
export interface DeadLetters {
  /**
   * Hands every message to `take`, one at a time, and returns their number. Removes a message only after `take` has
   * resolved. When `take` rejects, the message stays and `drain` rejects with the same error. Ends when no message is
   * left that another consumer does not hold. May hand over a message twice.
   */
  drain(take: (letter: DeadLetter) => Promise<void>): Promise<number>
}

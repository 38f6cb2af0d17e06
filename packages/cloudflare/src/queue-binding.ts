/**
 * The used part of a queue consumer's batch. Only the first call of `ack` or `retry` counts.
 * https://developers.cloudflare.com/queues/configuration/javascript-apis/
 */
export interface MessageBatch {
  /** The queue's name. */
  readonly queue: string
  readonly messages: readonly Message[]
}

export interface Message {
  readonly id: string
  readonly body: unknown
  /** Starts at 1. */
  readonly attempts: number
  ack(): void
  retry(options: { readonly delaySeconds: number }): void
}

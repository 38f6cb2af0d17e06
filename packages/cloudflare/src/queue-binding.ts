/**
 * The part of a queue consumer's batch that is used here; the first of `ack` and `retry` counts.
 * https://developers.cloudflare.com/queues/configuration/javascript-apis/
 */
export interface MessageBatch {
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

/** The compatibility date that the Workers are tested with. */
export const COMPATIBILITY_DATE = '2026-07-01'

/**
 * How the queue delivers to the linker, within https://developers.cloudflare.com/queues/platform/limits/. The linker
 * sets the delay of each message that it answers. `retryDelaySeconds` applies to messages that it did not answer: a
 * hundred attempts last longer than an outage of 72 hours.
 */
export const CONSUMER = { batchSize: 100, maxWaitSeconds: 2, maxRetries: 100, retryDelaySeconds: 2_700 } as const

/**
 * How the queue of events delivers to the linker, so that receivers get few requests at once. The linker sets the delay
 * of each message: a hundred attempts take four days.
 */
export const WEBHOOKS_CONSUMER = { ...CONSUMER, batchSize: 10, maxConcurrency: 2 } as const

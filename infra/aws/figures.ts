import { Duration } from 'aws-cdk-lib'
import type { AwsFunction } from './names.ts'

/** The timeouts. The gateway's is below 30 s, after which the API itself answers. */
export const TIMEOUTS: Readonly<Record<AwsFunction, Duration>> = {
  linker: Duration.minutes(7),
  gateway: Duration.seconds(29),
  reconcile: Duration.minutes(15),
}

/**
 * In MiB. The memory also decides the function's share of a processor.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export const MEMORY_MIB = 1024

/**
 * The delivery by the queue. The linker sets a delay of up to an hour for each message that it answers. `visibility` is
 * the delay of unanswered messages, so that their attempts outlast 72 hours too. It is more than six times the linker's
 * timeout and the window: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const CONSUMER = {
  batchSize: 100,
  window: Duration.seconds(2),
  maxReceives: 100,
  visibility: Duration.minutes(45),
} as const

/** The delivery of events. AWS's least concurrency of a queue is 2. Each request to a receiver takes 15 s at most. */
export const WEBHOOKS_CONSUMER = { batchSize: 10, maxConcurrency: 2 } as const

/** SQS's maximum. */
export const RETENTION = Duration.days(14)

/** The nightly reconciliation, in UTC. */
export const RECONCILE_AT = { hour: '3', minute: '17' } as const

/** The hourly check of the service token, at a minute when the nightly reconciliation has ended. */
export const TRY_TOKEN_AT = { minute: '47' } as const

/** The limit of requests per second to the gateway for all callers together. Beyond it, the API answers 429. */
export const THROTTLE = { rateLimit: 100, burstLimit: 200 } as const

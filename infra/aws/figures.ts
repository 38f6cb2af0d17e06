import { Duration } from 'aws-cdk-lib'
import type { AwsFunction } from './names.ts'

/** How long each function may take; the gateway less than the 30 s after which the API answers for it. */
export const TIMEOUTS: Readonly<Record<AwsFunction, Duration>> = {
  linker: Duration.minutes(7),
  gateway: Duration.seconds(29),
  reconcile: Duration.minutes(15),
}

/** In MiB; a function gets its share of a processor with it. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MEMORY_MIB = 1024

/**
 * How the queue delivers. A message that the linker answers carries its own delay, up to an hour; `visibility` is for one that
 * it never answered, and so that attempts of that kind, too, outlast an outage of 72 hours. It is more than six times the
 * linker's time-out and the window: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const CONSUMER = {
  batchSize: 100,
  window: Duration.seconds(2),
  maxReceives: 100,
  visibility: Duration.minutes(45),
} as const

/** The longest that SQS keeps a message. */
export const RETENTION = Duration.days(14)

/** The whole bucket is looked at each night, UTC. */
export const RECONCILE_AT = { hour: '3', minute: '17' } as const

/** The service's token is tried each hour, long after the nightly look at the bucket has ended. */
export const TRY_TOKEN_AT = { minute: '47' } as const

/** Requests to the gateway, per second, all callers together: the caller of one more gets 429. */
export const THROTTLE = { rateLimit: 100, burstLimit: 200 } as const

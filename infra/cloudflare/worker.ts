import { createHash } from 'node:crypto'
import { CONSUMER, TOKEN_CRON } from '@ckan-uplink/cloudflare'
import type { WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { REQUESTS_OF_ADDRESS } from '@ckan-uplink/core'
import { settingsOf, variablesOf } from '../environment-settings.ts'
import type { CloudflareEnvironment } from './entry.ts'

const DAY_SECONDS = 86_400

/** How an operator pulls dead letters. A message that was pulled more often is deleted, so it is as often as Queues allow: https://developers.cloudflare.com/queues/configuration/pull-consumers/ */
export const DEAD_LETTER_CONSUMER = {
  batchSize: 20,
  maxRetries: 100,
  retryDelay: 0,
  visibilityTimeoutMs: 600_000,
} as const

/** The longest that Queues keep a message; the Free plan's day is shorter than an outage. */
export const RETENTION_SECONDS = 14 * DAY_SECONDS

/** When the linker's schedules run, UTC: each hour for the token, and each night, or never, for the whole bucket. */
export function linkerCrons({ reconcileNightly = true }: CloudflareEnvironment): readonly string[] {
  return reconcileNightly ? [TOKEN_CRON, '17 3 * * *'] : [TOKEN_CRON]
}

/** Of one invocation: the nightly look at a large bucket needs more of both than a Worker has unless it asks. https://developers.cloudflare.com/workers/platform/limits/ */
export const LIMITS = { cpuMs: 300_000, subrequests: 1_000_000 } as const

/** What the Worker finds its bucket under. */
export const BUCKET_BINDING = 'BUCKET'

/** The rate limits that the gateway counts by, each under the name of its binding. */
export function rateLimitsOf(name: string, environment: CloudflareEnvironment) {
  const { requestsPerMinute } = settingsOf(environment)
  return [
    { name: 'RATE_LIMIT', ...rateLimit(name, requestsPerMinute) },
    { name: 'ADDRESS_RATE_LIMIT', ...rateLimit(`${name} addresses`, requestsPerMinute * REQUESTS_OF_ADDRESS) },
  ]
}

/** The number of a rate limit has to be unique in the account. */
function rateLimit(name: string, limit: number) {
  const namespaceId = String(Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 7), 16))
  return { namespaceId, simple: { limit, period: 60 } }
}

/** The settings of each Worker that are secret, or come with one: the gateway signs URLs, the linker writes to CKAN. */
export const SECRETS = { gateway: ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY'], linker: ['CKAN_API_TOKEN'] } as const

/** The settings of a Worker that anybody may read, by name, defaults written out; throws `ConfigurationError`. */
export function workerVariables(
  worker: WorkerName,
  environment: CloudflareEnvironment,
): Readonly<Record<string, string>> {
  return {
    ...variablesOf(settingsOf(environment)),
    ...(worker === 'gateway' ? { R2_ACCOUNT_ID: environment.accountId } : { MAX_RETRIES: String(CONSUMER.maxRetries) }),
  }
}

import { createHash } from 'node:crypto'
import { CONSUMER, TOKEN_CRON } from '@ckan-uplink/cloudflare'
import type { WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { REQUESTS_OF_ADDRESS } from '@ckan-uplink/core/settings'
import { settingsOf, variablesOf } from '../environment-settings.ts'
import type { CloudflareEnvironment } from './entry.ts'

const DAY_SECONDS = 86_400

/**
 * The pulling of dead letters. Queues delete a message after too many pulls, so this is their maximum:
 * https://developers.cloudflare.com/queues/configuration/pull-consumers/
 */
export const DEAD_LETTER_CONSUMER = {
  batchSize: 20,
  maxRetries: 100,
  retryDelay: 0,
  visibilityTimeoutMs: 600_000,
} as const

/** The maximum of Queues. The Free plan's one day is shorter than an outage. */
export const RETENTION_SECONDS = 14 * DAY_SECONDS

/** The linker's schedules in UTC: hourly for the token, and nightly (or never) for the reconciliation. */
export function linkerCrons({ reconcileNightly = true }: CloudflareEnvironment): readonly string[] {
  return reconcileNightly ? [TOKEN_CRON, '17 3 * * *'] : [TOKEN_CRON]
}

/**
 * The limits of an invocation. The reconciliation of a large bucket needs more than a Worker's defaults.
 * https://developers.cloudflare.com/workers/platform/limits/
 */
export const LIMITS = { cpuMs: 300_000, subrequests: 1_000_000 } as const

/** Whether the environment has receivers of events, and so a queue for them. */
export function hasWebhooks({ webhookUrls = [] }: CloudflareEnvironment): boolean {
  return webhookUrls.length > 0
}

/** The name of the bucket's binding. */
export const BUCKET_BINDING = 'BUCKET'

/** The gateway's rate limits by the names of their bindings. */
export function rateLimitsOf(name: string, environment: CloudflareEnvironment) {
  const { requestsPerMinute } = settingsOf(environment)
  return [
    { name: 'RATE_LIMIT', ...rateLimit(name, requestsPerMinute) },
    { name: 'ADDRESS_RATE_LIMIT', ...rateLimit(`${name} addresses`, requestsPerMinute * REQUESTS_OF_ADDRESS) },
  ]
}

/** A rate limit needs a number that is unique in the account. */
function rateLimit(name: string, limit: number) {
  const namespaceId = String(Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 7), 16))
  return { namespaceId, simple: { limit, period: 60 } }
}

/** The secret settings of each Worker, and their ids: the gateway signs URLs, the linker writes to CKAN. */
export const SECRETS = {
  gateway: ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY', 'GRANT_SECRETS'],
  linker: ['CKAN_API_TOKEN', 'WEBHOOK_SECRETS'],
} as const

/** The settings of a Worker that are not secret, by name, defaults included. Throws `ConfigurationError`. */
export function workerVariables(
  worker: WorkerName,
  environment: CloudflareEnvironment,
): Readonly<Record<string, string>> {
  return {
    ...variablesOf(settingsOf(environment)),
    ...(worker === 'gateway' ? { R2_ACCOUNT_ID: environment.accountId } : { MAX_RETRIES: String(CONSUMER.maxRetries) }),
  }
}

import { cloudflareNames } from '../cloudflare-names.ts'
import type { CloudflareEnvironment } from '../environment.ts'
import { concurrencyOf } from '../environment-settings.ts'
import { BUCKET_BINDING, CONSUMER, LIMITS, RECONCILE_CRON, workerVariables } from './worker.ts'

/**
 * The configuration with which Wrangler deploys the same Worker, bound to the same bucket and queue. The bucket, its rules
 * and the queues have to be there, and the Worker's secrets are put with `wrangler secret put`.
 */
export function wranglerConfig(
  name: string,
  environment: CloudflareEnvironment,
  worker: { readonly script: string; readonly compatibilityDate: string },
): Readonly<Record<string, unknown>> {
  const names = cloudflareNames(name, environment)
  return {
    name: names.worker,
    account_id: environment.accountId,
    main: worker.script,
    no_bundle: true,
    compatibility_date: worker.compatibilityDate,
    ...address(environment),
    preview_urls: false,
    limits: { cpu_ms: LIMITS.cpuMs, subrequests: LIMITS.subrequests },
    observability: { enabled: true },
    vars: workerVariables(environment),
    r2_buckets: [{ binding: BUCKET_BINDING, bucket_name: environment.bucket }],
    queues: {
      consumers: [
        {
          queue: names.queue,
          dead_letter_queue: names.deadLetterQueue,
          max_batch_size: CONSUMER.batchSize,
          max_batch_timeout: CONSUMER.maxWaitSeconds,
          max_retries: CONSUMER.maxRetries,
          retry_delay: CONSUMER.retryDelaySeconds,
          max_concurrency: concurrencyOf(environment).consumers,
        },
      ],
    },
    triggers: { crons: [RECONCILE_CRON] },
  }
}

function address({ gatewayBy = 'custom-domain', gatewayUrl, zone }: CloudflareEnvironment): Readonly<Record<string, unknown>> {
  const { hostname } = new URL(gatewayUrl)
  if (gatewayBy === 'workers.dev') return { workers_dev: true }
  const route = gatewayBy === 'route' ? { pattern: `${hostname}/*`, zone_name: zone } : { pattern: hostname, custom_domain: true }
  return { workers_dev: false, routes: [route] }
}

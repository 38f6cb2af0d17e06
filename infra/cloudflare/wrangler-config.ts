import {
  CONSUMER,
  STATIC_FILES_BINDING,
  STATIC_FILES_ROUTING,
  WEBHOOKS_BINDING,
  WEBHOOKS_CONSUMER,
} from '@ckan-uplink/cloudflare'
import type { WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { concurrencyOf } from '../environment-settings.ts'
import type { CloudflareEnvironment } from './entry.ts'
import { cloudflareNames } from './names.ts'
import { observabilityOf } from './observability.ts'
import { snakeCased } from './snake-cased.ts'
import { BUCKET_BINDING, hasWebhooks, LIMITS, linkerCrons, rateLimitsOf, workerVariables } from './worker.ts'

type WranglerConfig = Readonly<Record<string, unknown>>

/**
 * The configuration with which Wrangler deploys one of the Workers, bound to the same bucket and queue. The bucket, its
 * rules and the queues have to exist. `wrangler secret put` sets each Worker's secrets.
 */
export function wranglerConfig(
  name: string,
  environment: CloudflareEnvironment,
  worker: { readonly name: WorkerName; readonly script: string; readonly compatibilityDate: string },
): WranglerConfig {
  return {
    name: cloudflareNames(name, environment)[worker.name],
    account_id: environment.accountId,
    main: worker.script,
    no_bundle: true,
    compatibility_date: worker.compatibilityDate,
    preview_urls: false,
    limits: { cpu_ms: LIMITS.cpuMs, subrequests: LIMITS.subrequests },
    observability: snakeCased(observabilityOf(environment)),
    vars: workerVariables(worker.name, environment),
    r2_buckets: [{ binding: BUCKET_BINDING, bucket_name: environment.bucket }],
    ...(worker.name === 'gateway'
      ? { ...address(environment), ...rateLimits(name, environment), assets: assets() }
      : { workers_dev: false, triggers: { crons: linkerCrons(environment) } }),
    ...queues(name, environment, worker.name),
  }
}

function address({
  gatewayBy = 'custom-domain',
  gatewayUrl,
  publicBucketUrl,
  publicBy = 'custom-domain',
  zone,
}: CloudflareEnvironment): WranglerConfig {
  const isFree = gatewayBy === 'workers.dev'
  const routes = [
    ...(isFree ? [] : [routeTo(gatewayUrl, gatewayBy === 'custom-domain', zone)]),
    ...(publicBucketUrl === undefined ? [] : [routeTo(publicBucketUrl, publicBy === 'custom-domain', zone)]),
  ]
  return { workers_dev: isFree, ...(routes.length > 0 && { routes }) }
}

function routeTo(url: string, isCustomDomain: boolean, zone: string | undefined): WranglerConfig {
  const { hostname } = new URL(url)
  return isCustomDomain ? { pattern: hostname, custom_domain: true } : { pattern: `${hostname}/*`, zone_name: zone }
}

function rateLimits(name: string, environment: CloudflareEnvironment): WranglerConfig {
  const limits = rateLimitsOf(name, environment)
  return { ratelimits: limits.map(({ namespaceId, ...limit }) => ({ ...limit, namespace_id: namespaceId })) }
}

/** The folder beside the script. */
function assets(): WranglerConfig {
  const { htmlHandling, notFoundHandling, runWorkerFirst } = STATIC_FILES_ROUTING
  return {
    directory: 'static',
    binding: STATIC_FILES_BINDING,
    html_handling: htmlHandling,
    not_found_handling: notFoundHandling,
    run_worker_first: runWorkerFirst,
  }
}

function queues(name: string, environment: CloudflareEnvironment, worker: WorkerName): WranglerConfig {
  const { webhooksQueue } = cloudflareNames(name, environment)
  const producers = hasWebhooks(environment) ? [{ binding: WEBHOOKS_BINDING, queue: webhooksQueue }] : []
  const consumers = worker === 'linker' ? consumersOf(name, environment) : []
  if (producers.length + consumers.length === 0) return {}
  return { queues: { ...(producers.length > 0 && { producers }), ...(consumers.length > 0 && { consumers }) } }
}

function consumersOf(name: string, environment: CloudflareEnvironment): readonly WranglerConfig[] {
  const { queue, deadLetterQueue, webhooksQueue, webhooksDeadLetterQueue } = cloudflareNames(name, environment)
  const links = {
    queue,
    dead_letter_queue: deadLetterQueue,
    max_batch_size: CONSUMER.batchSize,
    max_batch_timeout: CONSUMER.maxWaitSeconds,
    max_retries: CONSUMER.maxRetries,
    retry_delay: CONSUMER.retryDelaySeconds,
    max_concurrency: concurrencyOf(environment).consumers,
  }
  const events = {
    queue: webhooksQueue,
    dead_letter_queue: webhooksDeadLetterQueue,
    max_batch_size: WEBHOOKS_CONSUMER.batchSize,
    max_batch_timeout: WEBHOOKS_CONSUMER.maxWaitSeconds,
    max_retries: WEBHOOKS_CONSUMER.maxRetries,
    retry_delay: WEBHOOKS_CONSUMER.retryDelaySeconds,
    max_concurrency: WEBHOOKS_CONSUMER.maxConcurrency,
  }
  return hasWebhooks(environment) ? [links, events] : [links]
}

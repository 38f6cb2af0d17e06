import { WEBHOOKS_QUEUE_SUFFIX } from '@ckan-uplink/cloudflare'
import type { CloudflareEnvironment } from './entry.ts'

/** The names of an environment's resources on Cloudflare. */
export interface CloudflareNames {
  readonly gateway: string
  readonly linker: string
  readonly queue: string
  readonly deadLetterQueue: string
  /** The queue of events for receivers, which exists only with receivers. */
  readonly webhooksQueue: string
  readonly webhooksDeadLetterQueue: string
}

/** The names. They are unique in the account if the environment's name is. */
export function cloudflareNames(
  name: string,
  { queue = `ckan-uplink-${name}` }: CloudflareEnvironment,
): CloudflareNames {
  return {
    gateway: `ckan-uplink-${name}`,
    linker: `ckan-uplink-${name}-linker`,
    queue,
    deadLetterQueue: `${queue}-dead-letters`,
    webhooksQueue: `${queue}${WEBHOOKS_QUEUE_SUFFIX}`,
    webhooksDeadLetterQueue: `${queue}${WEBHOOKS_QUEUE_SUFFIX}-dead`,
  }
}

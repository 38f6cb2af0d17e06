import type { CloudflareEnvironment } from './environment.ts'

/** What the resources of an environment are called at Cloudflare. */
export interface CloudflareNames {
  readonly worker: string
  readonly queue: string
  readonly deadLetterQueue: string
}

/** The names, each unique in the account as long as the environment's is. */
export function cloudflareNames(name: string, { queue = `ckan-uplink-${name}` }: CloudflareEnvironment): CloudflareNames {
  return { worker: `ckan-uplink-${name}`, queue, deadLetterQueue: `${queue}-dead-letters` }
}

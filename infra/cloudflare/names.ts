import type { CloudflareEnvironment } from './entry.ts'

/** What the resources of an environment are called at Cloudflare. */
export interface CloudflareNames {
  readonly gateway: string
  readonly linker: string
  readonly queue: string
  readonly deadLetterQueue: string
}

/** The names, each unique in the account as long as the environment's is. */
export function cloudflareNames(
  name: string,
  { queue = `ckan-uplink-${name}` }: CloudflareEnvironment,
): CloudflareNames {
  return {
    gateway: `ckan-uplink-${name}`,
    linker: `ckan-uplink-${name}-linker`,
    queue,
    deadLetterQueue: `${queue}-dead-letters`,
  }
}

import type { Settings } from '@ckan-uplink/core/settings'

/** The resources of a deployment that operators reach, by name. */
export interface CloudflareResources {
  readonly accountId: string
  readonly queue: string
  readonly deadLetterQueue: string
  /** Where events go that a receiver did not take. It exists only with receivers. */
  readonly lostEventsQueue: string
  /** The linker's Worker. */
  readonly linker: string
  /** The value of the linker's setting MAX_RETRIES. */
  readonly maxRetries: number
}

export interface CloudflareDeployment extends CloudflareResources {
  readonly settings: Settings
}

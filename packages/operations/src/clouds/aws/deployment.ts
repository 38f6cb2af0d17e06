import type { Settings } from '@ckan-uplink/core'

/** The resources of a deployment that operators reach, by name. */
export interface AwsResources {
  readonly region: string
  readonly topic: string
  readonly queue: string
  readonly deadLetterQueue: string
  /** The linker's function. */
  readonly linker: string
}

export interface AwsDeployment extends AwsResources {
  readonly settings: Settings
}

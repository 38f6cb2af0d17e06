import type { Settings } from '@ckan-uplink/core/settings'
import type { Mails } from './mail-check.ts'

/** The resources of a deployment that operators reach, by name. */
export interface AwsResources {
  /** Absent if the entry has no addresses for alarms. */
  readonly mails?: Mails
  /** The account that the operator's credentials have to belong to. */
  readonly accountId: string
  readonly region: string
  readonly topic: string
  readonly queue: string
  readonly deadLetterQueue: string
  /** Where events go that a receiver did not take. It exists only with receivers. */
  readonly lostEventsQueue: string
  /** The linker's function. */
  readonly linker: string
}

export interface AwsDeployment extends AwsResources {
  readonly settings: Settings
}

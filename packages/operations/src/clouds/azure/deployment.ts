import type { Settings } from '@ckan-uplink/core/settings'

/** The resources of a deployment that operators reach. Ids are paths below Azure's management endpoint. */
export interface AzureResources {
  readonly subscriptionId: string
  /** The blob endpoint. */
  readonly storageUrl: string
  /** The storage account's id. */
  readonly storageAccount: string
  readonly deadLetterContainer: string
  /** Where events go that a receiver did not take. It exists only with receivers. */
  readonly lostEventsQueue: string
  /** The function app that Event Grid calls. */
  readonly linkerApp: string
  /** The id of Event Grid's subscription. */
  readonly subscription: string
}

export interface AzureDeployment extends AzureResources {
  readonly settings: Settings
}

import type { AzureEnvironment } from './entry.ts'

/** The names of an environment's resources at Azure that scripts need besides the program. */
export interface AzureNames {
  readonly resourceGroup: string
  /** Unique in all of Azure: its address is `https://<name>.azurewebsites.net`. */
  readonly functionApp: string
  /** The linker and the reconciliation have an app of their own, because only they have the service's token. */
  readonly linkerApp: string
  /** For the Functions host and the deployed package of the gateway's app. Uploads have an account of their own. */
  readonly hostStorageAccount: string
  readonly linkerHostStorageAccount: string
  /** Beside the container of uploads. Its blobs cause no notifications. */
  readonly deadLetterContainer: string
}

/** The host name that Azure gives a function app. */
export const APP_HOST = /^([a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9]))\.azurewebsites\.net$/u

/** The queue of events, in the account of the uploads. */
export const WEBHOOKS_QUEUE = 'uplink-webhooks'

/** An undelivered event waits five minutes each time, for three days. */
export const EVENT_ATTEMPTS = 900

/** The host of Functions chooses this name. */
export const LOST_EVENTS_QUEUE = `${WEBHOOKS_QUEUE}-poison`

export const DEAD_LETTER_CONTAINER = 'uplink-dead-letters'
export const HOST_SUFFIX = 'host'
const LINKER_HOST_SUFFIX = 'link'

/** The names. They are as unique as the storage account's name, because each environment has its own account. */
export function azureNames(name: string, { storageAccount, gatewayUrl, adopt }: AzureEnvironment): AzureNames {
  return {
    resourceGroup: adopt?.resourceGroup ?? `ckan-uplink-${name}`,
    functionApp: APP_HOST.exec(new URL(gatewayUrl).hostname)?.[1] ?? storageAccount,
    linkerApp: `${storageAccount}-linker`,
    hostStorageAccount: `${storageAccount}${HOST_SUFFIX}`,
    linkerHostStorageAccount: `${storageAccount}${LINKER_HOST_SUFFIX}`,
    deadLetterContainer: DEAD_LETTER_CONTAINER,
  }
}

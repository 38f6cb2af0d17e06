import type { AzureEnvironment } from './entry.ts'

/** What the resources of an environment are called at Azure, where a script has to know it as well as the program. */
export interface AzureNames {
  readonly resourceGroup: string
  /** Unique in all of Azure: its address is `https://<name>.azurewebsites.net`. */
  readonly functionApp: string
  /** The linker and the reconciliation have an app of their own, since they alone have the service's token. */
  readonly linkerApp: string
  /** What the Functions host and the deployed package of an app need, apart from what people upload. */
  readonly hostStorageAccount: string
  readonly linkerHostStorageAccount: string
  /** Beside the container of uploads, out of reach of its notifications. */
  readonly deadLetterContainer: string
}

/** The host that a function app has from Azure. */
export const APP_HOST = /^([a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9]))\.azurewebsites\.net$/u

export const DEAD_LETTER_CONTAINER = 'uplink-dead-letters'
export const HOST_SUFFIX = 'host'
const LINKER_HOST_SUFFIX = 'link'

/** The names; an environment has a storage account of its own, so that they are as unique as the account's. */
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

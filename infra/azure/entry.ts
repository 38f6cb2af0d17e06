import type { CommonEnvironment, OwnFields, SecretReference } from '../common-environment.ts'

/** An entry of `environments.ts` on Azure. The key vault holds the secret of `ckanToken`. */
export interface AzureEnvironment extends CommonEnvironment {
  readonly provider: 'azure'
  /** A UUID. */
  readonly subscriptionId: string
  /** Such as `germanywestcentral`. */
  readonly location: string
  /** A storage account for this environment alone. Its name is unique in all of Azure. */
  readonly storageAccount: string
  /** How many days the account keeps removed and overwritten blobs, by soft delete. Absent: it keeps none. */
  readonly keepRemovedDays?: number
  /**
   * Whether the account's two keys open it, with all its containers and all rights. Only CKAN's storage adapter needs
   * that, for `filesStorage`. Default: false.
   */
  readonly allowSharedKeyAccess?: boolean
  /** The key vault with `ckanToken`. You make it before the first deployment; no deployment makes it. */
  readonly keyVault: { readonly name: string; readonly resourceGroup: string }
  /**
   * Sends logs and traces to an OTLP endpoint beside Application Insights. The secret of the key vault holds the
   * headers of the requests, such as `Authorization=Bearer …`.
   */
  readonly openTelemetry?: { readonly endpoint: string; readonly headers?: SecretReference }
  /** The resource group of an existing storage account and container, which the deployment does not change. */
  readonly adopt?: { readonly resourceGroup: string }
}

export const AZURE_FIELDS = {
  subscriptionId: true,
  location: true,
  storageAccount: true,
  keyVault: true,
  keepRemovedDays: true,
  allowSharedKeyAccess: true,
  openTelemetry: true,
  adopt: true,
} satisfies OwnFields<AzureEnvironment>

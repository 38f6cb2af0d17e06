import { ConfigurationError } from '@ckan-uplink/core'
import * as keyvault from '@pulumi/azure-native/keyvault/index.js'
import * as storage from '@pulumi/azure-native/storage/index.js'
import * as pulumi from '@pulumi/pulumi'
import type { AzureEnvironment } from './entry.ts'

interface Existing {
  readonly account: {
    readonly id: pulumi.Output<string>
    readonly name: pulumi.Output<string>
    readonly resourceGroupName: pulumi.Output<string>
  }
  readonly container: { readonly id: pulumi.Output<string>; readonly name: pulumi.Output<string> }
}

/** The ids of adopted resources. Absent if the deployment creates everything. */
export function existingIds({ adopt, subscriptionId, storageAccount, bucket }: AzureEnvironment): Existing | undefined {
  if (adopt === undefined) return undefined
  const id = `${groupId(subscriptionId, adopt.resourceGroup)}/providers/Microsoft.Storage/storageAccounts/${storageAccount}`
  return {
    account: {
      id: pulumi.output(id),
      name: pulumi.output(storageAccount),
      resourceGroupName: pulumi.output(adopt.resourceGroup),
    },
    container: { id: pulumi.output(`${id}/blobServices/default/containers/${bucket}`), name: pulumi.output(bucket) },
  }
}

/** The id of a secret in the key vault. */
export function secretId({ subscriptionId, keyVault }: AzureEnvironment, secret: string): string {
  return `${groupId(subscriptionId, keyVault.resourceGroup)}/providers/Microsoft.KeyVault/vaults/${keyVault.name}/secrets/${secret}`
}

/** Throws `ConfigurationError` with all resources that an environment needs but that do not exist. */
export async function checkExisting(environment: AzureEnvironment, options: pulumi.InvokeOptions): Promise<void> {
  const { keyVault, ckanToken, grantSecret, webhookSecret, openTelemetry, adopt } = environment
  const { storageAccount: accountName, bucket: containerName } = environment
  // Azure's answer has the secret's address and dates, never its value:
  // https://learn.microsoft.com/rest/api/keyvault/keyvault/secrets/get
  const findSecret = (secretName: string, content: string) =>
    faultOf(
      keyvault.getSecret({ resourceGroupName: keyVault.resourceGroup, vaultName: keyVault.name, secretName }, options),
      `The secret ${secretName} was not found in the key vault ${keyVault.name} of the resource group ${keyVault.resourceGroup}: put ${content} there`,
    )
  const container =
    adopt && storage.getBlobContainer({ resourceGroupName: adopt.resourceGroup, accountName, containerName }, options)
  const faults = await Promise.all([
    findSecret(ckanToken.secret, "CKAN's token"),
    grantSecret && findSecret(grantSecret.secret, 'the secret of the plugin'),
    webhookSecret && findSecret(webhookSecret.secret, 'the secret of webhooks'),
    openTelemetry?.headers && findSecret(openTelemetry.headers.secret, 'the headers for the OTLP endpoint'),
    faultOf(
      container,
      `The container ${containerName} was not found in the storage account ${accountName} of the resource group ${adopt?.resourceGroup}: create it`,
    ),
  ])
  const found = faults.filter((fault) => fault !== undefined)
  if (found.length > 0) throw new ConfigurationError(found)
}

async function faultOf(lookup: Promise<unknown> | undefined, sentence: string): Promise<string | undefined> {
  try {
    await lookup
    return undefined
  } catch (error) {
    const [said = ''] = String(error instanceof Error ? error.message : error)
      .trim()
      .split('\n', 1)
    return `${sentence}, correct the entry, or sign in with az login as a user who may read it. Azure said: ${said}`
  }
}

function groupId(subscriptionId: string, resourceGroup: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
}

import type { Cloud } from '../cloud.ts'
import { pulumiCommand } from '../pulumi-command.ts'
import { checkAzure } from './check.ts'
import { AZURE_FIELDS, type AzureEnvironment } from './entry.ts'
import { azureNames } from './names.ts'

export const azure: Cloud<AzureEnvironment> = {
  label: 'Azure',
  fields: AZURE_FIELDS,
  check: (_name, environment) => checkAzure(environment),
  owned: (_name, { storageAccount }) => ({ storageAccount }),
  command: pulumiCommand,
  projects: ['azure', 'pulumi'],
  bundles: async () => (await import('./bundles.ts')).bundles,
  async open(name, environment, options) {
    const { openAzure } = await import('@ckan-uplink/operations/clouds/azure')
    const { subscriptionId, storageAccount, adopt } = environment
    const { resourceGroup, linkerApp, deadLetterContainer } = azureNames(name, environment)
    const providersOf = (group: string) => `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers`
    const topic = `${providersOf(resourceGroup)}/Microsoft.EventGrid/systemTopics/ckan-uplink-${name}`
    const accounts = `${providersOf(adopt?.resourceGroup ?? resourceGroup)}/Microsoft.Storage/storageAccounts`
    const resources = {
      subscriptionId,
      storageUrl: `https://${storageAccount}.blob.core.windows.net`,
      storageAccount: `${accounts}/${storageAccount}`,
      linkerApp,
      deadLetterContainer,
      subscription: `${topic}/eventSubscriptions/ckan-uplink-${name}`,
    }
    return openAzure(resources, options)
  },
}

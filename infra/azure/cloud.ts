import type { Cloud } from '../cloud.ts'
import { concurrencyOf } from '../environment-settings.ts'
import { pulumiCommand } from '../pulumi-command.ts'
import { readPulumiStack } from '../pulumi-stack.ts'
import { checkAzure } from './check.ts'
import { AZURE_FIELDS, type AzureEnvironment } from './entry.ts'
import { azureNames, LOST_EVENTS_QUEUE } from './names.ts'

export const azure: Cloud<AzureEnvironment> = {
  label: 'Azure',
  fields: AZURE_FIELDS,
  check: (_name, environment) => checkAzure(environment),
  owned: (_name, { storageAccount }) => ({ storageAccount }),
  command: pulumiCommand,
  async storeSecret(name, environment, secret, value) {
    const { storeAzureSecret } = await import('@ckan-uplink/operations/clouds/azure')
    await storeAzureSecret(environment.keyVault.name, secret, value, process.env)
    const { resourceGroup, functionApp, linkerApp } = azureNames(name, environment)
    const app = secret === environment.ckanToken.secret ? linkerApp : functionApp
    return `The deployed app uses it within a day, or at once after: az functionapp restart --resource-group ${resourceGroup} --name ${app}`
  },
  newEntry: async () => (await import('./new-entry.ts')).newEntry,
  projects: ['azure', 'pulumi'],
  bundles: async () => (await import('./bundles.ts')).bundles,
  async beforeDeploy(name, environment, client, env) {
    const { azureBeforeDeploy, personalIdentity } = await import('@ckan-uplink/operations/clouds/azure')
    const { subscriptionId, location, storageAccount, keyVault, ckanToken, adopt } = environment
    const names = azureNames(name, environment)
    const { KEY_VAULT_URL: vaultUrl = '', AZURE_MANAGEMENT_URL: managementUrl = '' } = env
    const plan = {
      instances: concurrencyOf(environment).consumers,
      ...{ environment: name, subscriptionId, location, resourceGroup: names.resourceGroup },
      isAdopted: adopt !== undefined,
      storageAccounts: [storageAccount, names.hostStorageAccount, names.linkerHostStorageAccount],
      functionApps: [names.functionApp, names.linkerApp],
      ...{ vault: keyVault.name, secret: ckanToken.secret },
      readStack: () => readPulumiStack(name),
    }
    const addresses = { ...(vaultUrl && { vaultUrl }), ...(managementUrl && { managementUrl }) }
    return azureBeforeDeploy(plan, personalIdentity(), client, addresses)
  },
  async openLogs(name, environment, { needs, env }) {
    const { findIdentity, LOGS_SCOPE, openAzureLogs } = await import('@ckan-uplink/operations/clouds/azure')
    const { resourceGroup, functionApp: gatewayApp, linkerApp } = azureNames(name, environment)
    const group = `/subscriptions/${environment.subscriptionId}/resourceGroups/${resourceGroup}`
    const workspace = `${group}/providers/Microsoft.OperationalInsights/workspaces/ckan-uplink-${name}`
    const { AZURE_MANAGEMENT_URL: managementUrl = '', AZURE_LOG_ANALYTICS_URL: logAnalyticsUrl = '' } = env
    const addresses = { ...(managementUrl && { managementUrl }), ...(logAnalyticsUrl && { logAnalyticsUrl }) }
    const identity = await findIdentity(needs, LOGS_SCOPE)
    return openAzureLogs({ workspace, gatewayApp, linkerApp }, identity, addresses)
  },
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
      lostEventsQueue: LOST_EVENTS_QUEUE,
      subscription: `${topic}/eventSubscriptions/ckan-uplink-${name}`,
    }
    return openAzure(resources, options)
  },
}

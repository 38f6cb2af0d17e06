import type { Deployment } from '@ckan-uplink/operations'
import { awsNames } from './aws-names.ts'
import { azureNames } from './azure-names.ts'
import { CONSUMER } from './cloudflare/worker.ts'
import { cloudflareNames } from './cloudflare-names.ts'
import type { Environment } from './environment.ts'
import { settingsOf } from './environment-settings.ts'

/** What an operator's commands have to know of an environment; throws `ConfigurationError`. */
export function deploymentOf(name: string, environment: Environment): Deployment {
  const common = { name, settings: settingsOf(environment) }
  switch (environment.provider) {
    case 'cloudflare': {
      const { linker, queue, deadLetterQueue } = cloudflareNames(name, environment)
      return {
        ...common,
        provider: 'cloudflare',
        accountId: environment.accountId,
        linker,
        queue,
        deadLetterQueue,
        maxRetries: CONSUMER.maxRetries,
      }
    }
    case 'aws': {
      const { topic, queue, deadLetterQueue, functions } = awsNames(name)
      const names = { topic, queue, deadLetterQueue, linker: functions.linker }
      return {
        ...common,
        provider: 'aws',
        region: environment.region,
        ...names,
        gatewayUnknown: environment.gatewayUrl === undefined,
      }
    }
    case 'azure': {
      const { resourceGroup, linkerApp, deadLetterContainer } = azureNames(name, environment)
      const storageUrl = `https://${environment.storageAccount}.blob.core.windows.net`
      const groupId = (group: string) =>
        `/subscriptions/${environment.subscriptionId}/resourceGroups/${group}/providers`
      const topic = `${groupId(resourceGroup)}/Microsoft.EventGrid/systemTopics/ckan-uplink-${name}`
      const ownGroup = environment.adopt?.resourceGroup ?? resourceGroup
      return {
        ...common,
        provider: 'azure',
        storageUrl,
        storageAccount: `${groupId(ownGroup)}/Microsoft.Storage/storageAccounts/${environment.storageAccount}`,
        linkerApp,
        deadLetterContainer,
        subscription: `${topic}/eventSubscriptions/ckan-uplink-${name}`,
      }
    }
  }
}

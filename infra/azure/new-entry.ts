import { addressOf, askTool, type NewEntry } from '../new-entry.ts'

export const newEntry: NewEntry = {
  questions: [
    {
      flag: 'subscription',
      text: 'Id of the subscription',
      propose: () => askTool('az', 'account', 'show', '--query', 'id', '--output', 'tsv'),
    },
    {
      flag: 'location',
      text: 'Region with Flex Consumption',
      propose: () => askTool('az', 'config', 'get', 'defaults.location', '--query', 'value', '--output', 'tsv'),
    },
    { flag: 'storage-account', text: 'Name of the storage account to create, unique in all of Azure' },
    {
      flag: 'host',
      text: "The gateway's host",
      propose: ({ 'storage-account': account = '' }) => `${account}.azurewebsites.net`,
    },
    {
      flag: 'vault',
      text: 'Name of your key vault',
      propose: () => askTool('az', 'keyvault', 'list', '--query', '[0].name', '--output', 'tsv'),
    },
    {
      flag: 'vault-group',
      text: "The key vault's resource group",
      propose: ({ vault = '' }) =>
        askTool('az', 'keyvault', 'list', '--query', `[?name=='${vault}'].resourceGroup`, '--output', 'tsv'),
    },
  ],
  fieldsOf: ({ subscription, location, 'storage-account': storageAccount, host = '', vault, ...rest }) => ({
    subscriptionId: subscription,
    location,
    storageAccount,
    keyVault: { name: vault, resourceGroup: rest['vault-group'] },
    gatewayUrl: addressOf(host),
    keepRemovedDays: 7,
  }),
  secretName: (name) => `ckan-token-${name}`,
  firstCommand: (name) => `npm run pulumi -- ${name} stack init`,
}

import { readConfig, settingNames } from '@ckan-uplink/azure'
import { describe, expect, it } from 'vitest'
import { concurrencyOf, notifiedPrefixes, settingsOf } from '../../environment-settings.ts'
import { packFunctions } from '../code.ts'
import { CLIENT_ID, deployWithMocks, idOf, type MockDeployment } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const { subscriptionId } = least
const SECRET = `/subscriptions/${subscriptionId}/resourceGroups/secrets/providers/Microsoft.KeyVault/vaults/open-data/secrets/ckan-token`
const ACCOUNT = `/subscriptions/${subscriptionId}/resourceGroups/open-data/providers/Microsoft.Storage/storageAccounts/opendatauploads`

function settingsOfApp({ only }: MockDeployment): Readonly<Record<string, string>> {
  const { appSettings } = only('WebApp').inputs['siteConfig'] as { readonly appSettings: readonly { readonly name: string; readonly value: string }[] }
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]))
}

describe('a deployment', () => {
  it('tells the gateway, the container, the subscription and the dead letters under the names that every cloud has', async () => {
    expect((await deployWithMocks('staging', least)).outputs).toEqual({
      gatewayUrl: 'https://ckan-uploads.azurewebsites.net',
      bucket: 'open-data',
      queue: 'ckan-uplink-staging',
      deadLetterQueue: 'uplink-dead-letters',
    })
  })

  it('makes nothing but what the environment asks for, all of it in the subscription of the entry', async () => {
    const { made } = await deployWithMocks('staging', least)
    const counts = Object.entries(Object.groupBy(made, ({ type }) => type)).map(([type, some = []]) => `${some.length} ${type}`)
    expect(counts.toSorted()).toEqual([
      '1 AppServicePlan',
      '1 BlobServiceProperties',
      '1 Command',
      '1 Component',
      '1 ManagementPolicy',
      '1 ResourceGroup',
      '1 SystemTopic',
      '1 SystemTopicEventSubscription',
      '1 UserAssignedIdentity',
      '1 WebApp',
      '1 WebAppScmAllowed',
      '1 Workspace',
      '2 StorageAccount',
      '3 BlobContainer',
      '6 RoleAssignment',
    ])
    for (const { type, provider } of made) if (type !== 'Command') expect(provider).toMatch(/::staging::/u)
  })

  it('stops before it makes anything when the secret, or what is to be adopted, is not there, and tells both', async () => {
    await expect(deployWithMocks('staging', most, { missing: true })).rejects.toMatchObject({
      faults: [
        expect.stringMatching(/^The secret ckan-token was not found in the key vault open-data of the resource group secrets: put CKAN.s token there/u),
        expect.stringMatching(/^The container open-data was not found in the storage account opendatauploads of the resource group open-data: /u),
      ],
      made: [],
    })
  })

  it('never learns the token: it names the secret, and keeps no key of an account', async () => {
    const deployment = await deployWithMocks('staging', most)
    expect(settingsOfApp(deployment)['CKAN_API_TOKEN']).toBe('@Microsoft.KeyVault(VaultName=open-data;SecretName=ckan-token)')
    expect(deployment.made.map(({ type }) => type)).not.toContain('Secret')
    for (const { inputs } of deployment.all('StorageAccount')) expect(inputs).toMatchObject({ allowSharedKeyAccess: false })
  })
})

describe('when it is removed, a deployment', () => {
  it('leaves the container of uploads with all that it is in, and nothing that would be in the way of the next one', async () => {
    const account = ['BlobServiceProperties', 'ManagementPolicy', 'ResourceGroup', 'StorageAccount']
    expect((await deployWithMocks('staging', least)).kept.toSorted()).toEqual(['BlobContainer', ...account].map((type) => `${type} staging`))
    expect((await deployWithMocks('staging', most)).kept).toEqual([])
  })
})

describe('the container', () => {
  it('is private, over TLS 1.2 alone, in an account without keys that copies nothing to other tenants', async () => {
    const { all } = await deployWithMocks('staging', least)
    expect(all('BlobContainer').map(({ inputs }) => [inputs['containerName'], inputs['publicAccess']])).toEqual(
      expect.arrayContaining([
        ['open-data', 'None'],
        ['uplink-dead-letters', 'None'],
      ]),
    )
    for (const { inputs } of all('StorageAccount'))
      expect(inputs).toMatchObject({
        minimumTlsVersion: 'TLS1_2',
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: false,
        allowCrossTenantReplication: false,
      })
  })

  it.each([
    ['from no other web page than', ['https://ckan.example.org'], [expect.objectContaining({ allowedOrigins: ['https://ckan.example.org'] })]],
    ['from no web page when there is', [], []],
  ])('may be uploaded to %s %j', async (_, allowedOrigins, corsRules) => {
    const { only } = await deployWithMocks('staging', { ...least, allowedOrigins })
    expect(only('BlobServiceProperties').inputs['cors']).toEqual({ corsRules })
  })

  it('lets a web page send the headers that an upload needs', async () => {
    const { only } = await deployWithMocks('staging', { ...least, allowedOrigins: ['*'] })
    const { corsRules } = only('BlobServiceProperties').inputs['cors'] as { readonly corsRules: readonly Record<string, readonly string[]>[] }
    expect(corsRules[0]).toMatchObject({ allowedMethods: expect.arrayContaining(['PUT']), allowedHeaders: expect.arrayContaining(['x-ms-*', 'content-type']) })
  })

  it('drops marks of unfinished uploads after a week, and records of uploads with an id after a year, but no record of a plain key and nothing parked', async () => {
    const { rules } = (await deployWithMocks('staging', least)).only('ManagementPolicy').inputs['policy'] as { readonly rules: readonly unknown[] }
    const rule = (prefix: string, days: number) => ({
      enabled: true,
      type: 'Lifecycle',
      definition: {
        filters: { blobTypes: ['blockBlob'], prefixMatch: [prefix] },
        actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: days } } },
      },
    })
    expect(rules).toMatchObject([rule('open-data/uplink/parts/', 7), rule('open-data/uplink/uploads/0', 365)])
  })

  it('is used as it is when it is there already, with its account, its rules and its resource group', async () => {
    const { made, all, only } = await deployWithMocks('staging', most)
    expect(made.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['ResourceGroup']))
    expect(made.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['ManagementPolicy']))
    expect(all('StorageAccount').map(({ inputs }) => inputs['accountName'])).toEqual(['opendatauploadshost'])
    expect(all('BlobContainer').map(({ inputs }) => inputs['containerName'])).toEqual(expect.not.arrayContaining(['open-data']))
    expect(only('SystemTopic').inputs).toMatchObject({ source: ACCOUNT, resourceGroupName: 'open-data' })
  })
})

describe('the road from the container to the linker', () => {
  it.each([
    ['the least', least],
    ['the most', most],
  ])('tells of every blob that came to be below a prefix that the linker reads, where the environment says %s', async (_, environment) => {
    const { filter } = (await deployWithMocks('staging', environment)).only('SystemTopicEventSubscription').inputs
    expect(filter).toEqual({
      isSubjectCaseSensitive: false,
      includedEventTypes: ['Microsoft.Storage.BlobCreated'],
      advancedFilters: [
        {
          operatorType: 'StringBeginsWith',
          key: 'subject',
          values: notifiedPrefixes(settingsOf(environment)).map((prefix) => `/blobServices/default/containers/open-data/blobs/${prefix}`),
        },
      ],
    })
  })

  it('is made when the functions are published, and not before', async () => {
    const { made, only } = await deployWithMocks('staging', least)
    const order = made.map(({ type }) => type)
    expect(order.indexOf('WebApp')).toBeLessThan(order.indexOf('Command'))
    expect(order.indexOf('Command')).toBeLessThan(order.indexOf('SystemTopicEventSubscription'))
    expect(only('Command').inputs).toEqual({
      create: 'node --conditions=source ../azure/publish.ts staging',
      triggers: [(await packFunctions()).digest, idOf('WebApp', 'staging')],
    })
  })

  it('delivers batches to the linker for as long and as often as Event Grid can', async () => {
    const { inputs } = (await deployWithMocks('staging', least)).only('SystemTopicEventSubscription')
    expect(inputs).toMatchObject({
      eventDeliverySchema: 'EventGridSchema',
      destination: { endpointType: 'AzureFunction', resourceId: `${idOf('WebApp', 'staging')}/functions/linker`, maxEventsPerBatch: 50 },
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
    })
  })

  it('keeps what it gives up in a container of its own, as somebody who may write there and nowhere else', async () => {
    const { only, all } = await deployWithMocks('staging', least)
    expect(only('SystemTopicEventSubscription').inputs['deadLetterWithResourceIdentity']).toEqual({
      identity: { type: 'SystemAssigned' },
      deadLetterDestination: { endpointType: 'StorageBlob', resourceId: idOf('StorageAccount', 'staging'), blobContainerName: 'uplink-dead-letters' },
    })
    const grants = all('RoleAssignment').filter(({ name }) => name === 'staging-dead-letters')
    expect(grants).toMatchObject([{ inputs: { principalId: 'staging-principal', scope: idOf('BlobContainer', 'staging-dead-letters') } }])
  })

  it.each([2, 3, 4, 7, 16, 1000])('never makes more than %i calls to CKAN at once, with the nightly look at everything', async (ckanCallsAtOnce) => {
    const environment = { ...least, ckanCallsAtOnce }
    const deployment = await deployWithMocks('staging', environment)
    const { scaleAndConcurrency } = deployment.only('WebApp').inputs['functionAppConfig'] as {
      readonly scaleAndConcurrency: { readonly maximumInstanceCount: number }
    }
    const { maximumInstanceCount } = scaleAndConcurrency
    const perInstance = Number(settingsOfApp(deployment)['CKAN_CONCURRENCY'])
    expect((maximumInstanceCount + 1) * perInstance).toBeLessThanOrEqual(ckanCallsAtOnce)
    expect(maximumInstanceCount).toBe(concurrencyOf(environment).consumers)
    expect(maximumInstanceCount).toBeGreaterThanOrEqual(1)
  })
})

describe('the function app', () => {
  it('gets every setting that it reads and no other, but for what the host needs; no key of the account', async () => {
    const names = Object.keys(settingsOfApp(await deployWithMocks('staging', most)))
    const host = names.filter((name) => /^(?:AzureWebJobsStorage__|APPLICATIONINSIGHTS_)/u.test(name))
    expect(names.filter((name) => !host.includes(name)).toSorted()).toEqual(
      settingNames()
        .filter((name) => name !== 'STORAGE_ACCOUNT_KEY' && name !== 'PUBLIC_BUCKET_URL')
        .toSorted(),
    )
    expect(host).toHaveLength(5)
  })

  it.each([
    ['the least', least],
    ['the most', most],
  ])('starts with the settings of the environment that says %s', async (_, environment) => {
    const settings = settingsOfApp(await deployWithMocks('staging', environment))
    expect(readConfig({ ...settings, CKAN_API_TOKEN: 'as Azure resolves it' })).toEqual({
      settings: settingsOf(environment),
      ckanToken: 'as Azure resolves it',
      storage: { url: 'https://opendatauploads.blob.core.windows.net', clientId: CLIENT_ID },
    })
  })

  it('runs as one identity, with which it reads its secret, its package and its storage', async () => {
    const deployment = await deployWithMocks('staging', least)
    const id = idOf('UserAssignedIdentity', 'staging')
    expect(deployment.only('WebApp').inputs).toMatchObject({
      name: 'ckan-uploads',
      httpsOnly: true,
      identity: { type: 'UserAssigned', userAssignedIdentities: [id] },
      keyVaultReferenceIdentity: id,
      functionAppConfig: {
        runtime: { name: 'node', version: '22' },
        deployment: {
          storage: {
            value: 'https://opendatauploadshost.blob.core.windows.net/packages',
            authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: id },
          },
        },
      },
    })
    expect(settingsOfApp(deployment)).toMatchObject({
      AzureWebJobsStorage__accountName: 'opendatauploadshost',
      AzureWebJobsStorage__credential: 'managedidentity',
      AzureWebJobsStorage__clientId: CLIENT_ID,
    })
  })

  it('may do what it needs, and that only where it needs it', async () => {
    const { all } = await deployWithMocks('staging', least)
    const mine = all('RoleAssignment').filter(({ name }) => name !== 'staging-dead-letters')
    const role = (id: string) => `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${id}`
    const given = mine.map(({ inputs: { principalId, roleDefinitionId, scope } }) => [principalId, roleDefinitionId, scope])
    expect(given).toHaveLength(5)
    // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
    expect(given).toEqual(
      expect.arrayContaining([
        ['staging-principal', role('ba92f5b4-2d11-453d-a403-e96b0029c9fe'), idOf('BlobContainer', 'staging')],
        ['staging-principal', role('db58b8e5-c6ad-4a2a-8342-4190687cbf4a'), idOf('StorageAccount', 'staging')],
        ['staging-principal', role('b7e6dc6d-f1e8-4753-8033-0f276bb0955b'), idOf('StorageAccount', 'staging-host')],
        ['staging-principal', role('4633458b-17de-408a-b874-0445c86b69e6'), SECRET],
        ['staging-principal', role('3913510d-42f4-4e42-8a64-420c390055eb'), idOf('Component', 'staging')],
      ]),
    )
  })

  it('is called after the account when its host is elsewhere, and takes no password from whoever publishes', async () => {
    const { only } = await deployWithMocks('staging', most)
    expect(only('WebApp').inputs['name']).toBe('opendatauploads')
    expect(only('WebAppScmAllowed').inputs).toMatchObject({ name: 'opendatauploads', allow: false })
  })
})

describe('alarms', () => {
  it('tell each address when the gateway is not ready, when something is parked, given up or lost, and when functions fail', async () => {
    const { only, all } = await deployWithMocks('staging', most)
    const receivers = only('ActionGroup').inputs['emailReceivers'] as readonly Record<string, unknown>[]
    expect(receivers.map(({ emailAddress }) => emailAddress)).toEqual(['ops@example.org', 'data@example.org'])
    expect(only('WebTest').inputs['request']).toEqual({ requestUrl: 'https://uploads.example.org/readyz', httpVerb: 'GET' })
    expect([...all('MetricAlert'), ...all('ScheduledQueryRule')].map(({ name }) => name).toSorted()).toEqual(
      ['dead-lettered', 'dropped', 'failing', 'not-ready', 'parked'].map((what) => `staging-${what}`),
    )
    for (const { inputs } of all('MetricAlert')) expect(inputs['actions']).toEqual([{ actionGroupId: idOf('ActionGroup', 'staging') }])
    for (const { inputs } of all('ScheduledQueryRule')) expect(inputs['actions']).toEqual({ actionGroups: [idOf('ActionGroup', 'staging')] })
  })
})

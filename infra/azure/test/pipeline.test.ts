import { describe, expect, it } from 'vitest'
import { concurrencyOf, notifiedPrefixes, settingsOf } from '../../environment-settings.ts'
import { packFunctions } from '../code.ts'
import { appOf, deployWithMocks, idOf, settingsOfApp } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

describe('the way from the container to the linker', () => {
  it.each([
    ['the least', least],
    ['the most', most],
  ])(
    'notifies about each created blob below the prefixes of files and images, in the environment with the fields: %s',
    async (_, environment) => {
      const { filter } = (await deployWithMocks('staging', environment)).only('SystemTopicEventSubscription').inputs
      expect(filter).toEqual({
        isSubjectCaseSensitive: false,
        includedEventTypes: ['Microsoft.Storage.BlobCreated'],
        advancedFilters: [
          {
            operatorType: 'StringBeginsWith',
            key: 'subject',
            values: notifiedPrefixes(settingsOf(environment)).map(
              (prefix) => `/blobServices/default/containers/open-data/blobs/${prefix}`,
            ),
          },
        ],
      })
    },
  )

  it('is created only after the functions are published', async () => {
    const { made, only } = await deployWithMocks('staging', least)
    const order = made.map(({ type }) => type)
    expect(order.indexOf('WebApp')).toBeLessThan(order.indexOf('Command'))
    expect(order.lastIndexOf('Command')).toBeLessThan(order.indexOf('SystemTopicEventSubscription'))
    const { digest } = await packFunctions()
    for (const [name, program] of [
      ['staging', 'gateway'],
      ['staging-linker', 'linker'],
    ] as const)
      expect(only('Command', name).inputs).toEqual({
        create: `node --conditions=source ../azure/publish.ts staging ${program}`,
        triggers: [digest, idOf('WebApp', name)],
      })
  })

  it("delivers batches to the linker up to Event Grid's maximum of time and attempts", async () => {
    const { inputs } = (await deployWithMocks('staging', least)).only('SystemTopicEventSubscription')
    expect(inputs).toMatchObject({
      eventDeliverySchema: 'EventGridSchema',
      destination: {
        endpointType: 'AzureFunction',
        resourceId: `${idOf('WebApp', 'staging-linker')}/functions/linker`,
        maxEventsPerBatch: 50,
      },
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
    })
  })

  it('writes dead letters to their own container, with an identity that may write only there', async () => {
    const { only, all } = await deployWithMocks('staging', least)
    expect(only('SystemTopicEventSubscription').inputs['deadLetterWithResourceIdentity']).toEqual({
      identity: { type: 'SystemAssigned' },
      deadLetterDestination: {
        endpointType: 'StorageBlob',
        resourceId: idOf('StorageAccount', 'staging'),
        blobContainerName: 'uplink-dead-letters',
      },
    })
    const grants = all('RoleAssignment').filter(({ name }) => name === 'staging-dead-letters')
    expect(grants).toMatchObject([
      { inputs: { principalId: 'staging-principal', scope: idOf('BlobContainer', 'staging-dead-letters') } },
    ])
  })

  it.each([2, 3, 4, 7, 16, 1000])(
    'never makes more than %i calls to CKAN at once, with the nightly reconciliation',
    async (ckanCallsAtOnce) => {
      const environment = { ...least, ckanCallsAtOnce }
      const deployment = await deployWithMocks('staging', environment)
      const { scaleAndConcurrency } = appOf(deployment, 'linker').inputs['functionAppConfig'] as {
        readonly scaleAndConcurrency: { readonly maximumInstanceCount: number }
      }
      const { maximumInstanceCount } = scaleAndConcurrency
      const perInstance = Number(settingsOfApp(deployment, 'linker')['CKAN_CONCURRENCY'])
      expect((maximumInstanceCount + 1) * perInstance).toBeLessThanOrEqual(ckanCallsAtOnce)
      expect(maximumInstanceCount).toBe(concurrencyOf(environment).consumers)
      expect(maximumInstanceCount).toBeGreaterThanOrEqual(1)
    },
  )
})

describe("with the platform's scanner", () => {
  const scanned = { ...least, scanner: 'platform' } as const

  it('Defender for Storage scans each upload of the account, and sends its results to a topic', async () => {
    const { only } = await deployWithMocks('staging', scanned)
    expect(only('DefenderForStorage').inputs).toMatchObject({
      resourceId: idOf('StorageAccount', 'staging'),
      properties: {
        isEnabled: true,
        malwareScanning: {
          onUpload: { isEnabled: true, capGBPerMonth: -1 },
          scanResultsEventGridTopicResourceId: idOf('Topic', 'staging-scans'),
        },
      },
    })
  })

  it('results of files and images reach the linker', async () => {
    const { only } = await deployWithMocks('staging', scanned)
    const { destination, filter } = only('TopicEventSubscription').inputs
    expect(destination).toEqual(only('SystemTopicEventSubscription').inputs['destination'])
    expect(filter).toMatchObject({
      includedEventTypes: ['Microsoft.Security.MalwareScanningResult'],
      advancedFilters: [
        {
          key: 'data.blobUri',
          values: notifiedPrefixes(settingsOf(scanned)).map((prefix) =>
            expect.stringContaining(`.blob.core.windows.net/open-data/${prefix}`),
          ),
        },
      ],
    })
  })

  it('only the linker reads tags, and no program may set them', async () => {
    const { all, only } = await deployWithMocks('staging', scanned)
    const role = only('RoleDefinition')
    expect(role.inputs['permissions']).toEqual([
      { dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags/read'] },
    ])
    const grants = all('RoleAssignment').filter(
      ({ inputs }) => inputs['roleDefinitionId'] === idOf('RoleDefinition', 'staging-tags'),
    )
    expect(grants.map(({ name }) => name)).toEqual(['staging-linker-tags'])
  })

  it('there is neither a topic nor Defender without it', async () => {
    const { all } = await deployWithMocks('staging', { ...least, scanner: 'clamav' })
    expect([all('Topic'), all('DefenderForStorage'), all('RoleDefinition')]).toEqual([[], [], []])
  })
})

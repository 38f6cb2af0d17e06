import { describe, expect, it } from 'vitest'
import { environments } from '../../../environments.ts'
import type { AzureEnvironment } from '../entry.ts'
import { faultsOf } from './support/azure-requests.ts'
import { deployWithMocks, type Made } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const azure = Object.entries(environments).filter(
  (entry): entry is [string, AzureEnvironment] => entry[1].provider === 'azure',
)
const LONGEST = 'a'.repeat(30)

function nested(inputs: Record<string, unknown>, name: string): Record<string, unknown> {
  return inputs[name] as Record<string, unknown>
}

describe("the requests of Azure's provider", () => {
  it.each([...azure, ['least', least] as const, ['most', most] as const, [LONGEST, least] as const])(
    'match the API, for %s',
    async (name, environment) => {
      const { made } = await deployWithMocks(name, environment)
      expect(made.flatMap(faultsOf)).toEqual([])
    },
  )

  it.each<[string, string, (inputs: Record<string, unknown>) => unknown]>([
    ['a second blob service', 'BlobServiceProperties', (inputs) => ({ ...inputs, blobServicesName: 'uploads' })],
    ['an unknown plan', 'AppServicePlan', (inputs) => ({ ...inputs, sku: { name: 'FC2', tier: 'FlexConsumption' } })],
    [
      'an unknown event type',
      'SystemTopicEventSubscription',
      (inputs) => ({ ...inputs, filter: { ...nested(inputs, 'filter'), includedEventTypes: ['BlobCreated'] } }),
    ],
    [
      'a filter without the leading slash, which matches nothing',
      'SystemTopicEventSubscription',
      (inputs) => ({
        ...inputs,
        filter: {
          ...nested(inputs, 'filter'),
          advancedFilters: [{ operatorType: 'StringBeginsWith', key: 'subject', values: ['blobServices/default/'] }],
        },
      }),
    ],
    [
      'more attempts than Event Grid allows',
      'SystemTopicEventSubscription',
      (inputs) => ({ ...inputs, retryPolicy: { maxDeliveryAttempts: 31, eventTimeToLiveInMinutes: 1440 } }),
    ],
    [
      'an unknown runtime',
      'WebApp',
      (inputs) => ({
        ...inputs,
        functionAppConfig: { ...nested(inputs, 'functionAppConfig'), runtime: { name: 'node', version: '18' } },
      }),
    ],
    [
      'a setting that Flex Consumption refuses',
      'WebApp',
      (inputs) => ({
        ...inputs,
        siteConfig: { minTlsVersion: '1.2', appSettings: [{ name: 'FUNCTIONS_WORKER_RUNTIME', value: 'node' }] },
      }),
    ],
    ['a topic of another kind', 'SystemTopic', (inputs) => ({ ...inputs, topicType: 'Microsoft.Storage' })],
  ])('would be refused with %s', async (_, type, spoil) => {
    const made = (await deployWithMocks('least', least)).made.find((one) => one.type === type)
    const spoilt = { ...made, inputs: spoil({ ...made?.inputs }) } as Made
    expect(faultsOf(spoilt)).not.toEqual([])
  })
})

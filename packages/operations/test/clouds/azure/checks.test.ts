import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { describe, expect, it } from 'vitest'
import { deletingRules, judgeSubscription } from '../../../src/clouds/azure/checks.ts'
import type { AzureDeployment } from '../../../src/clouds/azure/deployment.ts'

const settings = readFrom(
  { CKAN_URL: 'https://data.example.org', GATEWAY_URL: 'https://portal.azurewebsites.net', BUCKET_NAME: 'files' },
  readSettings,
)
const group = '/subscriptions/01234567-89ab-cdef-0123-456789abcdef/resourceGroups/ckan-uplink-production/providers'
const deployment: AzureDeployment = {
  settings,
  subscriptionId: '01234567-89ab-cdef-0123-456789abcdef',
  storageUrl: 'https://portal.blob.core.windows.net',
  storageAccount: `${group}/Microsoft.Storage/storageAccounts/portal`,
  deadLetterContainer: 'uplink-dead-letters',
  lostEventsQueue: 'uplink-webhooks-poison',
  linkerApp: 'portal',
  subscription: `${group}/Microsoft.EventGrid/systemTopics/ckan-uplink-production/eventSubscriptions/ckan-uplink-production`,
}

const SUBJECTS = ['resources/api_uploads/', 'images/'].map(
  (prefix) => `/blobServices/default/containers/files/blobs/${prefix}`,
)
/**
 * The subscription of a deployment, in the shape of
 * https://learn.microsoft.com/rest/api/eventgrid/controlplane/system-topic-event-subscriptions/get
 */
const WHOLE = {
  destination: {
    endpointType: 'AzureFunction',
    properties: { maxEventsPerBatch: 50, resourceId: `${group}/Microsoft.Web/sites/portal/functions/linker` },
  },
  filter: {
    includedEventTypes: ['Microsoft.Storage.BlobCreated'],
    subjectBeginsWith: '',
    advancedFilters: [{ operatorType: 'StringBeginsWith', key: 'subject', values: SUBJECTS }],
  },
  retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1_440 },
  deadLetterWithResourceIdentity: {
    deadLetterDestination: { endpointType: 'StorageBlob', properties: { blobContainerName: 'uplink-dead-letters' } },
  },
}

describe('the doctor on Azure', () => {
  it('accepts the subscription of a deployment', () => {
    expect(judgeSubscription(deployment, WHOLE)).toEqual({
      state: 'right',
      found: 'resources/api_uploads/ and images/: Event Grid notifies portal, for up to 24 h',
    })
  })

  const filtered = (filter: object) => ({ ...WHOLE, filter: { ...WHOLE.filter, ...filter } })
  it.each([
    ['no subscription', undefined, 'has no subscription'],
    [
      'another function',
      { ...WHOLE, destination: { properties: { resourceId: `${group}/Microsoft.Web/sites/other/functions/linker` } } },
      'sites/other',
    ],
    ['no images', filtered({ advancedFilters: [{ key: 'subject', values: SUBJECTS.slice(0, 1) }] }), 'below images/'],
    [
      'another container',
      filtered({ subjectBeginsWith: '/blobServices/default/containers/other/' }),
      'below resources/api_uploads/ and images/',
    ],
    [
      'only removed blobs',
      filtered({ includedEventTypes: ['Microsoft.Storage.BlobDeleted'] }),
      'below resources/api_uploads/ and images/',
    ],
    ['dropped events', { ...WHOLE, deadLetterWithResourceIdentity: null }, 'drops undeliverable events'],
    [
      'few attempts',
      { ...WHOLE, retryPolicy: { maxDeliveryAttempts: 3, eventTimeToLiveInMinutes: 1_440 } },
      'after 3 attempts',
    ],
  ])('reports %s', (_what, subscription, words) => {
    expect(judgeSubscription(deployment, subscription)).toMatchObject({
      state: 'wrong',
      found: expect.stringContaining(words),
    })
  })

  it('accepts a subscription without filters', () => {
    expect(judgeSubscription(deployment, filtered({ advancedFilters: [], includedEventTypes: null }))).toMatchObject({
      state: 'right',
    })
  })
})

describe('lifecycle rules on Azure', () => {
  const rule = (name: string, prefixMatch: readonly string[] | undefined, more: object = {}) => ({
    name,
    definition: { ...(prefixMatch && { filters: { prefixMatch } }), actions: { baseBlob: { delete: {} } } },
    ...more,
  })
  const found = (...rules: readonly ReturnType<typeof rule>[]) => deletingRules(deployment, { policy: { rules } })

  it('are the rules that delete blobs of the container', () => {
    expect(found(rule('old', ['other/x', 'files/uplink/uploads/0']), rule('parts', ['files/uplink/parts/']))).toEqual([
      { name: 'old', prefix: 'uplink/uploads/0' },
      { name: 'parts', prefix: 'uplink/parts/' },
    ])
    expect(found(rule('all', undefined), rule('named', ['fil']))).toEqual([
      { name: 'all', prefix: '' },
      { name: 'named', prefix: '' },
    ])
  })

  it('are not disabled rules, rules that move blobs, or a missing policy', () => {
    const moving = { name: 'cool', definition: { actions: { baseBlob: {} } } }
    expect(found(rule('old', ['files/'], { enabled: false }))).toEqual([])
    expect(deletingRules(deployment, { policy: { rules: [moving] } })).toEqual([])
    expect(deletingRules(deployment, undefined)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { deployWithMocks } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const ACCOUNT = `/subscriptions/${least.subscriptionId}/resourceGroups/open-data/providers/Microsoft.Storage/storageAccounts/opendatauploads`

describe('the container', () => {
  it('is private and needs TLS 1.2, in an account without keys that copies nothing to other tenants', async () => {
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

  it('can be opened by a key of its account if the entry says so, and the storage of the programs never', async () => {
    const { all } = await deployWithMocks('staging', { ...least, allowSharedKeyAccess: true })
    const allowed = all('StorageAccount').filter(({ inputs }) => inputs['allowSharedKeyAccess'] !== false)
    expect(allowed.map(({ inputs }) => inputs['accountName'])).toEqual([least.storageAccount])
  })

  it.each([
    [
      "pages of the entry and the gateway's upload page",
      ['https://ckan.example.org'],
      ['https://ckan.example.org', least.gatewayUrl],
    ],
    ["only the gateway's upload page", [], [least.gatewayUrl]],
    ['all pages', ['*'], ['*']],
  ])('accepts uploads from %s', async (_, allowedOrigins, origins) => {
    const { only } = await deployWithMocks('staging', { ...least, allowedOrigins })
    expect(only('BlobServiceProperties').inputs['cors']).toEqual({
      corsRules: [
        expect.objectContaining({ allowedOrigins: origins, allowedMethods: ['PUT'] }),
        expect.objectContaining({ allowedOrigins: ['*'], allowedMethods: ['GET', 'HEAD'] }),
      ],
    })
  })

  it('lets pages of all origins read files and parts of files by signed URLs, and stays private', async () => {
    const { only, all } = await deployWithMocks('staging', least)
    expect(only('BlobServiceProperties').inputs['cors']).toMatchObject({
      corsRules: [
        {},
        {
          allowedHeaders: expect.arrayContaining(['range']),
          exposedHeaders: expect.arrayContaining(['Content-Range', 'Content-Length', 'Content-Disposition', 'ETag']),
        },
      ],
    })
    for (const { inputs } of all('BlobContainer')) expect(inputs['publicAccess']).toBe('None')
  })

  it('lets a web page send the headers that an upload needs', async () => {
    const { only } = await deployWithMocks('staging', { ...least, allowedOrigins: ['*'] })
    const { corsRules } = only('BlobServiceProperties').inputs['cors'] as {
      readonly corsRules: readonly Record<string, readonly string[]>[]
    }
    expect(corsRules[0]).toMatchObject({
      allowedMethods: expect.arrayContaining(['PUT']),
      allowedHeaders: expect.arrayContaining(['x-ms-*', 'content-type']),
    })
  })

  it('removes marks of unfinished uploads after a week, and no other blob', async () => {
    const { rules } = (await deployWithMocks('staging', least)).only('ManagementPolicy').inputs['policy'] as {
      readonly rules: readonly unknown[]
    }
    const rule = (prefix: string, days: number) => ({
      enabled: true,
      type: 'Lifecycle',
      definition: {
        filters: { blobTypes: ['blockBlob'], prefixMatch: [prefix] },
        actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: days } } },
      },
    })
    expect(rules).toHaveLength(1)
    expect(rules).toMatchObject([rule('open-data/uplink/parts/', 7)])
  })

  it.each([
    ['for the days of the entry', 7, { enabled: true, days: 7 }],
    ['not at all by default', undefined, { enabled: false }],
  ])('keeps removed blobs %s', async (_, keepRemovedDays, policy) => {
    const environment = { ...least, ...(keepRemovedDays !== undefined && { keepRemovedDays }) }
    const { inputs } = (await deployWithMocks('staging', environment)).only('BlobServiceProperties')
    expect(inputs).toMatchObject({ deleteRetentionPolicy: policy, containerDeleteRetentionPolicy: policy })
  })

  it('stays unchanged if it is adopted, with its account, its rules and its resource group', async () => {
    const { made, all, only } = await deployWithMocks('staging', most)
    expect(made.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['ResourceGroup']))
    expect(made.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['ManagementPolicy']))
    expect(all('StorageAccount').map(({ inputs }) => inputs['accountName'])).toEqual([
      'opendatauploadshost',
      'opendatauploadslink',
    ])
    expect(all('BlobContainer').map(({ inputs }) => inputs['containerName'])).toEqual(
      expect.not.arrayContaining(['open-data']),
    )
    expect(only('SystemTopic').inputs).toMatchObject({ source: ACCOUNT, resourceGroupName: 'open-data' })
  })
})

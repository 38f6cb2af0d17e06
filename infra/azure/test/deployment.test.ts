import { describe, expect, it } from 'vitest'
import { deployWithMocks, settingsOfApp } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

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
    const counts = Object.entries(Object.groupBy(made, ({ type }) => type)).map(
      ([type, some = []]) => `${some.length} ${type}`,
    )
    expect(counts.toSorted()).toEqual([
      '1 BlobServiceProperties',
      '1 Component',
      '1 ManagementPolicy',
      '1 ResourceGroup',
      '1 SystemTopic',
      '1 SystemTopicEventSubscription',
      '1 Workspace',
      '2 AppServicePlan',
      '2 Command',
      '2 UserAssignedIdentity',
      '2 WebApp',
      '2 WebAppScmAllowed',
      '3 StorageAccount',
      '4 BlobContainer',
      '9 RoleAssignment',
    ])
    for (const { type, provider } of made) if (type !== 'Command') expect(provider).toMatch(/::staging::/u)
  })

  it('stops before it makes anything when the secret, or what is to be adopted, is not there, and tells both', async () => {
    await expect(deployWithMocks('staging', most, { missing: true })).rejects.toMatchObject({
      faults: [
        expect.stringMatching(
          /^The secret ckan-token was not found in the key vault open-data of the resource group secrets: put CKAN.s token there/u,
        ),
        expect.stringMatching(
          /^The container open-data was not found in the storage account opendatauploads of the resource group open-data: /u,
        ),
      ],
      made: [],
    })
  })

  it('never learns the token: it names the secret, and keeps no key of an account', async () => {
    const deployment = await deployWithMocks('staging', most)
    expect(settingsOfApp(deployment, 'linker')['CKAN_API_TOKEN']).toBe(
      '@Microsoft.KeyVault(VaultName=open-data;SecretName=ckan-token)',
    )
    expect(deployment.made.map(({ type }) => type)).not.toContain('Secret')
    for (const { inputs } of deployment.all('StorageAccount'))
      expect(inputs).toMatchObject({ allowSharedKeyAccess: false })
  })
})

describe('when it is removed, a deployment', () => {
  it('leaves the container of uploads with all that it is in, and nothing that would be in the way of the next one', async () => {
    const account = ['BlobServiceProperties', 'ManagementPolicy', 'ResourceGroup', 'StorageAccount']
    expect((await deployWithMocks('staging', least)).kept.toSorted()).toEqual(
      ['BlobContainer', ...account].map((type) => `${type} staging`),
    )
    expect((await deployWithMocks('staging', most)).kept).toEqual([])
  })
})

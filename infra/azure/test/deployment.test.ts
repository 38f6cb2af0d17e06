import { describe, expect, it } from 'vitest'
import { deployWithMocks, settingsOfApp } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

describe('a deployment', () => {
  it('has outputs with the names of every cloud: gateway, container, subscription, dead letters', async () => {
    expect((await deployWithMocks('staging', least)).outputs).toEqual({
      gatewayUrl: 'https://ckan-uploads.azurewebsites.net',
      bucket: 'open-data',
      queue: 'ckan-uplink-staging',
      deadLetterQueue: 'uplink-dead-letters',
    })
  })

  it('creates only the resources of the environment, all in the subscription of the entry', async () => {
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
      '1 Workbook',
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

  it('creates nothing if a secret or the adopted container is missing, and names all of them', async () => {
    await expect(deployWithMocks('staging', most, { missing: true })).rejects.toMatchObject({
      faults: [
        expect.stringMatching(
          /^The secret ckan-token was not found in the key vault open-data of the resource group secrets: put CKAN.s token there/u,
        ),
        expect.stringMatching(
          /^The secret grant-secret was not found in the key vault open-data of the resource group secrets: put the secret of the plugin there/u,
        ),
        expect.stringMatching(/^The secret webhook-secret was not found .*: put the secret of webhooks there/u),
        expect.stringContaining('put the headers for the OTLP endpoint there'),
        expect.stringMatching(
          /^The container open-data was not found in the storage account opendatauploads of the resource group open-data: /u,
        ),
      ],
      made: [],
    })
  })

  it('does not know the token: it names the secret, and has no key of an account', async () => {
    const deployment = await deployWithMocks('staging', most)
    expect(settingsOfApp(deployment, 'linker')['CKAN_API_TOKEN']).toBe(
      '@Microsoft.KeyVault(VaultName=open-data;SecretName=ckan-token)',
    )
    expect(deployment.made.map(({ type }) => type)).not.toContain('Secret')
    for (const { inputs } of deployment.all('StorageAccount'))
      expect(inputs).toMatchObject({ allowSharedKeyAccess: false })
  })
})

describe('a removed deployment', () => {
  it('leaves the uploads with their account and group, and nothing that blocks the next deployment', async () => {
    const account = ['BlobServiceProperties', 'ManagementPolicy', 'ResourceGroup', 'StorageAccount']
    expect((await deployWithMocks('staging', least)).kept.toSorted()).toEqual(
      ['BlobContainer', ...account].map((type) => `${type} staging`),
    )
    expect((await deployWithMocks('staging', most)).kept).toEqual([])
  })
})

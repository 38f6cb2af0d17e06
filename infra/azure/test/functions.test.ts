import { readLinkerConfig, settingNames } from '@ckan-uplink/azure'
import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../environment-settings.ts'
import { CLIENT_ID, deployWithMocks, idOf, settingsOfApp } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const { subscriptionId } = least
const SECRET = `/subscriptions/${subscriptionId}/resourceGroups/secrets/providers/Microsoft.KeyVault/vaults/open-data/secrets/ckan-token`

describe('the function app', () => {
  it('gets every setting that it reads and no other, but for what the host needs; no key of the account', async () => {
    const names = Object.keys(settingsOfApp(await deployWithMocks('staging', most)))
    const host = names.filter((name) => /^(?:AzureWebJobs|APPLICATIONINSIGHTS_)/u.test(name))
    expect(names.filter((name) => !host.includes(name)).toSorted()).toEqual(
      settingNames('linker')
        .filter((name) => name !== 'STORAGE_ACCOUNT_KEY')
        .toSorted(),
    )
    expect(host).toHaveLength(6)
  })

  it('looks at everything each night, unless the environment says that it does not', async () => {
    const DISABLED = 'AzureWebJobs.reconcile.Disabled'
    expect(settingsOfApp(await deployWithMocks('staging', least))).not.toHaveProperty([DISABLED])
    expect(settingsOfApp(await deployWithMocks('staging', { ...least, reconcileNightly: false }))).toMatchObject({
      [DISABLED]: 'true',
    })
  })

  it.each([
    ['the least', least],
    ['the most', most],
  ])('starts with the settings of the environment that says %s', async (_, environment) => {
    const settings = settingsOfApp(await deployWithMocks('staging', environment))
    expect(readLinkerConfig({ ...settings, CKAN_API_TOKEN: 'as Azure resolves it' })).toEqual({
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
    const role = (id: string) =>
      `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${id}`
    const given = mine.map(({ inputs: { principalId, roleDefinitionId, scope } }) => [
      principalId,
      roleDefinitionId,
      scope,
    ])
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

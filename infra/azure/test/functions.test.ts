import { readFile } from 'node:fs/promises'
import { readGatewayConfig, readLinkerConfig, settingNames } from '@ckan-uplink/azure'
import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../environment-settings.ts'
import { RUNTIME } from '../function-app.ts'
import { writingBelow } from '../roles.ts'
import { appOf, CLIENT_ID, deployWithMocks, idOf, settingsOfApp } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const { subscriptionId } = least
const SECRET = `/subscriptions/${subscriptionId}/resourceGroups/secrets/providers/Microsoft.KeyVault/vaults/open-data/secrets/ckan-token`
const TESTED = new URL('../../../test/node-22/package.json', import.meta.url)
const PROGRAMS = ['gateway', 'linker'] as const
const HOSTS = { gateway: 'opendatauploadshost', linker: 'opendatauploadslink' }
const LABELS = { gateway: 'staging', linker: 'staging-linker' }

describe.each(PROGRAMS)('the function app of the %s', (program) => {
  it('gets exactly the settings that it and its host read, and no key of the account', async () => {
    const names = Object.keys(settingsOfApp(await deployWithMocks('staging', most), program))
    const host = names.filter((name) =>
      /^(?:AzureWebJobs|AzureFunctionsJobHost|APPLICATIONINSIGHTS_|OTEL_)/u.test(name),
    )
    expect(names.filter((name) => !host.includes(name)).toSorted()).toEqual(
      settingNames(program)
        .filter((name) => name !== 'STORAGE_ACCOUNT_KEY')
        .toSorted(),
    )
  })

  it.each([
    ['the least', least],
    ['the most', most],
  ])('starts with the settings of the environment with the fields: %s', async (_, environment) => {
    const settings = settingsOfApp(await deployWithMocks('staging', environment), program)
    const storage = { url: 'https://opendatauploads.blob.core.windows.net', clientId: CLIENT_ID }
    const eventQueueUrl = 'https://opendatauploads.queue.core.windows.net/uplink-webhooks'
    const expected = { settings: settingsOf(environment), storage, ...(environment.webhookSecret && { eventQueueUrl }) }
    const GRANT_SECRETS = 'c0'.repeat(32)
    const given = 'GRANT_SECRETS' in settings ? { GRANT_SECRETS } : {}
    const grantSecrets = environment.grantSecret ? [GRANT_SECRETS] : []
    if (program === 'gateway')
      expect(readGatewayConfig({ ...settings, ...given })).toEqual({ ...expected, grantSecrets })
    else {
      expect(given).toEqual({})
      const ckanToken = 'as Azure resolves it'
      const WEBHOOK_SECRETS = `whsec_${'c0'.repeat(16)}`
      const resolved = { CKAN_API_TOKEN: ckanToken, ...('WEBHOOK_SECRETS' in settings && { WEBHOOK_SECRETS }) }
      const webhookSecrets = environment.webhookSecret ? [WEBHOOK_SECRETS] : []
      expect(readLinkerConfig({ ...settings, ...resolved })).toEqual({ ...expected, ckanToken, webhookSecrets })
    }
  })

  it('sends its telemetry to the OTLP endpoint of the environment, with headers that only the vault holds', async () => {
    const deployment = await deployWithMocks('staging', most)
    expect(settingsOfApp(deployment, program)).toMatchObject({
      AzureFunctionsJobHost__telemetryMode: 'OpenTelemetry',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.org',
      OTEL_EXPORTER_OTLP_HEADERS: '@Microsoft.KeyVault(VaultName=open-data;SecretName=otel-headers)',
      APPLICATIONINSIGHTS_CONNECTION_STRING: expect.anything(),
    })
    const scopes = deployment.all('RoleAssignment').map(({ inputs }) => [inputs['principalId'], inputs['scope']])
    const headers = SECRET.replace('ckan-token', 'otel-headers')
    expect(scopes).toContainEqual([`${LABELS[program]}-principal`, headers])
    expect(Object.keys(settingsOfApp(await deployWithMocks('staging', least), program)).join()).not.toMatch(
      /OTEL_|telemetryMode/u,
    )
  })

  it('runs on the Node on which npm run test:node-22 tests its bundle', async () => {
    const { dependencies } = JSON.parse(await readFile(TESTED, 'utf8'))
    expect(RUNTIME.version).toBe(dependencies.node.split('.')[0])
  })

  it('runs with one identity, by which it reads its package and its storage', async () => {
    const deployment = await deployWithMocks('staging', least)
    const id = idOf('UserAssignedIdentity', LABELS[program])
    expect(appOf(deployment, program).inputs).toMatchObject({
      name: program === 'gateway' ? 'ckan-uploads' : 'opendatauploads-linker',
      httpsOnly: true,
      siteConfig: { minTlsVersion: '1.2' },
      identity: { type: 'UserAssigned', userAssignedIdentities: [id] },
      keyVaultReferenceIdentity: id,
      functionAppConfig: {
        runtime: { name: 'node', version: '22' },
        deployment: {
          storage: {
            value: `https://${HOSTS[program]}.blob.core.windows.net/packages`,
            authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: id },
          },
        },
      },
    })
    expect(settingsOfApp(deployment, program)).toMatchObject({
      AzureWebJobsStorage__accountName: HOSTS[program],
      AzureWebJobsStorage__credential: 'managedidentity',
      AzureWebJobsStorage__clientId: CLIENT_ID,
    })
  })
})

describe('the functions', () => {
  const disabledIn = (settings: Readonly<Record<string, string>>) =>
    Object.keys(settings).flatMap((name) => /^AzureWebJobs\.(\w+)\.Disabled$/u.exec(name)?.[1] ?? [])

  it('run only in the app of their program', async () => {
    const deployment = await deployWithMocks('staging', least)
    expect(disabledIn(settingsOfApp(deployment, 'gateway'))).toEqual(['linker', 'reconcile', 'token'])
    expect(disabledIn(settingsOfApp(deployment, 'linker'))).toEqual(['gateway'])
  })

  it('reconcile each night, unless the environment switches it off', async () => {
    const deployment = await deployWithMocks('staging', { ...least, reconcileNightly: false })
    expect(disabledIn(settingsOfApp(deployment, 'linker'))).toEqual(['gateway', 'reconcile'])
  })

  it('have only the rights that they need, where they need them: the gateway cannot read the token', async () => {
    const { all } = await deployWithMocks('staging', least)
    const mine = all('RoleAssignment').filter(({ name }) => name !== 'staging-dead-letters')
    const role = (id: string) =>
      `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${id}`
    // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
    const [contributor, delegator, owner] = [
      'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
      'db58b8e5-c6ad-4a2a-8342-4190687cbf4a',
      'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
    ].map(role)
    const [secrets, metrics] = ['4633458b-17de-408a-b874-0445c86b69e6', '3913510d-42f4-4e42-8a64-420c390055eb'].map(
      role,
    )
    const given = mine.map(({ inputs: { principalId, roleDefinitionId, scope, condition } }) => [
      principalId,
      roleDefinitionId,
      scope,
      condition,
    ])
    const of = (who: string, rights: readonly (readonly unknown[])[]) =>
      rights.map(([definition, scope, condition]) => [`${who}-principal`, definition, scope, condition])
    const byPrincipal = (rights: readonly (readonly unknown[])[]) =>
      rights.map((right) => JSON.stringify(right)).toSorted()
    expect(byPrincipal(given)).toEqual(
      byPrincipal([
        ...of('staging', [
          [contributor, idOf('BlobContainer', 'staging')],
          [delegator, idOf('StorageAccount', 'staging')],
          [owner, idOf('StorageAccount', 'staging-host')],
          [metrics, idOf('Component', 'staging')],
        ]),
        ...of('staging-linker', [
          [contributor, idOf('BlobContainer', 'staging'), writingBelow('uplink/')],
          [owner, idOf('StorageAccount', 'staging-linker-host')],
          [secrets, SECRET],
          [metrics, idOf('Component', 'staging')],
        ]),
      ]),
    )
  })

  it('deliver events only in the app of the linker, by its identity, and only with receivers', async () => {
    const deployment = await deployWithMocks('staging', most)
    expect(disabledIn(settingsOfApp(deployment, 'gateway'))).toContain('webhooks')
    expect(settingsOfApp(deployment, 'linker')).toMatchObject({
      AzureWebJobsWebhooks__queueServiceUri: 'https://opendatauploads.queue.core.windows.net',
      AzureWebJobsWebhooks__credential: 'managedidentity',
      AzureWebJobsWebhooks__clientId: CLIENT_ID,
    })
    const role = (id: string) => expect.stringMatching(new RegExp(`${id}$`, 'u'))
    const rights = deployment
      .all('RoleAssignment')
      .filter(({ inputs }) => String(inputs['scope']).includes('webhooks'))
      .map(({ inputs }) => [inputs['principalId'], inputs['roleDefinitionId'], inputs['scope']])
    const [queue, poison] = [idOf('Queue', 'staging-webhooks'), idOf('Queue', 'staging-webhooks-poison')]
    expect(rights).toEqual([
      ['staging-principal', role('c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'), queue],
      ['staging-linker-principal', role('974c5e8b-45b9-4653-ba55-5f855dd0fb88'), queue],
      ['staging-linker-principal', role('974c5e8b-45b9-4653-ba55-5f855dd0fb88'), poison],
    ])
    expect((await deployWithMocks('staging', least)).all('Queue')).toEqual([])
  })

  it('of the linker may write only below uplink/, by a condition on both ways to write', () => {
    const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'
    expect(writingBelow('uplink/')).toBe(
      `((!(ActionMatches{'${blobs}/write'}) AND !(ActionMatches{'${blobs}/add/action'})) OR (@Resource[${blobs}:path] StringLike 'uplink/*'))`,
    )
  })

  it('have the name of the account if the host is not on Azure, and accept no password for publishing', async () => {
    const deployment = await deployWithMocks('staging', most)
    expect(PROGRAMS.map((program) => appOf(deployment, program).inputs['name'])).toEqual([
      'opendatauploads',
      'opendatauploads-linker',
    ])
    const publishing = deployment.all('WebAppScmAllowed').map(({ inputs }) => [inputs['name'], inputs['allow']])
    expect(publishing.toSorted()).toEqual([
      ['opendatauploads', false],
      ['opendatauploads-linker', false],
    ])
  })
})

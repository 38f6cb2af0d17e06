import { createServer } from 'node:http'
import { createCkanClient } from '@ckan-uplink/ckan'
import { awsBeforeDeploy } from '@ckan-uplink/operations/clouds/aws'
import { azureBeforeDeploy } from '@ckan-uplink/operations/clouds/azure'
import { cloudflareBeforeDeploy } from '@ckan-uplink/operations/clouds/cloudflare'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runCli } from '../packages/cli/test/support/cli.ts'
import { type Check, runChecks } from '../packages/operations/src/doctor/check.ts'
import { good } from './support/environments.ts'
import { givenEnvironments } from './support/give-environments.ts'

/** The APIs of the clouds. A path without an answer is a 404. */
let answers: Readonly<Record<string, object | string>> = {}
const server = createServer((request, response) => {
  const target = request.headers['x-amz-target'] ?? (request.url ?? '').replace(/\?.*$/u, '')
  const answer = answers[`${target}`]
  response.statusCode = answer === undefined ? 404 : 200
  response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { __type: 'ResourceNotFoundException' }))
})
let url = ''
let ckan: CkanStandIn
beforeAll(async () => {
  ckan = await startCkanStandIn()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  }))
    vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await ckan?.close()
})

/** The state of each check, with its words. */
async function look(checks: readonly Check[], given: typeof answers): Promise<Readonly<Record<string, string>>> {
  answers = given
  const found: Record<string, string> = {}
  for await (const { check, state, found: words } of runChecks(checks)) found[check] = `${state}: ${words}`
  return found
}

const client = () => createCkanClient({ url: ckan.url, concurrency: 1, timeoutMs: 20_000 })
const ACCOUNT = '0123456789abcdef0123456789abcdef'

function onAws(given: typeof answers) {
  const names = { environment: 'production', bucket: 'files', isAdopted: false, secret: 'uplink/token' }
  const place = { accountId: '210987654321', region: 'eu-central-1', certificateArn: 'arn:aws:acm:x' }
  return look(awsBeforeDeploy({ ...names, ...place }, client()), given)
}

function onCloudflare(given: typeof answers, secret?: string) {
  const names = {
    environment: 'production',
    accountId: ACCOUNT,
    bucket: 'files',
    isAdopted: false,
    secret: 'ckanToken',
  }
  const plan = { ...names, zone: 'example.org', readSecret: async () => secret }
  return look(cloudflareBeforeDeploy(plan, { apiUrl: url, token: 'x' }, client()), given)
}

function onAzure(given: typeof answers) {
  const names = { environment: 'production', subscriptionId: 's1', storageAccount: 'data', resourceGroup: 'g' }
  const plan = { ...names, location: 'westeurope', vault: 'v', secret: 'token' }
  const identity = { getToken: async () => ({ token: 'x', expiresOnTimestamp: 0 }) }
  return look(azureBeforeDeploy(plan, identity, client(), { managementUrl: url, vaultUrl: url }), given)
}

describe('before a deployment', () => {
  it('finds all in order on AWS', async () => {
    const found = await onAws({
      '/': '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>210987654321</Account><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
      'secretsmanager.GetSecretValue': { SecretString: ckan.tokens.admin },
      '/2016-08-19/account-settings': { AccountLimit: { ConcurrentExecutions: 1000 } },
      'CertificateManager.DescribeCertificate': { Certificate: { Status: 'ISSUED', DomainName: 'up.example.org' } },
    })
    expect(found).toEqual({
      account: 'right: 210987654321, as a',
      'service token': expect.stringMatching(/^right: .*a sysadmin$/u),
      quota: 'right: 1000 concurrent executions of Lambda functions',
      certificate: 'right: issued for up.example.org',
      'bucket name': 'right: files is free',
    })
  })

  it('names each fault on AWS', async () => {
    const found = await onAws({
      '/': '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
      '/2016-08-19/account-settings': { AccountLimit: { ConcurrentExecutions: 10 } },
      'CertificateManager.DescribeCertificate': {
        Certificate: { Status: 'PENDING_VALIDATION', DomainName: 'up.example.org' },
      },
      '/files/': '',
      '/files': '',
    })
    expect(found).toMatchObject({
      account: expect.stringMatching(/^wrong: .*in the account 1, but the entry is for 210987654321/u),
      'service token': 'wrong: There is no secret uplink/token.',
      quota: expect.stringMatching(/^wrong: The account allows 10 /u),
      certificate: 'wrong: The certificate of up.example.org is PENDING_VALIDATION.',
      'bucket name': expect.stringMatching(/^hint: files exists in your account/u),
    })
  })

  const inOrder = () => ({
    '/accounts': { success: true, result: [{ id: ACCOUNT, name: 'City' }] },
    [`/accounts/${ACCOUNT}/r2/buckets`]: { success: true, result: { buckets: [{ name: 'other' }] } },
    '/zones': { success: true, result: [{ status: 'active' }] },
  })

  it('finds all in order on Cloudflare', async () => {
    expect(await onCloudflare(inOrder(), ckan.tokens.editor)).toEqual({
      account: `right: City (${ACCOUNT})`,
      'service token': expect.stringMatching(/^hint: .*not a sysadmin/u),
      'bucket name': 'right: files is free',
      zone: 'right: example.org is active',
    })
  })

  it('names each fault on Cloudflare', async () => {
    const zones = { '/zones': { success: true, result: [] } }
    const taken = { [`/accounts/${ACCOUNT}/r2/buckets`]: { success: true, result: { buckets: [{ name: 'files' }] } } }
    expect(await onCloudflare({ ...inOrder(), ...zones, ...taken })).toMatchObject({
      'service token': 'wrong: There is no secret ckanToken.',
      'bucket name': expect.stringMatching(/^hint: files exists/u),
      zone: 'wrong: The token sees no zone example.org.',
    })
    expect(await onCloudflare(inOrder(), 'mistyped')).toMatchObject({
      'service token': expect.stringMatching(/^wrong: CKAN does not know the token in ckanToken/u),
    })
  })

  const subscription = { '/subscriptions/s1': { displayName: 'City', state: 'Enabled' } }
  const regions = '/subscriptions/s1/providers/Microsoft.Web/geoRegions'
  const names = '/subscriptions/s1/providers/Microsoft.Storage/checkNameAvailability'

  it('finds all in order on Azure', async () => {
    const found = await onAzure({
      ...subscription,
      '/secrets/token': { value: ckan.tokens.admin },
      [regions]: { value: [{ name: 'West Europe' }] },
      [names]: { nameAvailable: true },
    })
    expect(found).toEqual({
      account: 'right: City (s1)',
      'service token': expect.stringMatching(/^right: /u),
      region: 'right: westeurope has Flex Consumption',
      'storage account': 'right: data is free',
    })
  })

  it('names each fault on Azure', async () => {
    const taken = { [names]: { nameAvailable: false, message: 'It is already taken.' } }
    expect(await onAzure({ ...taken, [regions]: { value: [{ name: 'East US' }] } })).toEqual({
      account: expect.stringMatching(/^wrong: Your sign-in does not see/u),
      'service token': 'wrong: There is no secret token.',
      region: 'wrong: westeurope has no Flex Consumption.',
      'storage account': 'wrong: data is not free: It is already taken.',
    })
  })

  it('needs neither a gateway nor a token of the operator', async () => {
    answers = inOrder()
    const environments = { production: { ...good, accountId: ACCOUNT, ckanUrl: ckan.url } }
    const env = {
      ...givenEnvironments(environments),
      CLOUDFLARE_API_TOKEN: 'x',
      CLOUDFLARE_API_BASE_URL: url,
      PATH: '',
    }
    const words = ['doctor', '--env', 'production', '--before-deploy', '--json']
    const ended = await runCli(words, { cwd: process.cwd(), program: 'npm run uplink', env })
    const found = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(found.map(({ check, state }) => [check, state])).toEqual([
      ['CKAN', 'right'],
      ['account', 'right'],
      ['service token', 'wrong'],
      ['bucket name', 'right'],
      ['zone', 'right'],
    ])
    expect(ended.code).toBe(1)
  })
})

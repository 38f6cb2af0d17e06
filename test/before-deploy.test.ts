import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createCkanClient } from '@ckan-uplink/ckan'
import { awsBeforeDeploy } from '@ckan-uplink/operations/clouds/aws'
import { azureBeforeDeploy } from '@ckan-uplink/operations/clouds/azure'
import { cloudflareBeforeDeploy } from '@ckan-uplink/operations/clouds/cloudflare'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { runCli } from '../packages/cli/test/support/cli.ts'
import type { StackResource } from '../packages/operations/src/clouds/stack-resource.ts'
import { type Check, runChecks } from '../packages/operations/src/doctor/check.ts'
import { good } from './support/environments.ts'
import { givenEnvironments } from './support/give-environments.ts'

/** The APIs of the clouds, by the action or the path. A path without an answer is a 404. */
let answers: Readonly<Record<string, object | string | number>> = {}
const NO_STACK =
  '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>'
const server = createServer(async (request, response) => {
  const action = new URLSearchParams(await text(request)).get('Action')
  const target = request.headers['x-amz-target'] ?? action ?? (request.url ?? '').replace(/\?.*$/u, '')
  const answer = answers[`${target}`]
  const isMissingStack = action === 'ListStackResources' && answer === undefined
  response.statusCode = answer !== undefined ? 200 : isMissingStack ? 400 : 404
  if (typeof answer === 'number') response.statusCode = answer
  const missing = isMissingStack ? NO_STACK : { __type: 'ResourceNotFoundException' }
  const body = typeof answer === 'number' ? '' : (answer ?? missing)
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
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
  const names = { environment: 'production', stack: 'ckan-uplink-production', bucket: 'files', isAdopted: false }
  const place = { accountId: '210987654321', region: 'eu-central-1', certificateArn: 'arn:aws:acm:x' }
  return look(awsBeforeDeploy({ ...names, ...place, secret: 'uplink/token' }, client()), given)
}

function onCloudflare(given: typeof answers, { secret, stack }: { secret?: string; stack?: readonly StackResource[] }) {
  const plan = {
    ...{ environment: 'production', accountId: ACCOUNT, zone: 'example.org' },
    ...{ bucket: 'files', isAdopted: false, workers: ['up', 'up-linker'], queue: 'up', deadLetterQueue: 'up-dead' },
    ...{ secret: 'ckanToken', readSecret: async () => secret, readStack: async () => stack },
  }
  return look(cloudflareBeforeDeploy(plan, { apiUrl: url, token: 'x' }, client()), given)
}

function onAzure(
  given: typeof answers,
  { stack = [], instances = 3 }: { stack?: readonly StackResource[]; instances?: number } = {},
) {
  const plan = {
    ...{ environment: 'production', subscriptionId: 's1', location: 'westeurope', vault: 'v', secret: 'token' },
    ...{ resourceGroup: 'g', isAdopted: false, storageAccounts: ['data', 'datahost'], functionApps: ['up'] },
    instances,
    readStack: async () => stack,
  }
  const identity = { getToken: async () => ({ token: 'x', expiresOnTimestamp: 0 }) }
  return look(azureBeforeDeploy(plan, identity, client(), { managementUrl: url, vaultUrl: url }), given)
}

describe('before a deployment', () => {
  it('finds all in order on AWS', async () => {
    const found = await onAws({
      GetCallerIdentity:
        '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>210987654321</Account><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
      'secretsmanager.GetSecretValue': { SecretString: ckan.tokens.admin },
      '/2016-08-19/account-settings': { AccountLimit: { ConcurrentExecutions: 1000 } },
      'CertificateManager.DescribeCertificate': { Certificate: { Status: 'ISSUED', DomainName: 'up.example.org' } },
    })
    expect(found).toEqual({
      account: 'right: 210987654321, as a',
      'service token': expect.stringMatching(/^right: .*a sysadmin$/u),
      quota: 'right: 1000 concurrent executions of Lambda functions',
      certificate: 'right: issued for up.example.org',
      stack: 'right: ckan-uplink-production is free',
      'bucket name': 'right: files is free',
    })
  })

  it('names each fault on AWS', async () => {
    const found = await onAws({
      GetCallerIdentity:
        '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
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
      'bucket name': 'wrong: files exists already, and this environment did not create it',
    })
  })

  const stackWith = (bucket: string) =>
    `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member><ResourceType>AWS::S3::Bucket</ResourceType><PhysicalResourceId>${bucket}</PhysicalResourceId></member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`

  it('tells the stack and the bucket of the environment from others on AWS', async () => {
    expect(await onAws({ ListStackResources: stackWith('files'), '/files/': '' })).toMatchObject({
      stack: 'right: ckan-uplink-production exists, and a deployment updates it',
      'bucket name': 'right: files belongs to this environment',
    })
    expect(await onAws({ ListStackResources: stackWith('other'), '/files/': 403 })).toMatchObject({
      stack: expect.stringMatching(/^hint: .* exists with the bucket other: /u),
      'bucket name': expect.stringMatching(/^wrong: The bucket files belongs to another account/u),
    })
    expect(await onAws({ '/files/': 301 })).toMatchObject({
      'bucket name': 'wrong: The bucket files exists in another region than eu-central-1.',
    })
  })

  const inOrder = () => ({
    '/accounts': { success: true, result: [{ id: ACCOUNT, name: 'City' }] },
    [`/accounts/${ACCOUNT}/r2/buckets`]: { success: true, result: { buckets: [{ name: 'other' }] } },
    [`/accounts/${ACCOUNT}/workers/scripts`]: { success: true, result: [{ id: 'site' }] },
    [`/accounts/${ACCOUNT}/queues`]: { success: true, result: [] },
    '/zones': { success: true, result: [{ status: 'active' }] },
  })

  it('finds all in order on Cloudflare', async () => {
    expect(await onCloudflare(inOrder(), { secret: ckan.tokens.editor })).toEqual({
      account: `right: City (${ACCOUNT})`,
      'service token': expect.stringMatching(/^hint: .*not a sysadmin/u),
      'bucket name': 'right: files is free',
      Workers: 'right: up is free; up-linker is free',
      queues: 'right: up is free; up-dead is free',
      zone: 'right: example.org is active',
    })
  })

  it('names each fault on Cloudflare', async () => {
    const zones = { '/zones': { success: true, result: [] } }
    expect(await onCloudflare({ ...inOrder(), ...zones, ...taken }, { stack: [] })).toMatchObject({
      'service token': 'wrong: There is no secret ckanToken.',
      'bucket name': 'wrong: files exists already, and this environment did not create it',
      Workers: 'wrong: up exists already, and this environment did not create it',
      queues: 'wrong: up exists already, and this environment did not create it',
      zone: 'wrong: The token sees no zone example.org.',
    })
    expect(await onCloudflare(inOrder(), { secret: 'mistyped' })).toMatchObject({
      'service token': expect.stringMatching(/^wrong: CKAN does not know the token in ckanToken/u),
    })
  })

  const taken = {
    [`/accounts/${ACCOUNT}/r2/buckets`]: { success: true, result: { buckets: [{ name: 'files' }] } },
    [`/accounts/${ACCOUNT}/workers/scripts`]: { success: true, result: [{ id: 'up' }] },
    [`/accounts/${ACCOUNT}/queues`]: { success: true, result: [{ queue_id: 'q1', queue_name: 'up' }] },
  }

  it('tells its own resources by the stack on Cloudflare', async () => {
    const stack = [
      { type: 'cloudflare:index/r2Bucket:R2Bucket', id: 'files' },
      { type: 'cloudflare:index/workersScript:WorkersScript', id: 'up' },
      { type: 'cloudflare:index/queue:Queue', id: 'q1' },
    ]
    expect(await onCloudflare({ ...inOrder(), ...taken }, { stack })).toMatchObject({
      'bucket name': 'right: files belongs to this environment',
      Workers: 'right: up belongs to this environment; up-linker is free',
      queues: 'right: up belongs to this environment; up-dead is free',
    })
    expect(await onCloudflare({ ...inOrder(), ...taken }, {})).toMatchObject({
      Workers: expect.stringMatching(
        /^hint: up exists, perhaps from an earlier deployment; .*: a deployment overwrites/u,
      ),
    })
  })

  const subscription = { '/subscriptions/s1': { displayName: 'City', state: 'Enabled' } }
  const regions = '/subscriptions/s1/providers/Microsoft.Web/geoRegions'
  const accounts = '/subscriptions/s1/providers/Microsoft.Storage/checkNameAvailability'
  const apps = '/subscriptions/s1/providers/Microsoft.Web/checknameavailability'
  const usages = '/subscriptions/s1/providers/Microsoft.Storage/locations/westeurope/usages'
  const used = (currentValue: number) => ({ value: [{ name: { value: 'StorageAccounts' }, currentValue, limit: 250 }] })

  it('finds all in order on Azure', async () => {
    const found = await onAzure({
      ...subscription,
      '/secrets/token': { value: ckan.tokens.admin },
      [regions]: { value: [{ name: 'West Europe' }] },
      [usages]: used(3),
      [accounts]: { nameAvailable: true },
      [apps]: { nameAvailable: true },
    })
    expect(found).toEqual({
      account: 'right: City (s1)',
      'service token': expect.stringMatching(/^right: /u),
      region: expect.stringMatching(/^hint: westeurope has Flex Consumption; the plan gets 3 instances at most/u),
      quota: 'right: 3 of 250 storage accounts are in use in westeurope',
      'resource group': 'right: g is free',
      'storage accounts': 'right: data is free; datahost is free',
      'function apps': 'right: up is free',
    })
  })

  it('is sure of a region of Azure only with forty instances', async () => {
    expect(await onAzure({ [regions]: { value: [{ name: 'West Europe' }] } }, { instances: 40 })).toMatchObject({
      region: 'right: westeurope has Flex Consumption',
    })
  })

  const group = '/subscriptions/s1/resourceGroups/g'

  it('names each fault on Azure', async () => {
    const taken = { nameAvailable: false, message: 'It is already taken.' }
    const found = await onAzure({
      ...{ [accounts]: taken, [apps]: taken, [group]: {}, [usages]: used(249) },
      [regions]: { value: [{ name: 'East US' }] },
    })
    expect(found).toEqual({
      account: expect.stringMatching(/^wrong: Your sign-in does not see/u),
      'service token': 'wrong: There is no secret token.',
      region: 'wrong: westeurope has no Flex Consumption.',
      quota: expect.stringMatching(/^wrong: 249 of 250 storage accounts are in use in westeurope, but/u),
      'resource group': 'wrong: g exists already, and this environment did not create it',
      'storage accounts': 'wrong: data is not free: It is already taken.; datahost is not free: It is already taken.',
      'function apps': 'wrong: up is not free: It is already taken.',
    })
  })

  it('tells its own resources by the stack on Azure', async () => {
    const account = `${group}/providers/Microsoft.Storage/storageAccounts/data`
    const app = `${group}/providers/Microsoft.Web/sites/up`
    const stack = [group, account, app.toLowerCase()].map((id) => ({ type: 'azure-native:any:Any', id }))
    const found = await onAzure(
      { [group]: {}, [account]: {}, [app]: {}, [accounts]: { nameAvailable: true } },
      { stack },
    )
    expect(found).toMatchObject({
      'resource group': 'right: g belongs to this environment',
      'storage accounts': 'right: data belongs to this environment; datahost is free',
      'function apps': 'right: up belongs to this environment',
    })
  })

  it('needs neither a gateway nor a token of the operator, and asks Pulumi about its stack', async () => {
    answers = { ...inOrder(), ...taken }
    const tools = mkdtempSync(join(tmpdir(), 'pulumi-'))
    const state = { deployment: { resources: [{ type: 'pulumi:pulumi:Stack' }, { type: 'a:Queue', id: 'q1' }] } }
    const pulumi = `#!/bin/sh\n[ "$*" = 'stack export --stack production' ] && echo '${JSON.stringify(state)}'\n`
    writeFileSync(join(tools, 'pulumi'), pulumi, { mode: 0o755 })
    onTestFinished(() => rmSync(tools, { recursive: true }))
    const environments = { production: { ...good, accountId: ACCOUNT, ckanUrl: ckan.url, queue: 'up' } }
    const env = {
      ...givenEnvironments(environments),
      CLOUDFLARE_API_TOKEN: 'x',
      CLOUDFLARE_API_BASE_URL: url,
      PATH: tools,
    }
    const words = ['doctor', '--env', 'production', '--before-deploy', '--json']
    const ended = await runCli(words, { cwd: process.cwd(), program: 'npm run uplink', env })
    const found = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(found.find(({ check }) => check === 'queues').found).toMatch(/^up belongs to this environment; /u)
    expect(found.map(({ check, state }) => [check, state])).toEqual([
      ['CKAN', 'right'],
      ['account', 'right'],
      ['service token', 'wrong'],
      ['bucket name', 'right'],
      ['Workers', 'right'],
      ['queues', 'right'],
      ['zone', 'right'],
    ])
    expect(ended.code).toBe(1)
  })
})

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readGatewayConfig, readLinkerConfig, settingNames, TOKEN_CRON } from '@ckan-uplink/cloudflare'
import { bundleWorker, WORKERS, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { staticFiles } from '@ckan-uplink/static-files'
import { describe, expect, it } from 'vitest'
import { concurrencyOf, settingsOf } from '../../environment-settings.ts'
import {
  CKAN_TOKEN,
  deployWithMocks,
  GRANT_SECRET,
  type MockDeployment,
  WEBHOOK_SECRET,
  ZONE_ID,
} from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const { accountId } = least

/** A Worker of the environment staging. */
function workerOf({ only }: MockDeployment, worker: WorkerName = 'gateway') {
  return only('WorkersScript', worker === 'gateway' ? 'staging' : `staging-${worker}`)
}

function bindingsOf(deployment: MockDeployment, worker?: WorkerName): readonly Readonly<Record<string, string>>[] {
  return workerOf(deployment, worker).inputs['bindings'] as readonly Readonly<Record<string, string>>[]
}

describe('a deployment', () => {
  it('has outputs for the gateway, the bucket and both queues with the names of every cloud', async () => {
    expect((await deployWithMocks('staging', least)).outputs).toEqual({
      gatewayUrl: 'https://uploads.example.org',
      bucket: 'open-data',
      queue: 'ckan-uplink-staging',
      deadLetterQueue: 'ckan-uplink-staging-dead-letters',
    })
  })

  it('creates only the resources of the environment, none of them public', async () => {
    const { made } = await deployWithMocks('staging', least)
    expect(made.map(({ type }) => type).toSorted()).toEqual([
      'AccountToken',
      'Queue',
      'Queue',
      'QueueConsumer',
      'QueueConsumer',
      'R2Bucket',
      'R2BucketCors',
      'R2BucketEventNotification',
      'R2BucketLifecycle',
      'UrlNormalizationSettings',
      'WorkersCronTrigger',
      'WorkersCustomDomain',
      'WorkersScript',
      'WorkersScript',
      'WorkersScriptSubdomain',
      'WorkersScriptSubdomain',
    ])
  })

  it('creates nothing if the zone is not in the account', async () => {
    const elsewhere = { ...least, zone: 'example.net', gatewayUrl: 'https://uploads.example.net' }
    await expect(deployWithMocks('staging', elsewhere)).rejects.toThrow(
      `The zone example.net was not found in the account ${accountId}: `,
    )
  })
})

describe('the bucket', () => {
  it('is the only resource that outlives the deployment', async () => {
    expect((await deployWithMocks('staging', least)).kept).toEqual(['R2Bucket staging'])
    expect((await deployWithMocks('staging', most)).kept).toEqual(['R2Bucket staging'])
  })

  it('lets web pages of the allowed origins upload, and pages of all origins read', async () => {
    const { only } = await deployWithMocks('staging', most)
    const readers = {
      allowed: { origins: ['*'], methods: ['GET', 'HEAD'], headers: expect.arrayContaining(['range']) },
      exposeHeaders: expect.arrayContaining(['Content-Range', 'Content-Length', 'Content-Disposition', 'ETag']),
    }
    expect(only('R2BucketCors').inputs).toMatchObject({
      bucketName: 'open-data',
      rules: [
        {
          allowed: {
            origins: [...most.allowedOrigins, most.gatewayUrl],
            methods: ['PUT'],
            headers: expect.not.arrayContaining(['*']),
          },
        },
        readers,
      ],
    })
    expect((await deployWithMocks('staging', least)).only('R2BucketCors').inputs).toMatchObject({
      rules: [{ allowed: { origins: [least.gatewayUrl], methods: ['PUT'] } }, readers],
    })
  })

  it('removes unfinished uploads after a week, and no object', async () => {
    const rules = (await deployWithMocks('staging', least)).only('R2BucketLifecycle').inputs[
      'rules'
    ] as readonly Record<string, never>[]
    expect(rules).toEqual([
      {
        id: 'abort-unfinished-uploads',
        enabled: true,
        conditions: { prefix: '' },
        abortMultipartUploadsTransition: { condition: { type: 'Age', maxAge: 604_800 } },
      },
    ])
  })

  it('is never public by itself, also with a public host', async () => {
    const { made } = await deployWithMocks('staging', { ...least, publicBucketUrl: 'https://files.example.org' })
    expect(made.map(({ type }) => type)).not.toContain('R2CustomDomain')
  })
})

describe('the public host', () => {
  const isPublic = { ...least, publicBucketUrl: 'https://files.example.org' }
  const domain = { accountId, hostname: 'files.example.org', service: 'ckan-uplink-staging', zoneId: ZONE_ID }
  const route = { zoneId: ZONE_ID, pattern: 'files.example.org/*', script: 'ckan-uplink-staging' }

  it('is a custom domain of the gateway, with its own DNS record', async () => {
    const { only } = await deployWithMocks('staging', isPublic)
    expect(only('WorkersCustomDomain', 'staging-public').inputs).toMatchObject(domain)
  })

  it('is a route of the gateway for every path, if it already has a DNS record', async () => {
    const { only } = await deployWithMocks('staging', { ...isPublic, publicBy: 'route' })
    expect(only('WorkersRoute', 'staging-public').inputs).toEqual(route)
  })

  it('is a route before the R2 domain of an earlier version, which keeps the DNS record', async () => {
    const { only } = await deployWithMocks('staging', { ...isPublic, publicBy: 'r2-domain' })
    expect(only('WorkersRoute', 'staging-public').inputs).toEqual(route)
    expect(only('R2CustomDomain', 'staging').inputs).toMatchObject({ domain: 'files.example.org', enabled: true })
  })

  it('exists only if the environment has one', async () => {
    const { made } = await deployWithMocks('staging', least)
    expect(made.map(({ name }) => name)).not.toContain('staging-public')
  })
})

describe('the way from the bucket to the linker', () => {
  it('notifies the queue about each created object below the prefixes of files and images', async () => {
    const { only } = await deployWithMocks('staging', most)
    const actions = ['PutObject', 'CopyObject', 'CompleteMultipartUpload']
    expect(only('R2BucketEventNotification').inputs).toEqual({
      accountId,
      bucketName: 'open-data',
      queueId: 'staging-queue-id',
      rules: [
        { actions, prefix: settingsOf(most).keyPrefix },
        { actions, prefix: 'images/' },
      ],
    })
  })

  it('has a nightly reconciliation unless the environment switches it off', async () => {
    const nightly = (await deployWithMocks('staging', least)).only('WorkersCronTrigger')
    expect(nightly.inputs).toMatchObject({
      scriptName: 'ckan-uplink-staging-linker',
      schedules: [{ cron: TOKEN_CRON }, { cron: '17 3 * * *' }],
    })
    const never = (await deployWithMocks('staging', most)).only('WorkersCronTrigger')
    expect(never.inputs).toMatchObject({ schedules: [{ cron: TOKEN_CRON }] })
  })

  it('keeps messages for 14 days, dead letters too', async () => {
    const { made } = await deployWithMocks('staging', least)
    const queues = made.filter(({ type }) => type === 'Queue').map(({ inputs }) => inputs)
    expect(queues).toEqual([
      { accountId, queueName: 'ckan-uplink-staging', settings: { messageRetentionPeriod: 1_209_600 } },
      { accountId, queueName: 'ckan-uplink-staging-dead-letters', settings: { messageRetentionPeriod: 1_209_600 } },
    ])
  })

  it('delivers in batches to the linker, outlasts an outage of 72 hours, and has a dead-letter queue', async () => {
    const { inputs } = (await deployWithMocks('staging', least)).only('QueueConsumer', 'staging')
    expect(inputs).toMatchObject({
      queueId: 'staging-queue-id',
      type: 'worker',
      scriptName: 'ckan-uplink-staging-linker',
      deadLetterQueue: 'ckan-uplink-staging-dead-letters',
      settings: { batchSize: 100, maxRetries: 100 },
    })
    const { maxRetries, retryDelay } = inputs['settings'] as Record<string, number>
    expect(Number(maxRetries) * Number(retryDelay)).toBeGreaterThanOrEqual(72 * 3600)
  })

  it('lets an operator pull dead letters without deleting them', async () => {
    const { inputs } = (await deployWithMocks('staging', least)).only('QueueConsumer', 'staging-dead-letters')
    expect(inputs).toEqual({
      accountId,
      queueId: 'staging-dead-letters-queue-id',
      type: 'http_pull',
      settings: { batchSize: 20, maxRetries: 100, retryDelay: 0, visibilityTimeoutMs: 600_000 },
    })
  })

  it.each([2, 3, 4, 7, 16, 1000])(
    'never makes more than %i calls to CKAN at once, with the nightly reconciliation',
    async (ckanCallsAtOnce) => {
      const deployment = await deployWithMocks('staging', { ...least, ckanCallsAtOnce })
      const { maxConcurrency } = deployment.only('QueueConsumer', 'staging').inputs['settings'] as Record<
        string,
        number
      >
      const perInvocation = Number(bindingsOf(deployment).find(({ name }) => name === 'CKAN_CONCURRENCY')?.['text'])
      expect((Number(maxConcurrency) + 1) * perInvocation).toBeLessThanOrEqual(ckanCallsAtOnce)
      expect(maxConcurrency).toBe(concurrencyOf({ ...least, ckanCallsAtOnce }).consumers)
      expect(maxConcurrency).toBeGreaterThanOrEqual(1)
    },
  )

  it('adopts an existing queue and bucket', async () => {
    const { only } = await deployWithMocks('staging', most)
    expect(only('R2Bucket')).toMatchObject({ importId: `${accountId}/open-data/default` })
    expect(only('Queue', 'staging')).toMatchObject({
      importId: `${accountId}/00112233445566778899aabbccddeeff`,
      inputs: { queueName: 'r2-file-uploads' },
    })
  })
})

describe('the Workers', () => {
  it.each(WORKERS)('are the scripts of the local edition, byte by byte: the %s', async (worker) => {
    const { content, compatibilityDate } = workerOf(await deployWithMocks('staging', least), worker).inputs
    expect(content).toBe(await bundleWorker(worker))
    expect(compatibilityDate).toMatch(/^\d{4}-\d{2}-\d{2}$/u)
  })

  it('have the static files beside the gateway, and the gateway answers every request', async () => {
    const deployment = await deployWithMocks('staging', least)
    const { assets } = workerOf(deployment, 'gateway').inputs as { assets: { directory: string; config: object } }
    expect(assets.config).toMatchObject({ runWorkerFirst: true })
    const files = Object.entries(await staticFiles())
    expect((await readdir(assets.directory)).toSorted()).toEqual(files.map(([name]) => name).toSorted())
    for (const [name, text] of files) expect(await readFile(join(assets.directory, name), 'utf8')).toBe(text)
    expect(workerOf(deployment, 'linker').inputs).not.toHaveProperty('assets')
  })

  it.each(WORKERS)(
    'get exactly the settings that they read, except the S3 endpoint, which follows from the account: the %s',
    async (worker) => {
      const names = bindingsOf(await deployWithMocks('staging', most), worker)
        .map(({ name }) => name)
        .filter((name) => !name?.endsWith('RATE_LIMIT'))
      const read = settingNames(worker).filter((name) => name !== 'R2_S3_ENDPOINT')
      const bound = ['BUCKET', 'WEBHOOKS', ...(worker === 'gateway' ? ['STATIC_FILES'] : [])]
      expect(names.toSorted()).toEqual([...read, ...bound].toSorted())
    },
  )

  it.each([
    ['the least', least],
    ['the most', most],
  ])('start with the settings of the environment with the fields: %s', async (_, environment) => {
    const deployment = await deployWithMocks('staging', environment)
    const textsOf = (worker: WorkerName) =>
      Object.fromEntries(bindingsOf(deployment, worker).map(({ name, text }) => [name, text]))
    const bound = { BUCKET: { head: async () => null }, ...(environment.webhookSecret && { WEBHOOKS: { send() {} } }) }
    expect(readGatewayConfig({ ...textsOf('gateway'), ...bound })).toMatchObject({
      settings: settingsOf(environment),
      signing: { endpoint: `https://${accountId}.r2.cloudflarestorage.com` },
      grantSecrets: environment.grantSecret ? [GRANT_SECRET] : [],
    })
    expect(readLinkerConfig({ ...textsOf('linker'), ...bound })).toMatchObject({
      settings: settingsOf(environment),
      ckanToken: CKAN_TOKEN,
      webhookSecrets: environment.webhookSecret ? [WEBHOOK_SECRET] : [],
      maxRetries: 100,
    })
  })

  it.each([
    ['an environment with the default', least, 600],
    ['an environment with 60', { ...most, requestsPerMinute: 60 }, 60],
  ])('limit requests by user, and by address to twenty times as many: %s', async (_, environment, limit) => {
    const limits = bindingsOf(await deployWithMocks('staging', environment)).filter(({ type }) => type === 'ratelimit')
    const namespaceId = expect.stringMatching(/^\d+$/u)
    expect(limits).toEqual([
      { type: 'ratelimit', name: 'RATE_LIMIT', namespaceId, simple: { limit, period: 60 } },
      { type: 'ratelimit', name: 'ADDRESS_RATE_LIMIT', namespaceId, simple: { limit: 20 * limit, period: 60 } },
    ])
    expect(new Set(limits.map((binding) => binding.namespaceId)).size).toBe(2)
  })

  it('limit requests only at the gateway', async () => {
    expect(bindingsOf(await deployWithMocks('staging', most), 'linker').map(({ type }) => type)).not.toContain(
      'ratelimit',
    )
  })

  it('sign with credentials for their bucket only', async () => {
    const deployment = await deployWithMocks('staging', least)
    const [policy] = deployment.only('AccountToken').inputs['policies'] as readonly Record<string, string>[]
    expect(JSON.parse(policy?.['resources'] ?? '')).toEqual({
      [`com.cloudflare.edge.r2.bucket.${accountId}_default_open-data`]: '*',
    })
    const secret = createHash('sha256').update('token-value').digest('hex')
    expect(bindingsOf(deployment)).toContainEqual({ type: 'secret_text', name: 'R2_SECRET_ACCESS_KEY', text: secret })
    expect(bindingsOf(deployment)).toContainEqual({ type: 'secret_text', name: 'R2_ACCESS_KEY_ID', text: 'staging-id' })
  })

  it('get secrets only as secrets: encrypted by Pulumi, hidden by Cloudflare', async () => {
    const deployment = await deployWithMocks('staging', most)
    const hidden = WORKERS.flatMap((worker) => bindingsOf(deployment, worker)).filter(
      ({ type }) => type === 'secret_text',
    )
    const names = ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY', 'GRANT_SECRETS', 'CKAN_API_TOKEN', 'WEBHOOK_SECRETS']
    expect(hidden.map(({ name }) => name)).toEqual(names)
    for (const worker of WORKERS) expect(workerOf(deployment, worker).encrypted).toEqual(['bindings'])
    const others = JSON.stringify(
      deployment.made.map(({ type, inputs }) => (type === 'WorkersScript' ? { ...inputs, bindings: [] } : inputs)),
    )
    for (const { text = '' } of hidden.filter(({ name }) => name !== 'R2_ACCESS_KEY_ID'))
      expect(others).not.toContain(text)
  })

  it('have a custom domain, a route, or an address on workers.dev', async () => {
    const custom = await deployWithMocks('staging', least)
    expect(custom.only('WorkersCustomDomain').inputs).toMatchObject({
      hostname: 'uploads.example.org',
      service: 'ckan-uplink-staging',
      zoneId: ZONE_ID,
    })
    expect(custom.only('WorkersScriptSubdomain', 'staging').inputs).toMatchObject({
      enabled: false,
      previewsEnabled: false,
    })

    const routed = await deployWithMocks('staging', { ...least, gatewayBy: 'route' })
    expect(routed.only('WorkersRoute').inputs).toEqual({
      zoneId: ZONE_ID,
      pattern: 'uploads.example.org/*',
      script: 'ckan-uplink-staging',
    })

    const { zone: _, ...zoneless } = least
    const free = await deployWithMocks('staging', {
      ...zoneless,
      gatewayBy: 'workers.dev',
      gatewayUrl: 'https://ckan-uplink-staging.me.workers.dev',
    })
    expect(free.only('WorkersScriptSubdomain', 'staging').inputs).toMatchObject({ enabled: true })
    expect(free.only('WorkersScriptSubdomain', 'staging-linker').inputs).toMatchObject({ enabled: false })
    expect(free.made.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['WorkersCustomDomain']))
  })

  it('get paths that Cloudflare normalises before it applies rules and routes', async () => {
    const { only } = await deployWithMocks('staging', least)
    const expected = { zoneId: ZONE_ID, type: 'cloudflare', scope: 'incoming' }
    expect(only('UrlNormalizationSettings').inputs).toEqual(expected)
  })

  it('send a mail when they are not ready', async () => {
    const { only } = await deployWithMocks('staging', most)
    expect(only('Healthcheck', 'staging').inputs).toMatchObject({
      address: 'uploads.example.org',
      httpConfig: { path: '/readyz', expectedCodes: ['200'] },
    })
    expect(only('NotificationPolicy', 'staging').inputs).toMatchObject({
      filters: { healthCheckIds: ['staging-id'], statuses: ['Unhealthy', 'Healthy'] },
      mechanisms: { emails: [{ id: 'ops@example.org' }] },
    })
  })

  it('send a mail while messages are parked, and no all-clear before they are gone', async () => {
    const { only } = await deployWithMocks('staging', most)
    expect(only('Healthcheck', 'staging-parked').inputs).toMatchObject({
      address: 'uploads.example.org',
      httpConfig: { path: '/readyz/parked', expectedCodes: ['200'] },
    })
    expect(only('NotificationPolicy', 'staging-parked').inputs).toMatchObject({
      filters: { healthCheckIds: ['staging-parked-id'], statuses: ['Unhealthy'] },
      mechanisms: { emails: [{ id: 'ops@example.org' }] },
    })
  })

  it('are not watched without addresses for mails', async () => {
    const { made } = await deployWithMocks('staging', least)
    const types = made.map(({ type }) => type)
    expect(types).not.toContain('Healthcheck')
    expect(types).not.toContain('NotificationPolicy')
  })
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildKey, DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { type QueuesStandIn, startQueuesStandIn } from '@ckan-uplink/testing/clouds/cloudflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CloudflareEnvironment } from '../infra/cloudflare/entry.ts'
import { only } from './support/ckan-calls.ts'
import { givenEnvironments } from './support/give-environments.ts'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

/** The bucket belongs to the local edition: its S3 endpoint replaces R2's. It sends no notifications. */
let edition: OperatedEdition
let queues: QueuesStandIn
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  edition = await openOperatedEdition({ local: { delaysMs: () => [] } })
  queues = await startQueuesStandIn()
  const { accessKeyId, secretAccessKey } = JSON.parse(
    await readFile(join(edition.folder, '.local', 'credentials.json'), 'utf8'),
  )
  env = {
    ...givenEnvironments({ production: environment() }),
    UPLINK_ENV: 'production',
    R2_ACCESS_KEY_ID: accessKeyId,
    R2_SECRET_ACCESS_KEY: secretAccessKey,
    R2_S3_ENDPOINT: edition.local.settings['R2_S3_ENDPOINT'] ?? '',
    CLOUDFLARE_API_TOKEN: queues.apiToken,
    CLOUDFLARE_API_BASE_URL: queues.apiUrl,
  }
})
afterAll(async () => {
  await queues?.close()
  await edition?.close()
})

function environment(): CloudflareEnvironment {
  return {
    provider: 'cloudflare',
    accountId: queues.accountId,
    zone: 'example.org',
    ckanUrl: edition.ckan.url,
    ckanToken: { secret: 'ckanToken' },
    ckanCallsAtOnce: 12,
    gatewayUrl: 'https://uploads.example.org',
    bucket: edition.local.settings['BUCKET_NAME'] ?? '',
    queue: 'uploads',
  }
}

describe('the operator of a deployment on Cloudflare', () => {
  it('moves dead letters to the parked messages and replays them', async () => {
    const dataset = await edition.newDataset()
    const key = buildKey(DEFAULT_KEY_PREFIX, { resourceId: only(dataset) })
    await edition.store.put(key, new TextEncoder().encode('a,b\n1,2\n'))
    const object = { key, size: 8, eTag: '0' }
    queues.send({
      account: queues.accountId,
      action: 'PutObject',
      bucket: environment().bucket,
      object,
      eventTime: new Date().toISOString(),
    })
    const listed = await edition.operate('parked list --json', env)
    expect([listed.code, listed.stderr]).toEqual([1, '1 dead letter was moved to the parked messages.\n'])
    expect(linesOf(listed)).toMatchObject([{ event: { key }, reason: expect.stringContaining('never acknowledged') }])
    expect(await edition.operate('parked replay --all', env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('linked'),
    })
    expect((await edition.resource(only(dataset))).url).toContain('https://uploads.example.org/resource/')
  })

  it('lists parked messages and reports an unreachable queue', async () => {
    await edition.store.put('uplink/parked/scribble.json', new TextEncoder().encode('no message'))
    const { code, stdout, stderr } = await edition.operate('parked list', { ...env, CLOUDFLARE_API_TOKEN: 'revoked' })
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^✘ Dead letters: .*Queues Write/u)])
    expect(stdout).toContain('scribble')
  })
})

import { createHash } from 'node:crypto'
import type { WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApi } from '../api.ts'
import type { CloudflareEnvironment } from '../entry.ts'
import { renewToken, setUp } from '../setup/set-up.ts'
import { bodyOf } from './support/cloudflare-requests.ts'
import { type CloudflareStandIn, startCloudflareStandIn } from './support/cloudflare-stand-in.ts'
import { deployWithMocks } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

/** Wrangler makes these with a Worker. A test of its configuration compares them. */
const BY_WRANGLER = [
  'WorkersScript',
  'WorkersScriptSubdomain',
  'WorkersCronTrigger',
  'WorkersCustomDomain',
  'WorkersRoute',
]

let cloudflare: CloudflareStandIn
/** The Workers that Wrangler has deployed, each with the number of earlier changes by the API. */
let deployed: (readonly [worker: WorkerName, changesBefore: number])[]
let said: string[]

beforeEach(async () => {
  cloudflare = await startCloudflareStandIn()
  deployed = []
  said = []
})
afterEach(() => cloudflare.close())

function stepFor(environment: CloudflareEnvironment, token = 'api-token') {
  const deploy = async (worker: WorkerName) => void deployed.push([worker, cloudflare.written.length])
  const api = createApi({ url: cloudflare.url, token })
  return { name: 'staging', environment, tools: { api, deploy, say: (line: string) => void said.push(line) } }
}

/** The bodies of requests to the paths that match. */
function bodiesAt(path: RegExp): readonly unknown[] {
  return cloudflare.written.filter((one) => path.test(one.path)).map(({ body }) => body)
}

describe('the set-up with Wrangler', () => {
  it.each([
    ['least', least],
    ['most', most],
  ])('makes what the Pulumi program makes, for an entry with the fields: %s', async (_, environment) => {
    await setUp(stepFor(environment))
    expect(deployed.map(([worker]) => worker)).toEqual(['gateway', 'linker'])
    const sent = cloudflare.written.map(({ body }) => body)
    const { made } = await deployWithMocks('staging', environment)
    const wanted = made.filter(
      // Wrangler's configuration of the linker has the consumer of the queue.
      ({ type, inputs }) => !BY_WRANGLER.includes(type) && !(type === 'QueueConsumer' && inputs['type'] === 'worker'),
    )
    expect(wanted.length).toBeGreaterThan(7)
    for (const one of wanted) expect(sent, one.type).toContainEqual(asSent(bodyOf(one)))
  })

  it('makes the rules of the bucket last, so that no message waits for a linker that does not exist', async () => {
    await setUp(stepFor(least))
    const rules = cloudflare.written.findIndex(({ path }) => path.includes('event_notifications'))
    const [, changesBefore = Number.NaN] = deployed.find(([worker]) => worker === 'linker') ?? []
    expect(rules).toBeGreaterThan(changesBefore)
  })

  it('says which secrets are left, and no more once they are there', async () => {
    expect(await setUp(stepFor(most))).toEqual([
      'npm run wrangler -- staging linker secret put CKAN_API_TOKEN',
      'npm run wrangler -- staging linker secret put WEBHOOK_SECRETS',
      'npm run wrangler -- staging gateway secret put GRANT_SECRETS',
    ])
    cloudflare.putSecret('ckan-uplink-staging-linker', 'CKAN_API_TOKEN', 'token')
    cloudflare.putSecret('ckan-uplink-staging-linker', 'WEBHOOK_SECRETS', 'secret')
    cloudflare.putSecret('ckan-uplink-staging', 'GRANT_SECRETS', 'secret')
    expect(await setUp(stepFor(most))).toEqual([])
  })

  it('makes nothing twice', async () => {
    await setUp(stepFor(most))
    const signing = new Map(cloudflare.secretsOf('ckan-uplink-staging'))
    const before = cloudflare.written.length
    await setUp(stepFor(most))
    const again = cloudflare.written.slice(before)
    expect(again.filter(({ method }) => method !== 'PUT')).toEqual([])
    expect(again.map(({ path }) => path)).not.toContainEqual(expect.stringContaining('event_notifications'))
    expect(cloudflare.secretsOf('ckan-uplink-staging')).toEqual(signing)
  })

  it('gives the gateway a token whose secret key it derives, and prints neither', async () => {
    await setUp(stepFor(least))
    const [id = '', key = ''] = ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY'].map((name) =>
      cloudflare.secretsOf('ckan-uplink-staging').get(name),
    )
    const number = /^id-(\d+)$/u.exec(id)?.[1]
    expect(key).toBe(createHash('sha256').update(`value-${number}`).digest('hex'))
    expect(said.join('\n')).not.toMatch(new RegExp(`value-|${key}`, 'u'))
  })

  it('renews the token, and removes the earlier one after the gateway has the new one', async () => {
    await setUp(stepFor(least))
    const before = cloudflare.secretsOf('ckan-uplink-staging').get('R2_ACCESS_KEY_ID')
    const changes = cloudflare.written.length
    expect(await renewToken(stepFor(least))).toEqual([])
    expect(cloudflare.secretsOf('ckan-uplink-staging').get('R2_ACCESS_KEY_ID')).not.toBe(before)
    expect(cloudflare.written.slice(changes).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /tokens',
      'PUT /workers/scripts/ckan-uplink-staging/secrets',
      'PUT /workers/scripts/ckan-uplink-staging/secrets',
      `DELETE /tokens/${before}`,
    ])
  })

  it('stops with the words of Cloudflare, or with the zone that is missing', async () => {
    await expect(setUp(stepFor(least, 'wrong'))).rejects.toThrow(
      /^Cloudflare refuses GET \/accounts\/.*\/r2\/buckets.*: 403 Authentication error$/u,
    )
    const elsewhere = { ...least, zone: 'example.net', gatewayUrl: 'https://uploads.example.net' }
    await expect(setUp(stepFor(elsewhere))).rejects.toThrow('The zone example.net was not found')
  })

  it('keeps rules that the bucket has for the queue, and adds the missing rules', async () => {
    await setUp(stepFor(least))
    const [all] = bodiesAt(/event_notifications/u) as { readonly rules: readonly object[] }[]
    const { tools } = stepFor(least)
    const configuration = cloudflare.written.find(({ path }) => path.includes('event_notifications'))?.path ?? ''
    await tools.api.call('PUT', `/accounts/${least.accountId}${configuration}`, { rules: all?.rules.slice(0, 1) })
    await setUp(stepFor(least))
    expect(bodiesAt(/event_notifications/u).at(-1)).toEqual({ rules: all?.rules.slice(1) })
  })
})

/** Pulumi takes a token's resources as text, and its mocks make their own id of a check. */
function asSent(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (name, value) => {
    if (name === 'resources' && typeof value === 'string') return JSON.parse(value)
    return name === 'health_check_ids' ? [expect.stringMatching(/^id-/u)] : value
  })
}

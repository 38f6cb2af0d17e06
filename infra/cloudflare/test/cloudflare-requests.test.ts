import { describe, expect, it } from 'vitest'
import { environments } from '../../../environments.ts'
import type { CloudflareEnvironment } from '../entry.ts'
import { faultsOf } from './support/cloudflare-requests.ts'
import { deployWithMocks, type Made } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const cloudflare = Object.entries(environments).filter(
  (entry): entry is [string, CloudflareEnvironment] => entry[1].provider === 'cloudflare',
)

describe("the requests of Cloudflare's provider", () => {
  it.each([...cloudflare, ['least', least] as const, ['most', most] as const])(
    'match the API, for %s',
    async (name, environment) => {
      const { made } = await deployWithMocks(name, environment)
      expect(made.flatMap(faultsOf)).toEqual([])
    },
  )

  it.each<[string, string, (inputs: Record<string, unknown>) => unknown]>([
    ['a bucket name that the provider accepts', 'R2Bucket', (inputs) => ({ ...inputs, name: 'Bad_Name!' })],
    ['an unknown kind of consumer', 'QueueConsumer', (inputs) => ({ ...inputs, type: 'lambda' })],
    [
      'an unknown nested key',
      'QueueConsumer',
      (inputs) => ({ ...inputs, settings: { ...(inputs['settings'] as object), maxTries: 3 } }),
    ],
    [
      'an unknown action',
      'R2BucketEventNotification',
      (inputs) => ({ ...inputs, rules: [{ actions: ['object-create'], prefix: 'a/' }] }),
    ],
    [
      'rules that overlap',
      'R2BucketEventNotification',
      (inputs) => ({ ...inputs, rules: ['a/', 'a/b/'].map((prefix) => ({ actions: ['PutObject'], prefix })) }),
    ],
    ['no account', 'Queue', ({ accountId: _, ...inputs }) => inputs],
  ])('would be refused with %s', async (_, type, spoil) => {
    const made = (await deployWithMocks('least', least)).made.find((one) => one.type === type)
    const spoilt = { ...made, inputs: spoil({ ...made?.inputs }) } as Made
    expect(faultsOf(spoilt)).not.toEqual([])
  })
})

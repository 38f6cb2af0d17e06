import { describe, expect, it } from 'vitest'
import { environments } from '../environments.ts'
import type { Environments } from '../infra/environment.ts'
import { settingsOf } from '../infra/environment-settings.ts'
import { commandFor, findEnvironment, findEnvironmentOf } from '../infra/find-environment.ts'
import { faultsOf, good } from './support/environments.ts'

describe('environments.ts', () => {
  it('has one complete example for each cloud, and none with a fault', () => {
    const providers = Object.entries(environments).map(([name, environment]) => [
      environment.provider,
      faultsOf(environment, name),
    ])
    for (const provider of ['cloudflare', 'aws', 'azure']) expect(providers).toContainEqual([provider, []])
    expect(providers.flatMap(([, faults]) => faults)).toEqual([])
  })

  it('holds no secret', () => {
    for (const { ckanToken } of Object.values(environments)) expect(Object.keys(ckanToken)).toEqual(['secret'])
  })
})

describe('finding an environment', () => {
  const some: Environments = { production: good, ...environments }

  it('gives the one of this name, for the cloud that it is on', () => {
    expect(findEnvironment(some, 'production')).toBe(good)
    expect(findEnvironmentOf(some, 'production', 'cloudflare')).toBe(good)
    expect(findEnvironmentOf(some, 'production', 'azure', 'cloudflare')).toBe(good)
  })

  it('says in one sentence which command deploys what is on another cloud', () => {
    expect(() => findEnvironmentOf(some, 'aws-example', 'cloudflare')).toThrow(
      expect.objectContaining({
        faults: [
          'Environment aws-example is on AWS, not on Cloudflare: deploy it with cdk deploy -c environment=aws-example.',
        ],
      }),
    )
    expect(() => findEnvironmentOf(some, 'aws-example', 'cloudflare', 'azure')).toThrow(
      'Environment aws-example is on AWS, not on Cloudflare or Azure: deploy it with ',
    )
    expect(() => findEnvironmentOf(some, 'production', 'aws')).toThrow(
      'Environment production is on Cloudflare, not on AWS: deploy it with pulumi up -s production.',
    )
  })

  it.each(['producton', '', 'toString', '__proto__'])(
    'says which ones there are when there is none called %j',
    (name) => {
      expect(() => findEnvironment(some, name)).toThrow(
        expect.objectContaining({
          faults: [
            expect.stringMatching(
              /^There is no environment .* in environments\.ts: .*pulumi up -s production, .*cdk deploy -c environment=aws-example/u,
            ),
          ],
        }),
      )
    },
  )

  it('knows the command for each purpose on each cloud', () => {
    expect(commandFor('cloudflare', 'preview', 'production')).toEqual(['pulumi', 'preview', '-s', 'production'])
    expect(commandFor('azure', 'destroy', 'production')).toEqual(['pulumi', 'destroy', '-s', 'production'])
    expect(commandFor('aws', 'preview', 'production')).toEqual(['cdk', 'diff', '-c', 'environment=production'])
  })
})

describe('an environment', () => {
  it('leaves to the settings what it does not say', () => {
    expect(settingsOf(good)).toMatchObject({
      keyPrefix: 'resources/api_uploads/',
      maxUploadBytes: 5 * 1024 ** 3,
      publicVersions: false,
      allowHttpCkan: false,
      passThrough: true,
      anonymousDatasets: false,
      ckanConcurrency: 4,
    })
  })

  it('tells all its faults at once, each in its own words and with what to do', () => {
    const { accountId: _, ...noAccount } = good
    const faults = faultsOf({
      ...noAccount,
      zone: 'example.net',
      keyPrefix: '/uploads/',
      ckanUrl: 'data.example.org',
      bucket: 'Open_Data',
      ckanCallsAtOnce: 1,
    })
    expect(faults.map((fault) => fault.split(' ', 2).join(' ')).toSorted()).toEqual(
      ['accountId', 'bucket', 'ckanCallsAtOnce', 'ckanUrl', 'gatewayUrl', 'keyPrefix'].map(
        (field) => `staging: ${field}`,
      ),
    )
    for (const fault of faults) expect(fault).toMatch(/: .*: /u)
  })

  it.each<[string, object, string]>([
    ['no account', { accountId: '' }, 'accountId is not a Cloudflare account'],
    ['no zone', { zone: undefined }, 'zone is missing'],
    [
      'a gateway outside its zone',
      { gatewayUrl: 'https://uploads.example.com' },
      'gatewayUrl is not in the zone example.org',
    ],
    [
      'a gateway below a path',
      { gatewayUrl: 'https://uploads.example.org/api' },
      'give an https address of a host alone',
    ],
    ['a prefix with a leading slash', { keyPrefix: '/uploads/' }, 'keyPrefix is "/uploads/"'],
    ['a prefix among its own records', { keyPrefix: 'uplink/files/' }, 'keyPrefix is "uplink/files/"'],
    ['a prefix that overlaps with that of images', { keyPrefix: 'images/files/' }, 'keyPrefix is "images/files/"'],
    ['a queue that there cannot be', { queue: 'Files' }, 'queue is "Files"'],
    ['a queue whose dead letters could have no name', { queue: 'q'.repeat(51) }, 'queue is "qqq'],
    [
      'a queue to take over by its name',
      { adopt: { queueId: 'r2-file-uploads' } },
      'adopt.queueId is not the id of a queue',
    ],
    [
      'files on the host of the gateway',
      { publicBucketUrl: good.gatewayUrl },
      "publicBucketUrl is on the gateway's host",
    ],
    ['a way to a public host without one', { publicBy: 'route' }, 'publicBy has no publicBucketUrl'],
    [
      'a way to the public host that there is not',
      { publicBucketUrl: 'https://files.example.org', publicBy: 'bucket' },
      'publicBy is "bucket"',
    ],
    ['an origin with a path', { allowedOrigins: ['https://data.example.org/'] }, 'allowedOrigins has'],
    ['alarms to nobody', { alarmEmails: ['ops'] }, 'alarmEmails has "ops"'],
    [
      'a token instead of its name',
      { ckanToken: { secret: 'eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ4In0.c2lnbmF0dXJl' } },
      'ckanToken.secret is not the name of a secret',
    ],
    [
      'an API key instead of its name',
      { ckanToken: { secret: 'a0b1c2d3-0123-4567-89ab-0123456789ab' } },
      'ckanToken.secret is not the name of a secret',
    ],
    ['no token', { ckanToken: undefined }, 'ckanToken.secret is not the name of a secret'],
    ['a loader that there is not', { loader: 'airflow' }, 'loader is "airflow"'],
    ['workers.dev and another host', { gatewayBy: 'workers.dev' }, 'gatewayUrl is not on workers.dev'],
    ['a cloud that there is not', { provider: 'gcp' }, 'provider is none of'],
  ])('is refused with %s', (_, change, words) => {
    expect(faultsOf({ ...good, ...change }).filter((fault) => fault.includes(words))).toHaveLength(1)
  })

  it('never repeats what may be a secret', () => {
    expect(faultsOf({ ...good, ckanToken: { secret: 'eyJhbGciOiJIUzI1NiJ9.secret' } }).join()).not.toContain('secret"')
    expect(faultsOf({ ...good, ckanToken: { secret: 'top.secret.token' } }).join()).not.toContain('top.secret')
  })

  it('needs a name that can be part of others', () => {
    expect(faultsOf(good, 'Prod_1')).toEqual([expect.stringContaining('The name is no name for a stack')])
  })
})

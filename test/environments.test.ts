import { describe, expect, it } from 'vitest'
import { environments } from '../environments.ts'
import type { Environments } from '../infra/environment.ts'
import { settingsOf } from '../infra/environment-settings.ts'
import { commandFor, findEnvironment, findEnvironmentOf } from '../infra/find-environment.ts'
import { faultsOf, good } from './support/environments.ts'

describe('environments.ts', () => {
  it('has a complete example without faults for each cloud', () => {
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

  it('finds an entry by its name and its cloud', () => {
    expect(findEnvironment(some, 'production')).toBe(good)
    expect(findEnvironmentOf(some, 'production', 'cloudflare')).toBe(good)
    expect(findEnvironmentOf(some, 'production', 'azure', 'cloudflare')).toBe(good)
  })

  it('names the command for an entry on another cloud', () => {
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

  it.each(['producton', '', 'toString', '__proto__'])('lists the names if none is %j', (name) => {
    expect(() => findEnvironment(some, name)).toThrow(
      expect.objectContaining({
        faults: [
          expect.stringMatching(
            /^There is no environment .* in environments\.ts: .*pulumi up -s production, .*cdk deploy -c environment=aws-example/u,
          ),
        ],
      }),
    )
  })

  it('knows the command for each purpose on each cloud', () => {
    expect(commandFor('cloudflare', 'preview', 'production')).toEqual(['pulumi', 'preview', '-s', 'production'])
    expect(commandFor('azure', 'destroy', 'production')).toEqual(['pulumi', 'destroy', '-s', 'production'])
    expect(commandFor('aws', 'preview', 'production')).toEqual(['cdk', 'diff', '-c', 'environment=production'])
  })
})

describe('an environment', () => {
  it('leaves the settings that it does not mention at their defaults', () => {
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

  it('reports all its faults at once, each with its fix', () => {
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
    ['the prefix of the records', { keyPrefix: 'uplink/files/' }, 'keyPrefix is "uplink/files/"'],
    [
      'a prefix that overlaps with the prefix of images',
      { keyPrefix: 'images/files/' },
      'keyPrefix is "images/files/"',
    ],
    ['an invalid name of a queue', { queue: 'Files' }, 'queue is "Files"'],
    ['a name too long for the dead-letter queue', { queue: 'q'.repeat(51) }, 'queue is "qqq'],
    ['telemetry of an unknown kind', { openTelemetry: { metrics: 'grafana' } }, 'openTelemetry.metrics is unknown'],
    [
      'an adopted queue by its name instead of its id',
      { adopt: { queueId: 'r2-file-uploads' } },
      'adopt.queueId is not the id of a queue',
    ],
    [
      "public files on the gateway's host",
      { publicBucketUrl: good.gatewayUrl },
      "publicBucketUrl is on the gateway's host",
    ],
    ['publicBy without a public host', { publicBy: 'route' }, 'publicBy has no publicBucketUrl'],
    [
      'an unknown value of publicBy',
      { publicBucketUrl: 'https://files.example.org', publicBy: 'bucket' },
      'publicBy is "bucket"',
    ],
    ['an origin with a path', { allowedOrigins: ['https://data.example.org/'] }, 'allowedOrigins has'],
    ['alarms to an invalid address', { alarmEmails: ['ops'] }, 'alarmEmails has "ops"'],
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
    [
      'the secret of the plugin itself',
      { grantSecret: { secret: 'c0'.repeat(32) } },
      'grantSecret.secret is not the name of a secret',
    ],
    ['no token', { ckanToken: undefined }, 'ckanToken.secret is not the name of a secret'],
    ['an unknown loader', { loader: 'airflow' }, 'loader is "airflow"'],
    ['workers.dev and another host', { gatewayBy: 'workers.dev' }, 'gatewayUrl is not on workers.dev'],
    ['an unknown cloud', { provider: 'gcp' }, 'provider is none of'],
  ])('is refused with %s', (_, change, words) => {
    expect(faultsOf({ ...good, ...change }).filter((fault) => fault.includes(words))).toHaveLength(1)
  })

  it.each([
    ['bucket', { queue: 'other' }],
    ['queue', { queue: 'ckan-uplink-production', bucket: 'other' }],
  ])('is refused with the %s of another environment', (field, change) => {
    const some: Environments = { production: good, staging: { ...good, ...change } }
    expect(() => findEnvironment(some, 'staging')).toThrow(
      expect.objectContaining({
        faults: [expect.stringContaining(`staging: ${field} is also that of production`)],
      }),
    )
    const account = 'fedcba9876543210fedcba9876543210'
    const apart = { ...good, ...change, accountId: account }
    expect(findEnvironment({ production: good, staging: apart }, 'staging')).toBe(apart)
  })

  it('suggests the field that a misspelt one means', () => {
    expect(faultsOf({ ...good, alarmEmail: ['open-data@example.org'] })).toEqual([
      'staging: There is no field alarmEmail for cloudflare: Did you mean alarmEmails?',
    ])
    expect(faultsOf({ ...good, maxUploadByte: 1 })).toEqual([expect.stringContaining('Did you mean maxUploadBytes?')])
  })

  it('never repeats a value that may be a secret', () => {
    expect(faultsOf({ ...good, ckanToken: { secret: 'eyJhbGciOiJIUzI1NiJ9.secret' } }).join()).not.toContain('secret"')
    expect(faultsOf({ ...good, ckanToken: { secret: 'top.secret.token' } }).join()).not.toContain('top.secret')
  })

  it('needs a name that can be a part of other names', () => {
    expect(faultsOf(good, 'Prod_1')).toEqual([expect.stringContaining('The name is no name for a stack')])
  })
})

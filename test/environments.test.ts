import { ConfigurationError } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { environments } from '../environments.ts'
import { azureNames } from '../infra/azure-names.ts'
import type { AwsEnvironment, AzureEnvironment, CloudflareEnvironment, Environment, Environments } from '../infra/environment.ts'
import { settingsOf } from '../infra/environment-settings.ts'
import { commandFor, findEnvironment, findEnvironmentOf } from '../infra/find-environment.ts'

const good: CloudflareEnvironment = {
  provider: 'cloudflare',
  accountId: '0123456789abcdef0123456789abcdef',
  zone: 'example.org',
  ckanUrl: 'https://data.example.org',
  ckanToken: { secret: 'ckanToken' },
  ckanCallsAtOnce: 16,
  gatewayUrl: 'https://uploads.example.org',
  bucket: 'open-data',
}

const onAzure: AzureEnvironment = {
  provider: 'azure',
  subscriptionId: '01234567-89ab-cdef-0123-456789abcdef',
  location: 'germanywestcentral',
  storageAccount: 'opendatauploads',
  keyVault: { name: 'open-data', resourceGroup: 'secrets' },
  ckanUrl: 'https://data.example.org',
  ckanToken: { secret: 'ckan-token' },
  ckanCallsAtOnce: 16,
  gatewayUrl: 'https://uploads.example.org',
  bucket: 'open-data',
}

function faultsOf(environment: object, name = 'staging'): readonly string[] {
  try {
    findEnvironment({ [name]: environment as Environment }, name)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
    throw error
  }
  return []
}

describe('environments.ts', () => {
  it('has one complete example for each cloud, and none with a fault', () => {
    const providers = Object.entries(environments).map(([name, environment]) => [environment.provider, faultsOf(environment, name)])
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
      expect.objectContaining({ faults: ['Environment aws-example is on AWS, not on Cloudflare: deploy it with cdk deploy -c environment=aws-example.'] }),
    )
    expect(() => findEnvironmentOf(some, 'aws-example', 'cloudflare', 'azure')).toThrow(
      'Environment aws-example is on AWS, not on Cloudflare or Azure: deploy it with ',
    )
    expect(() => findEnvironmentOf(some, 'production', 'aws')).toThrow(
      'Environment production is on Cloudflare, not on AWS: deploy it with pulumi up -s production.',
    )
  })

  it.each(['producton', '', 'toString', '__proto__'])('says which ones there are when there is none called %j', (name) => {
    expect(() => findEnvironment(some, name)).toThrow(
      expect.objectContaining({
        faults: [expect.stringMatching(/^There is no environment .* in environments\.ts: .*pulumi up -s production, .*cdk deploy -c environment=aws-example/u)],
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
  it('leaves to the settings what it does not say', () => {
    expect(settingsOf(good)).toMatchObject({ keyPrefix: 'resources/api_uploads/', maxUploadBytes: 5 * 1024 ** 3, passThrough: true, ckanConcurrency: 4 })
  })

  it('tells all its faults at once, each in its own words and with what to do', () => {
    const { accountId: _, ...noAccount } = good
    const faults = faultsOf({ ...noAccount, zone: 'example.net', keyPrefix: '/uploads/', ckanUrl: 'data.example.org', bucket: 'Open_Data', ckanCallsAtOnce: 1 })
    expect(faults.map((fault) => fault.split(' ', 2).join(' ')).toSorted()).toEqual(
      ['accountId', 'bucket', 'ckanCallsAtOnce', 'ckanUrl', 'gatewayUrl', 'keyPrefix'].map((field) => `staging: ${field}`),
    )
    for (const fault of faults) expect(fault).toMatch(/: .*: /u)
  })

  it.each<[string, object, string]>([
    ['no account', { accountId: '' }, 'accountId is not a Cloudflare account'],
    ['no zone', { zone: undefined }, 'zone is missing'],
    ['a gateway outside its zone', { gatewayUrl: 'https://uploads.example.com' }, 'gatewayUrl is not in the zone example.org'],
    ['a gateway below a path', { gatewayUrl: 'https://uploads.example.org/api' }, 'give an https address of a host alone'],
    ['a prefix with a leading slash', { keyPrefix: '/uploads/' }, 'keyPrefix is "/uploads/"'],
    ['a prefix among its own records', { keyPrefix: 'uplink/files/' }, 'keyPrefix is "uplink/files/"'],
    ['a prefix that overlaps with that of images', { keyPrefix: 'images/files/' }, 'keyPrefix is "images/files/"'],
    ['a queue that there cannot be', { queue: 'Files' }, 'queue is "Files"'],
    ['a queue whose dead letters could have no name', { queue: 'q'.repeat(51) }, 'queue is "qqq'],
    ['a queue to take over by its name', { adopt: { queueId: 'r2-file-uploads' } }, 'adopt.queueId is not the id of a queue'],
    ['files on the host of the gateway', { publicBucketUrl: good.gatewayUrl }, "publicBucketUrl is on the gateway's host"],
    ['an origin with a path', { allowedOrigins: ['https://data.example.org/'] }, 'allowedOrigins has'],
    ['alarms to nobody', { alarmEmails: ['ops'] }, 'alarmEmails has "ops"'],
    [
      'a token instead of its name',
      { ckanToken: { secret: 'eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ4In0.c2lnbmF0dXJl' } },
      'ckanToken.secret is not the name of a secret',
    ],
    ['an API key instead of its name', { ckanToken: { secret: 'a0b1c2d3-0123-4567-89ab-0123456789ab' } }, 'ckanToken.secret is not the name of a secret'],
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

describe('an environment on AWS', () => {
  const region = 'eu-central-1'
  const certificateArn = `arn:aws:acm:${region}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef`
  const { ckanUrl, ckanToken, ckanCallsAtOnce, gatewayUrl, bucket } = good
  const trial: AwsEnvironment = { provider: 'aws', accountId: '123456789012', region, ckanUrl, ckanToken, ckanCallsAtOnce, bucket, gatewayBy: 'execute-api' }
  const onAws: AwsEnvironment = { ...trial, gatewayBy: 'custom-domain', gatewayUrl, certificateArn }

  it.each<[string, object]>([
    ['a certificate', onAws],
    ["the API's own address", trial],
    ['an address before the API', { ...trial, gatewayUrl: 'http://127.0.0.1:4566/gateway' }],
    [
      'a distribution before the bucket',
      { ...onAws, publicBucketUrl: 'https://files.example.org', distributionArn: 'arn:aws:cloudfront::123456789012:distribution/E1' },
    ],
  ])('may have %s', (_case, environment) => {
    expect(faultsOf(environment)).toEqual([])
  })

  it.each<[string, object, string]>([
    ['no account', { accountId: '1234' }, 'accountId is not an AWS account'],
    ['no region', { region: 'Frankfurt' }, 'region is not one of AWS'],
    ['a bucket that S3 refuses', { bucket: 'Open_Data' }, 'bucket is "Open_Data"'],
    ['a bucket whose TLS certificate would not fit', { bucket: 'open.data' }, 'bucket is "open.data"'],
    ['a bucket named as S3 names its own', { bucket: 'open-data-s3alias' }, 'nothing that S3 reserves'],
    ['a secret that looks like the end of an ARN', { ckanToken: { secret: 'uplink/ckan-123abc' } }, 'ckanToken.secret ends in -'],
    ['fewer calls than its linker makes', { ckanCallsAtOnce: 2 }, 'ckanCallsAtOnce is 2: on AWS give 3 at least'],
    ['no gateway', { gatewayUrl: undefined }, 'gatewayUrl is missing'],
    ['a gateway below a path', { gatewayUrl: 'https://uploads.example.org/api' }, 'give an https address of a host alone'],
    ['another way to the gateway', { gatewayBy: 'route' }, 'gatewayBy is "route"'],
    ['no certificate', { certificateArn: undefined }, 'certificateArn is missing'],
    [
      'a certificate of another kind',
      { certificateArn: 'arn:aws:iam::123456789012:server-certificate/uploads' },
      'certificateArn is not the ARN of a certificate',
    ],
    ['a certificate for CloudFront', { certificateArn: certificateArn.replace(region, 'us-east-1') }, 'certificateArn is in us-east-1, not in the region'],
    [
      'a certificate of another account',
      { certificateArn: certificateArn.replace('123456789012', '210987654321') },
      'certificateArn is in the account 210987654321',
    ],
    ['a certificate for no host', { gatewayBy: 'execute-api' }, 'certificateArn and hostedZoneId are for a custom domain'],
    ['a zone by its name', { hostedZoneId: 'example.org' }, 'hostedZoneId is "example.org"'],
    ['public files that nobody serves', { publicBucketUrl: 'https://files.example.org' }, 'publicBucketUrl needs distributionArn'],
    ['a distribution by its id', { distributionArn: 'E1', publicBucketUrl: 'https://files.example.org' }, 'distributionArn is not the ARN'],
    ['a distribution without an address', { distributionArn: 'arn:aws:cloudfront::123456789012:distribution/E1' }, 'distributionArn has no publicBucketUrl'],
  ])('is refused with %s', (_case, change, words) => {
    expect(faultsOf({ ...onAws, ...change }).filter((fault) => fault.includes(words))).toHaveLength(1)
  })

  it('tells all its faults at once', () => {
    const faults = faultsOf({ ...onAws, accountId: '', region: 'Frankfurt', ckanUrl: 'data.example.org', hostedZoneId: '-' })
    expect(faults.map((fault) => fault.split(' ', 2).join(' ')).toSorted()).toEqual(
      ['accountId', 'certificateArn', 'ckanUrl', 'hostedZoneId', 'region'].map((field) => `staging: ${field}`),
    )
  })
})

describe('an environment on Azure', () => {
  it('has no fault when it says the least', () => {
    expect(faultsOf(onAzure)).toEqual([])
    expect(faultsOf({ ...onAzure, adopt: { resourceGroup: 'open-data' } })).toEqual([])
  })

  it('tells all its faults at once, each with what to do', () => {
    const { subscriptionId: _, keyVault: __, ...neither } = onAzure
    const faults = faultsOf({ ...neither, location: 'Germany West Central', storageAccount: 'Open-Data', bucket: 'Open_Data', keyPrefix: '/uploads/' })
    expect(faults.map((fault) => fault.split(' ', 2).join(' ')).toSorted()).toEqual(
      ['bucket', 'keyPrefix', 'keyVault.name', 'keyVault.resourceGroup', 'location', 'storageAccount', 'subscriptionId'].map((field) => `staging: ${field}`),
    )
    for (const fault of faults) expect(fault).toMatch(/: .*: /u)
  })

  it.each<[string, object, string]>([
    ['no subscription', { subscriptionId: '' }, 'subscriptionId is not one of Azure'],
    ['no place', { location: undefined }, 'location is not one of Azure'],
    ['no account', { storageAccount: undefined }, 'storageAccount is no name for one'],
    ['no vault', { keyVault: undefined }, 'keyVault.name is no name for one'],
    ['a place by its display name', { location: 'West Europe' }, 'location is not one of Azure'],
    ['an account whose name leaves none for the host', { storageAccount: 'a'.repeat(21) }, 'storageAccount is no name for one'],
    ['an account with a dash', { storageAccount: 'open-data' }, 'storageAccount is no name for one'],
    ['a container of two letters', { bucket: 'ab' }, 'bucket is "ab"'],
    ['a container of 64 letters', { bucket: 'a'.repeat(64) }, 'bucket is "aaa'],
    ['a container with two dashes in a row', { bucket: 'open--data' }, 'bucket is "open--data"'],
    ['a container with a dash at the end', { bucket: 'open-data-' }, 'bucket is "open-data-"'],
    ["Azure's own container", { bucket: '$web' }, 'bucket is "$web"'],
    ['uploads among dead letters', { bucket: 'uplink-dead-letters' }, 'where dead letters go'],
    ['a vault that there cannot be', { keyVault: { name: 'open--data', resourceGroup: 'secrets' } }, 'keyVault.name is no name for one'],
    ['a secret that a vault cannot have', { ckanToken: { secret: 'ckan_token' } }, 'ckanToken.secret is no name for a secret of a key vault'],
    ['something to adopt without its place', { adopt: { resourceGroup: 'open data' } }, 'adopt.resourceGroup is no name for one'],
    ['a public container', { publicBucketUrl: 'https://files.example.org' }, 'publicBucketUrl is not for Azure'],
    ['a host of Azure that no function app has', { gatewayUrl: 'https://a.b.azurewebsites.net' }, 'not a name for a function app'],
    ['a gateway without TLS', { gatewayUrl: 'http://uploads.example.org' }, 'give an https address of a host alone'],
  ])('is refused with %s', (_, change, words) => {
    expect(faultsOf({ ...onAzure, ...change }).filter((fault) => fault.includes(words))).toHaveLength(1)
  })
})

describe('the names at Azure', () => {
  it('follow from the entry: the app is called after its host, or after the account when that is elsewhere', () => {
    expect(azureNames('staging', onAzure)).toEqual({
      resourceGroup: 'ckan-uplink-staging',
      functionApp: 'opendatauploads',
      hostStorageAccount: 'opendatauploadshost',
      deadLetterContainer: 'uplink-dead-letters',
    })
    const { functionApp } = azureNames('staging', { ...onAzure, gatewayUrl: 'https://ckan-uploads.azurewebsites.net' })
    expect(functionApp).toBe('ckan-uploads')
  })
})

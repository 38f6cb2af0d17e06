import { describe, expect, it } from 'vitest'
import type { AwsEnvironment } from '../infra/aws/entry.ts'
import { faultsOf, good } from './support/environments.ts'

describe('an environment on AWS', () => {
  const region = 'eu-central-1'
  const certificateArn = `arn:aws:acm:${region}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef`
  const { ckanUrl, ckanToken, ckanCallsAtOnce, gatewayUrl, bucket } = good
  const trial: AwsEnvironment = {
    provider: 'aws',
    accountId: '123456789012',
    region,
    ckanUrl,
    ckanToken,
    ckanCallsAtOnce,
    bucket,
    gatewayBy: 'execute-api',
  }
  const onAws: AwsEnvironment = { ...trial, gatewayBy: 'custom-domain', gatewayUrl, certificateArn }

  it.each<[string, object]>([
    ['a certificate', onAws],
    ["the API's own address", trial],
    ['an address before the API', { ...trial, gatewayUrl: 'http://127.0.0.1:4566/gateway' }],
    [
      'a distribution before the bucket',
      {
        ...onAws,
        publicBucketUrl: 'https://files.example.org',
        distributionArn: 'arn:aws:cloudfront::123456789012:distribution/E1',
      },
    ],
  ])('may have %s', (_case, environment) => {
    expect(faultsOf(environment)).toEqual([])
  })

  it.each<[string, object, string]>([
    ['no account', { accountId: '1234' }, 'accountId is not an AWS account'],
    ['no region', { region: 'Frankfurt' }, 'region is not one of AWS'],
    ['a bucket that S3 refuses', { bucket: 'Open_Data' }, 'bucket is "Open_Data"'],
    ['a bucket whose TLS certificate would not fit', { bucket: 'open.data' }, 'bucket is "open.data"'],
    ['a bucket with a name that S3 reserves', { bucket: 'open-data-s3alias' }, 'nothing that S3 reserves'],
    [
      'a secret that looks like the end of an ARN',
      { ckanToken: { secret: 'uplink/ckan-123abc' } },
      'ckanToken.secret ends in -',
    ],
    [
      'a secret of the plugin that looks like it',
      { grantSecret: { secret: 'uplink/ckan-123abc' } },
      'grantSecret.secret ends in -',
    ],
    ['fewer calls than its linker needs', { ckanCallsAtOnce: 2 }, 'ckanCallsAtOnce is 2: on AWS give 3 at least'],
    [
      'a layer of another region',
      { openTelemetry: { layerArn: 'arn:aws:lambda:eu-west-1:615299751070:layer:AWSOpenTelemetryDistroJs:16' } },
      'openTelemetry.layerArn is in eu-west-1',
    ],
    ['telemetry without a layer', { openTelemetry: true }, 'openTelemetry.layerArn is not the ARN of a layer'],
    ['no gateway', { gatewayUrl: undefined }, 'gatewayUrl is missing'],
    [
      'a gateway below a path',
      { gatewayUrl: 'https://uploads.example.org/api' },
      'give an https address of a host alone',
    ],
    ['another way to the gateway', { gatewayBy: 'route' }, 'gatewayBy is "route"'],
    ['no certificate', { certificateArn: undefined }, 'certificateArn is missing'],
    [
      'a certificate of another kind',
      { certificateArn: 'arn:aws:iam::123456789012:server-certificate/uploads' },
      'certificateArn is not the ARN of a certificate',
    ],
    [
      'a certificate for CloudFront',
      { certificateArn: certificateArn.replace(region, 'us-east-1') },
      'certificateArn is in us-east-1, not in the region',
    ],
    [
      'a certificate of another account',
      { certificateArn: certificateArn.replace('123456789012', '210987654321') },
      'certificateArn is in the account 210987654321',
    ],
    [
      'a certificate for no host',
      { gatewayBy: 'execute-api' },
      'certificateArn and hostedZoneId are for a custom domain',
    ],
    ['a zone by its name', { hostedZoneId: 'example.org' }, 'hostedZoneId is "example.org"'],
    [
      'a distribution by its id',
      { distributionArn: 'E1', publicBucketUrl: 'https://files.example.org' },
      'distributionArn is not the ARN',
    ],
    [
      'a distribution without an address',
      { distributionArn: 'arn:aws:cloudfront::123456789012:distribution/E1' },
      'distributionArn has no publicBucketUrl',
    ],
  ])('is refused with %s', (_case, change, words) => {
    expect(faultsOf({ ...onAws, ...change }).filter((fault) => fault.includes(words))).toHaveLength(1)
  })

  it('reports all its faults at once', () => {
    const faults = faultsOf({
      ...onAws,
      accountId: '',
      region: 'Frankfurt',
      ckanUrl: 'data.example.org',
      hostedZoneId: '-',
    })
    expect(faults.map((fault) => fault.split(' ', 2).join(' ')).toSorted()).toEqual(
      ['accountId', 'certificateArn', 'ckanUrl', 'hostedZoneId', 'region'].map((field) => `staging: ${field}`),
    )
  })
})

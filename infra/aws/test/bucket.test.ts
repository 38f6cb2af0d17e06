import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../environment-settings.ts'
import { attachCommands } from '../attach-bucket.ts'
import { least, most } from './support/environments.ts'
import { type Synthesised, synthesise } from './support/synthesise.ts'

/** The JSON argument of a command of `attachCommands`. */
function jsonOf(command: string | undefined): unknown {
  return JSON.parse(/ '(?<json>.*)'$/u.exec(command ?? '')?.groups?.['json'] ?? '')
}

/** A rule of any kind, with the fields that have another name in the AWS CLI. */
type Rule = Readonly<Record<string, unknown>> & { readonly Filter?: { readonly S3Key: { readonly Rules: unknown } } }

function statementsOf({ only }: Synthesised): readonly Record<string, unknown>[] {
  return (
    only('S3::BucketPolicy').Properties['PolicyDocument'] as { readonly Statement: readonly Record<string, unknown>[] }
  ).Statement
}

const adopting = { ...most, adopt: { bucket: true } }

const READERS = {
  AllowedOrigins: ['*'],
  AllowedMethods: ['GET', 'HEAD'],
  AllowedHeaders: expect.arrayContaining(['range']),
  ExposedHeaders: expect.arrayContaining(['Content-Range', 'Content-Length', 'Content-Disposition', 'ETag']),
}

describe('the bucket', () => {
  it('is private and encrypted, and answers only over TLS', () => {
    const synthesised = synthesise('staging', least)
    expect(synthesised.only('S3::Bucket').Properties).toMatchObject({
      BucketName: 'open-data',
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    })
    const arn = { 'Fn::GetAtt': [synthesised.only('S3::Bucket').id, 'Arn'] }
    expect(statementsOf(synthesised)).toEqual([
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:*',
        Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ])
  })

  it('lets the distribution of an earlier version read files, but no images and no records', () => {
    const [, read] = statementsOf(synthesise('staging', most))
    expect(read).toEqual({
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::open-data/uploads/open/*',
      Condition: { StringEquals: { 'aws:SourceArn': most.distributionArn } },
    })
  })

  it('lets web pages of the allowed origins upload, and pages of all origins read', () => {
    const { only } = synthesise('staging', most)
    expect(only('S3::Bucket').Properties['CorsConfiguration']).toMatchObject({
      CorsRules: [
        {
          AllowedOrigins: [...most.allowedOrigins, most.gatewayUrl],
          AllowedMethods: ['PUT'],
          AllowedHeaders: expect.not.arrayContaining(['*']),
        },
        READERS,
      ],
    })
    expect(synthesise('staging', least).only('S3::Bucket').Properties['CorsConfiguration']).toMatchObject({
      CorsRules: [READERS],
    })
  })

  it('removes unfinished uploads after a week, and no current object', () => {
    const { only } = synthesise('staging', least)
    expect(only('S3::Bucket').Properties['LifecycleConfiguration']).toEqual({
      Rules: [
        {
          Id: 'abort-unfinished-uploads',
          Status: 'Enabled',
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
        {
          Id: 'expire-removed-objects',
          Status: 'Enabled',
          NoncurrentVersionExpiration: { NoncurrentDays: 7 },
          ExpiredObjectDeleteMarker: true,
        },
      ],
    })
  })

  it('keeps earlier versions for the days of the entry, or none by default', () => {
    const { LifecycleConfiguration, VersioningConfiguration } = synthesise('staging', most).only(
      'S3::Bucket',
    ).Properties
    expect(VersioningConfiguration).toEqual({ Status: 'Enabled' })
    expect(LifecycleConfiguration).toMatchObject({
      Rules: expect.arrayContaining([
        expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: most.keepRemovedDays } }),
      ]),
    })
    expect(synthesise('staging', least).only('S3::Bucket').Properties).not.toHaveProperty('VersioningConfiguration')
  })

  it('keeps the versions of an adopted bucket unless the entry sets their days', () => {
    const { keepRemovedDays: _, ...asItIs } = adopting
    const commands = attachCommands(asItIs, 'arn:of:topic')
    expect(commands).not.toHaveProperty('attachVersioning')
    expect(commands['attachLifecycle']).not.toContain('NoncurrentVersionExpiration')
  })

  it('notifies the topic about each created object below the prefixes of files and images', () => {
    const { only } = synthesise('staging', most)
    const Topic = { Ref: only('SNS::Topic', 'Pipeline').id }
    const rule = (Value: string) => ({
      Topic,
      Event: 's3:ObjectCreated:*',
      Filter: { S3Key: { Rules: [{ Name: 'prefix', Value }] } },
    })
    expect(only('S3::Bucket').Properties['NotificationConfiguration']).toEqual({
      TopicConfigurations: [rule(settingsOf(most).keyPrefix), rule('images/')],
    })
  })

  it('is created last, when it may publish and the linker exists', () => {
    const { only } = synthesise('staging', least)
    const before = [
      only('SNS::TopicPolicy'),
      only('SNS::Subscription'),
      only('SQS::QueuePolicy', 'PipelineQueue'),
      only('Lambda::EventSourceMapping'),
    ]
    expect(only('S3::Bucket').DependsOn).toEqual(expect.arrayContaining(before.map(({ id }) => id)))
  })
})

describe('an existing bucket', () => {
  it('stays unchanged, and the outputs have the commands that attach it', () => {
    const { all, outputs } = synthesise('staging', adopting)
    expect([...all('S3::Bucket'), ...all('S3::BucketPolicy')]).toEqual([])
    expect(Object.keys(outputs)).toEqual(
      expect.arrayContaining(['attachNotifications', 'attachLifecycle', 'attachCors']),
    )
  })

  it('gets the same set-up by these commands as a new bucket by CloudFormation', () => {
    const { only } = synthesise('staging', most)
    const { attachNotifications, attachLifecycle, attachCors, attachVersioning } = attachCommands(
      adopting,
      'arn:of:topic',
    )
    const { NotificationConfiguration, LifecycleConfiguration, CorsConfiguration, VersioningConfiguration } = only(
      'S3::Bucket',
    ).Properties as Record<string, Record<string, Rule[]>>
    expect(jsonOf(attachVersioning)).toEqual(VersioningConfiguration)
    expect(jsonOf(attachNotifications)).toEqual({
      TopicConfigurations: NotificationConfiguration?.['TopicConfigurations']?.map(({ Event, Filter }) => ({
        TopicArn: 'arn:of:topic',
        Events: [Event],
        Filter: { Key: { FilterRules: Filter?.S3Key.Rules } },
      })),
    })
    expect(jsonOf(attachLifecycle)).toEqual({
      Rules: LifecycleConfiguration?.['Rules']?.map(
        ({ Id: ID, Prefix = '', ExpirationInDays: Days, ExpiredObjectDeleteMarker, ...rule }) => ({
          ID,
          ...rule,
          Filter: { Prefix },
          ...(Days !== undefined && { Expiration: { Days } }),
          ...(ExpiredObjectDeleteMarker !== undefined && { Expiration: { ExpiredObjectDeleteMarker } }),
        }),
      ),
    })
    expect(jsonOf(attachCors)).toEqual({
      CORSRules: CorsConfiguration?.['CorsRules']?.map(
        ({ Id: ID, ExposedHeaders: ExposeHeaders, MaxAge: MaxAgeSeconds, ...rule }) => ({
          ID,
          ExposeHeaders,
          MaxAgeSeconds,
          ...rule,
        }),
      ),
    })
  })
})

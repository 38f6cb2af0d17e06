import { describe, expect, it } from 'vitest'
import { concurrencyOf } from '../../environment-settings.ts'
import { least, most } from './support/environments.ts'
import { rightsOf } from './support/rights.ts'
import { type Synthesised, synthesise } from './support/synthesise.ts'

function variablesOf({ only }: Synthesised, kind: string): Readonly<Record<string, string>> {
  return (only('Lambda::Function', kind).Properties['Environment'] as { readonly Variables: Record<string, string> })
    .Variables
}

function statementsOf({ only }: Synthesised, type: string, within: string): readonly unknown[] {
  return (only(type, within).Properties['PolicyDocument'] as { readonly Statement: readonly unknown[] }).Statement
}

describe('the way from the bucket to the linker', () => {
  it('begins at a topic to which only this bucket of this account may publish, and only over TLS', () => {
    const synthesised = synthesise('staging', least)
    const Resource = { Ref: synthesised.only('SNS::Topic').id }
    const statements = statementsOf(synthesised, 'SNS::TopicPolicy', 'Pipeline')
    expect(statements).toHaveLength(2)
    expect(statements).toContainEqual({
      Sid: expect.any(String),
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sns:Publish',
      Resource,
      Condition: {
        StringEquals: { 'aws:SourceAccount': '123456789012' },
        ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::open-data' },
      },
    })
    expect(statements).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Resource, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    )
  })

  it("delivers S3's messages to the queue unchanged, and undeliverable messages to the dead-letter queue", () => {
    const { only } = synthesise('staging', least)
    expect(only('SNS::Subscription').Properties).toEqual({
      Protocol: 'sqs',
      TopicArn: { Ref: only('SNS::Topic').id },
      Endpoint: { 'Fn::GetAtt': [only('SQS::Queue', 'PipelineQueue').id, 'Arn'] },
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [only('SQS::Queue', 'DeadLetter').id, 'Arn'] } },
    })
  })

  it.each(['PipelineQueue', 'DeadLetterQueue'])(
    'keeps messages for 14 days, encrypted, and accepts them only from the topic: %s',
    (queue) => {
      const synthesised = synthesise('staging', least)
      expect(synthesised.only('SQS::Queue', queue).Properties).toMatchObject({
        MessageRetentionPeriod: 1_209_600,
        SqsManagedSseEnabled: true,
      })
      const statements = statementsOf(synthesised, 'SQS::QueuePolicy', queue)
      expect(statements).toHaveLength(2)
      expect(statements).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Action: 'sqs:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      )
      expect(statements).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Condition: { ArnEquals: { 'aws:SourceArn': { Ref: synthesised.only('SNS::Topic').id } } },
        }),
      )
    },
  )

  it('delivers batches to the linker, which acknowledges each message by itself', () => {
    const { only } = synthesise('staging', least)
    expect(only('Lambda::EventSourceMapping').Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [only('SQS::Queue', 'PipelineQueue').id, 'Arn'] },
      FunctionName: { Ref: only('Lambda::Function', 'Linker').id },
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 2,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
  })

  it('outlasts an outage of 72 hours, whether the linker answers or not, before messages expire', () => {
    const synthesised = synthesise('staging', least)
    const { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy } = synthesised.only('SQS::Queue', 'PipelineQueue')
      .Properties as Record<string, number>
    const { maxReceiveCount } = RedrivePolicy as unknown as Record<string, number>
    const receives = Number(maxReceiveCount)
    expect(variablesOf(synthesised, 'Linker')['MAX_RECEIVES']).toBe(String(receives))
    const unanswered = (receives - 1) * Number(VisibilityTimeout)
    const answered = Array.from({ length: receives - 1 }, (_, index) => Math.min(10 * 2 ** index, 3600)).reduce(
      (sum, delay) => sum + delay,
    )
    for (const seconds of [unanswered, answered]) {
      expect(seconds).toBeGreaterThanOrEqual(72 * 3600)
      expect(seconds).toBeLessThan(Number(MessageRetentionPeriod))
    }
  })

  it("hides a batch for six times the linker's timeout plus the window", () => {
    const { only } = synthesise('staging', least)
    const { VisibilityTimeout } = only('SQS::Queue', 'PipelineQueue').Properties as Record<string, number>
    const { Timeout } = only('Lambda::Function', 'Linker').Properties as Record<string, number>
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Number(Timeout) + 2)
  })

  it.each([3, 4, 7, 16, 1000])(
    'never makes more than %i calls to CKAN at once, with the nightly reconciliation',
    (ckanCallsAtOnce) => {
      const synthesised = synthesise('staging', { ...least, ckanCallsAtOnce })
      const { ScalingConfig } = synthesised.only('Lambda::EventSourceMapping').Properties as Record<
        string,
        Record<string, number>
      >
      const consumers = Number(ScalingConfig?.['MaximumConcurrency'])
      expect((consumers + 1) * Number(variablesOf(synthesised, 'Linker')['CKAN_CONCURRENCY'])).toBeLessThanOrEqual(
        ckanCallsAtOnce,
      )
      expect(consumers).toBe(concurrencyOf({ ckanCallsAtOnce }).consumers)
      expect(consumers).toBeGreaterThanOrEqual(2)
      expect(consumers).toBeLessThanOrEqual(1000)
    },
  )
})

describe('the nightly reconciliation', () => {
  it('begins at 03:17 UTC, never runs twice at once, and is not retried before the next night', () => {
    const { only } = synthesise('staging', least)
    const reconcile = only('Lambda::Function', 'Reconcile')
    expect(reconcile.Properties).toMatchObject({ Timeout: 900, ReservedConcurrentExecutions: 1 })
    expect(only('Events::Rule', 'Nightly').Properties).toMatchObject({
      ScheduleExpression: 'cron(17 3 * * ? *)',
      State: 'ENABLED',
      Targets: [
        {
          Arn: { 'Fn::GetAtt': [reconcile.id, 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 },
        },
      ],
    })
    expect(only('Lambda::EventInvokeConfig').Properties).toMatchObject({
      FunctionName: { Ref: reconcile.id },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 300,
    })
  })

  it('does not run by itself if the environment switches it off', () => {
    expect(
      synthesise('staging', { ...least, reconcileNightly: false }).only('Events::Rule', 'Nightly').Properties,
    ).toMatchObject({
      State: 'DISABLED',
    })
  })

  it('has an hourly check of the service token, also if the nightly run is switched off', () => {
    const { only } = synthesise('staging', { ...least, reconcileNightly: false })
    expect(only('Events::Rule', 'Hourly').Properties).toMatchObject({
      ScheduleExpression: 'cron(47 * * * ? *)',
      State: 'ENABLED',
      Targets: [
        { Arn: { 'Fn::GetAtt': [only('Lambda::Function', 'Reconcile').id, 'Arn'] }, Input: '{"task":"try-token"}' },
      ],
    })
  })
})

describe('the way of events to receivers', () => {
  it('does not exist without receivers', () => {
    expect(synthesise('staging', least).all('SQS::Queue')).toHaveLength(2)
    expect(synthesise('staging', least).all('Lambda::EventSourceMapping')).toHaveLength(1)
  })

  it('has a queue of its own, which delivers to the linker a few events at once, and keeps the undelivered', () => {
    const { only } = synthesise('staging', most)
    const queue = only('SQS::Queue', 'WebhooksQueue')
    expect(queue.Properties).toMatchObject({
      QueueName: 'ckan-uplink-staging-webhooks',
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [only('SQS::Queue', 'WebhooksDead').id, 'Arn'] },
        maxReceiveCount: 100,
      },
    })
    expect(only('Lambda::EventSourceMapping', 'Webhooks').Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [queue.id, 'Arn'] },
      FunctionName: { Ref: only('Lambda::Function', 'Linker').id },
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
  })
})

describe("with the platform's scanner", () => {
  const scanned = { ...least, scanner: 'platform', keepRemovedDays: 30 } as const

  it('GuardDuty scans files and images of the bucket, and tags them', () => {
    const { only } = synthesise('staging', scanned)
    const prefixes = ['resources/api_uploads/', 'images/']
    expect(only('GuardDuty::MalwareProtectionPlan').Properties).toMatchObject({
      ProtectedResource: { S3Bucket: { BucketName: 'open-data', ObjectPrefixes: prefixes } },
      Actions: { Tagging: { Status: 'ENABLED' } },
    })
    expect(only('S3::Bucket').Properties).toMatchObject({
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      VersioningConfiguration: { Status: 'Enabled' },
    })
  })

  it('its results reach the queue of the linker', () => {
    const { all, only } = synthesise('staging', scanned)
    const rules = all('Events::Rule').filter(({ Properties }) => 'EventPattern' in Properties)
    expect(rules.map(({ Properties }) => Properties)).toMatchObject([
      {
        EventPattern: {
          source: ['aws.guardduty'],
          'detail-type': ['GuardDuty Malware Protection Object Scan Result'],
          detail: {
            s3ObjectDetails: {
              bucketName: ['open-data'],
              objectKey: [{ prefix: 'resources/api_uploads/' }, { prefix: 'images/' }],
            },
          },
        },
        Targets: [
          {
            Arn: { 'Fn::GetAtt': [only('SQS::Queue', 'PipelineQueue').id, 'Arn'] },
            DeadLetterConfig: { Arn: { 'Fn::GetAtt': [only('SQS::Queue', 'DeadLetter').id, 'Arn'] } },
          },
        ],
      },
    ])
  })

  it('the linker may read tags, and no function may set them', () => {
    const synthesised = synthesise('staging', scanned)
    const tagging = (kind: string) => rightsOf(synthesised, kind).filter((line) => line.includes('Tagging'))
    expect(tagging('Linker')).toEqual(
      ['images/*', 'resources/api_uploads/*']
        .flatMap((place) =>
          ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'].map(
            (action) => `Allow ${action} arn:aws:s3:::open-data/${place}`,
          ),
        )
        .toSorted(),
    )
    expect(tagging('Gateway')).toEqual([])
  })
})

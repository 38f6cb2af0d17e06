import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awsNames } from '../../../infra/aws/names.ts'
import { ACCOUNT, REGION } from '../../../scripts/aws/ministack/ministack.ts'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import { type AwsRoad, BUCKET, ORIGIN, openAwsRoad } from './support/aws-road.ts'
import { NAME, STACK } from './support/cdk.ts'
import { operatorOf } from './support/operate.ts'
import { createOperator } from './support/operator.ts'

const NAMES = awsNames(NAME)
const DAYS_14 = String(14 * 86_400)

/** With a custom domain, AWS switches the trial address off. */
const OWN_HOST = {
  gatewayUrl: 'https://uploads.example.org',
  certificateArn: `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/01234567-89ab-cdef-0123-456789abcdef`,
  gatewayBy: 'custom-domain',
} as const

// In order: the last test removes the deployment.
describe('a deployment on AWS', () => {
  let ckan: CkanStandIn
  let road: AwsRoad
  let linkedBefore = ''
  beforeAll(async () => {
    ckan = await startCkanStandIn()
    road = await openAwsRoad('plain', ckan)
  })
  afterAll(async () => {
    await road?.close()
    await ckan?.close()
  })

  it('has an encrypted queue that keeps messages for 14 days, and moves unanswered messages to the dead-letter queue', async () => {
    const queue = await attributesOf(road.queueUrl)
    expect(queue).toMatchObject({
      MessageRetentionPeriod: DAYS_14,
      VisibilityTimeout: '2700',
      SqsManagedSseEnabled: 'true',
    })
    expect(JSON.parse(queue.RedrivePolicy)).toEqual({
      deadLetterTargetArn: arn('sqs', NAMES.deadLetterQueue),
      maxReceiveCount: 100,
    })
    expect(await attributesOf(road.deadLetterQueueUrl)).toMatchObject({
      MessageRetentionPeriod: DAYS_14,
      SqsManagedSseEnabled: 'true',
    })
  })

  it("delivers S3's messages unchanged, and undeliverable messages to the dead-letter queue", async () => {
    const { Subscriptions } = await road.aws('sns', 'list_subscriptions_by_topic', {
      TopicArn: arn('sns', NAMES.topic),
    })
    const { Attributes } = await road.aws('sns', 'get_subscription_attributes', {
      SubscriptionArn: Subscriptions[0].SubscriptionArn,
    })
    expect(Attributes).toMatchObject({
      RawMessageDelivery: 'true',
      RedrivePolicy: expect.stringContaining(arn('sqs', NAMES.deadLetterQueue)),
    })
    const { TopicConfigurations } = await road.aws('s3', 'get_bucket_notification_configuration', { Bucket: BUCKET })
    const prefixes = TopicConfigurations.map(({ Filter }: Answer) => Filter.Key.FilterRules[0].Value)
    expect(prefixes.sort()).toEqual(['images/', 'resources/api_uploads/'])
  })

  it('has a linker that takes batches, answers for each message, and keeps to the limit of calls to CKAN', async () => {
    const { EventSourceMappings } = await road.aws('lambda', 'list_event_source_mappings', {
      FunctionName: NAMES.functions.linker,
    })
    const partial = { FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 2 } }
    expect(EventSourceMappings).toMatchObject([
      { BatchSize: 100, MaximumBatchingWindowInSeconds: 2, State: 'Enabled', ...partial },
    ])
  })

  it('has a private bucket that takes uploads from the portal', async () => {
    const { PublicAccessBlockConfiguration } = await road.aws('s3', 'get_public_access_block', { Bucket: BUCKET })
    expect(Object.values(PublicAccessBlockConfiguration)).toEqual([true, true, true, true])
    expect(await road.aws('s3', 'get_bucket_cors', { Bucket: BUCKET })).toMatchObject({
      CORSRules: [{ AllowedOrigins: [ORIGIN], AllowedMethods: ['PUT'] }, { AllowedOrigins: ['*'] }],
    })
    expect((await road.aws('s3', 'get_bucket_policy', { Bucket: BUCKET })).Policy).toContain('aws:SecureTransport')
  })

  it('does not show the CKAN token', async () => {
    const everything = await Promise.all([
      road.aws('lambda', 'list_functions', {}),
      road.aws('cloudformation', 'get_template', { StackName: STACK }),
      road.aws('cloudformation', 'describe_stacks', { StackName: STACK }),
    ])
    expect(JSON.stringify(everything)).toContain(NAMES.functions.linker)
    expect(JSON.stringify(everything)).not.toContain(ckan.tokens.admin)
  })

  // The stack declares these properties, but MiniStack 1.5.33 ignores them. `npm run test:infra` tests the template. If
  // one of these tests fails, a newer MiniStack supports the property, and this file can test it.
  it('has properties that this emulator ignores: expiry, throttling, reserved concurrency, preflights', async () => {
    await expect(road.aws('s3', 'get_bucket_lifecycle_configuration', { Bucket: BUCKET })).rejects.toThrow(
      'NoSuchLifecycleConfiguration',
    )
    const [stage] = (await road.aws('apigatewayv2', 'get_stages', { ApiId: await apiId() })).Items
    expect(stage.DefaultRouteSettings).toEqual({})
    expect(await road.aws('lambda', 'get_function_concurrency', { FunctionName: NAMES.functions.reconcile })).toEqual(
      {},
    )
    const headers = { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' }
    expect((await fetch(`${road.gateway}/api/3/action/resource_upload`, { method: 'OPTIONS', headers })).status).toBe(
      403,
    )
  })

  it('sends a mail for every alarm when its metric crosses the threshold', async () => {
    const mailbox = await openMailbox()
    const { MetricAlarms } = await road.aws('cloudwatch', 'describe_alarms', {})
    expect(MetricAlarms.length).toBeGreaterThan(5)
    for (const { Namespace, MetricName, Dimensions, Threshold } of MetricAlarms) {
      await road.aws('cloudwatch', 'put_metric_data', {
        Namespace,
        MetricData: [{ MetricName, Dimensions, Value: Threshold }],
      })
    }
    const names = MetricAlarms.map(({ AlarmName }: Answer) => AlarmName).sort()
    await expect.poll(async () => [...(await mailbox())].sort(), { interval: 1000 }).toEqual(names)
  })

  it('can be changed during uploads and loses none of them', async () => {
    linkedBefore = only(await road.newDataset())
    await road.settled(await road.upload(linkedBefore, 'at the trial address'))
    const [before, during] = await Promise.all([askForOne(), askForOne()])
    await putByCurl(before.url, 'before')
    await Promise.all([road.redeploy({ maxUploadBytes: 1000, ...OWN_HOST }), putByCurl(during.url, 'during')])
    for (const ticket of [before, during]) expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    const resource = only(await road.newDataset())
    expect((await road.ask('resource_upload', { id: resource, size: 1001 })).status).toBe(409)
    expect(await road.settled(await road.upload(resource, 'after'))).toMatchObject({ state: 'linked' })
  })

  it('moves from its trial address to a host of its own, and then every link works', async () => {
    const trial = road.outputs.gatewayUrl
    const { url } = await road.resource(linkedBefore)
    expect(url).toMatch(trial)
    const operate = operatorOf({ ...road, environment: { ...road.environment, ...OWN_HOST } }, ckan)
    expect((await operate('reconcile')).stdout).toContain(`at another address, ${trial}`)
    expect(await operate(`reconcile --moved-from ${trial} --fix`)).toMatchObject({ code: 0 })
    const links = await linksInCkan()
    expect(links).toContain(url.replace(trial, OWN_HOST.gatewayUrl))
    expect(links.length).toBeGreaterThanOrEqual(3)
    for (const link of links) {
      expect(link.startsWith(`${OWN_HOST.gatewayUrl}/`), link).toBe(true)
      expect((await fetch(link.replace(OWN_HOST.gatewayUrl, road.gateway))).status, link).toBe(200)
    }
  })

  it('leaves only the bucket with every file when it is removed', async () => {
    const ticket = await road.upload(only(await road.newDataset()), 'ours')
    await road.settled(ticket)
    await road.destroy()
    expect(await createOperator(road).objects('resources/')).toContain(ticket.key)
    const left = await Promise.all([
      road.aws('lambda', 'list_functions', {}),
      road.aws('sns', 'list_topics', {}),
      road.aws('cloudwatch', 'describe_alarms', {}),
      road.aws('apigatewayv2', 'get_apis', {}),
      road.aws('events', 'list_rules', {}),
      road.aws('logs', 'describe_log_groups', { logGroupNamePrefix: '/aws' }),
    ])
    expect(JSON.stringify(left)).not.toContain(NAMES.queue)
    await expect(attributesOf(road.queueUrl)).rejects.toThrow('NonExistentQueue')
    await expect(attributesOf(road.deadLetterQueueUrl)).rejects.toThrow('NonExistentQueue')
  })

  async function linksInCkan(): Promise<readonly string[]> {
    const { results } = await road.act('package_search', { rows: 1000 }, 'admin')
    const resources = results.flatMap((dataset: Answer) => dataset.resources)
    return resources.map((resource: Answer) => resource.url).filter((link: string) => link.includes('/download/'))
  }

  async function askForOne() {
    return road.askForUrl(only(await road.newDataset()), { name: 'table.csv' })
  }

  function arn(service: string, name: string): string {
    return `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`
  }

  async function attributesOf(QueueUrl: string): Promise<Answer> {
    return (await road.aws('sqs', 'get_queue_attributes', { QueueUrl, AttributeNames: ['All'] })).Attributes
  }

  async function apiId(): Promise<string> {
    return (await road.aws('apigatewayv2', 'get_apis', {})).Items[0].ApiId
  }

  /** Receives the mails of the alarms. The result gives the alarms that have sent one so far. */
  async function openMailbox(): Promise<() => Promise<ReadonlySet<string>>> {
    const { QueueUrl } = await road.aws('sqs', 'create_queue', { QueueName: 'mailbox' })
    const Attributes = { RawMessageDelivery: 'true' }
    await road.aws('sns', 'subscribe', {
      TopicArn: arn('sns', NAMES.alarmTopic),
      Protocol: 'sqs',
      Endpoint: arn('sqs', 'mailbox'),
      Attributes,
    })
    const seen = new Set<string>()
    return async () => {
      const { Messages = [] } = await road.aws('sqs', 'receive_message', { QueueUrl, MaxNumberOfMessages: 10 })
      for (const { Body } of Messages) {
        const { AlarmName, NewStateValue } = JSON.parse(Body)
        if (NewStateValue === 'ALARM') seen.add(AlarmName)
      }
      return seen
    }
  }
})

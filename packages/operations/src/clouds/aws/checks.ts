import {
  GetFunctionConfigurationCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda'
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { GetSubscriptionAttributesCommand, ListSubscriptionsByTopicCommand, type SNSClient } from '@aws-sdk/client-sns'
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { STSClient } from '@aws-sdk/client-sts'
import { IMAGE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, right, wrong } from '../../doctor/check.ts'
import { lostEventsChecks } from '../lost-events-check.ts'
import { type DeletingRule, judgeRecordRules } from '../record-rules.ts'
import { accountCheck } from './account-check.ts'
import type { AwsDeployment } from './deployment.ts'
import { mailCheck } from './mail-check.ts'

export interface AwsClients {
  readonly s3: S3Client
  readonly sqs: SQSClient
  readonly sns: SNSClient
  readonly lambda: LambdaClient
  readonly sts: STSClient
}

const DEPLOY =
  'Deploy the environment again. If it uses an existing bucket, run the attach… commands among its outputs.'
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const TIMEOUTS_OF_VISIBILITY = 6
/** Messages have to last over a weekend. */
const LEAST_RETENTION_SECONDS = 3 * 86_400

type Attributes = Readonly<Record<string, string>>

/** Checks S3's notifications, the topic, the queues and the linker's mapping. */
export function awsChecks(deployment: AwsDeployment, clients: AwsClients): readonly Check[] {
  const { s3, sqs, sns, lambda, sts } = clients
  const { settings, queue, deadLetterQueue, lostEventsQueue, linker, mails } = deployment
  const adviceOnError =
    'Check that your credentials belong to the right account, and that they may read the configuration of S3, SNS, SQS and Lambda.'
  const check = (name: string, run: () => Promise<CheckResult>): Check => ({ name, adviceOnError, run })
  return [
    accountCheck(sts, deployment.accountId),
    check('notifications', async () => {
      const { TopicConfigurations = [] } = await s3.send(
        new GetBucketNotificationConfigurationCommand({ Bucket: settings.bucket }),
      )
      return judgeNotifications(deployment, TopicConfigurations)
    }),
    check('records', async () => judgeRecordRules(await readDeletingRules(s3, settings.bucket), DEPLOY)),
    check('topic', async () => judgeSubscription(deployment, await subscriptionOf(deployment, clients))),
    check('queue', async () => {
      const [attributes, { Timeout = 0, Environment }] = await Promise.all([
        attributesOf(sqs, queue),
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName: linker })),
      ])
      return judgeQueue(deployment, attributes, {
        timeoutSeconds: Timeout,
        maxReceives: Environment?.Variables?.['MAX_RECEIVES'],
      })
    }),
    check('linker', async () => {
      const { EventSourceMappings = [] } = await lambda.send(
        new ListEventSourceMappingsCommand({ FunctionName: linker }),
      )
      return judgeMapping(
        linker,
        EventSourceMappings.find(({ EventSourceArn }) => EventSourceArn?.endsWith(`:${queue}`)),
      )
    }),
    check('dead-letter queue', async () => judgeDeadLetters(deadLetterQueue, await attributesOf(sqs, deadLetterQueue))),
    ...lostEventsChecks(settings, {
      queue: lostEventsQueue,
      adviceOnError,
      count: async () => Number((await attributesOf(sqs, lostEventsQueue))['ApproximateNumberOfMessages']),
    }),
    ...(mails ? [mailCheck(sns, mails)] : []),
  ]
}

/** Rules that delete current objects, not only earlier versions and delete markers. */
async function readDeletingRules(s3: S3Client, bucket: string): Promise<readonly DeletingRule[]> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket })
  const found = await s3.send(command).catch((thrown: unknown) => {
    if (thrown instanceof Error && thrown.name === 'NoSuchLifecycleConfiguration') return undefined
    throw thrown
  })
  return (found?.Rules ?? []).flatMap(({ ID = 'without a name', Status, Prefix, Filter, Expiration }) => {
    const isDeleting = Expiration?.Days !== undefined || Expiration?.Date !== undefined
    const prefix = Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? ''
    return Status === 'Enabled' && isDeleting ? [{ name: ID, prefix }] : []
  })
}

interface TopicConfiguration {
  readonly TopicArn: string | undefined
  readonly Events: readonly string[] | undefined
  readonly Filter?:
    | {
        readonly Key?:
          | {
              readonly FilterRules?:
                | readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[]
                | undefined
            }
          | undefined
      }
    | undefined
}

function judgeNotifications(
  { topic, settings: { keyPrefix } }: AwsDeployment,
  configurations: readonly TopicConfiguration[],
): CheckResult {
  const covers =
    (prefix: string) =>
    ({ TopicArn = '', Events = [], Filter }: TopicConfiguration) => {
      const rules = Filter?.Key?.FilterRules ?? []
      // S3 returns the names of rules with a capital letter.
      const isWhole = rules.every(
        ({ Name, Value = '' }) => Name?.toLowerCase() === 'prefix' && prefix.startsWith(Value),
      )
      return TopicArn.endsWith(`:${topic}`) && Events.includes('s3:ObjectCreated:*') && isWhole
    }
  const prefixes = [keyPrefix, IMAGE_PREFIX]
  const silent = prefixes.filter((prefix) => !configurations.some(covers(prefix)))
  if (silent.length === 0) return right(`${prefixes.join(' and ')}: S3 notifies ${topic}`)
  return wrong(`Notifications do not cover all new objects below ${silent.join(' and ')}.`, DEPLOY)
}

async function attributesOf(sqs: SQSClient, name: string): Promise<Attributes> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }))
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return Attributes
}

async function subscriptionOf(
  { queue, topic }: AwsDeployment,
  { sqs, sns }: AwsClients,
): Promise<Attributes | undefined> {
  const { QueueArn = '' } = await attributesOf(sqs, queue)
  const TopicArn = QueueArn.replace(':sqs:', ':sns:').replace(/[^:]*$/u, topic)
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  const SubscriptionArn = Subscriptions.find(({ Endpoint }) => Endpoint === QueueArn)?.SubscriptionArn
  if (SubscriptionArn === undefined) return undefined
  return (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes ?? {}
}

function judgeSubscription(
  { topic, queue, deadLetterQueue }: AwsDeployment,
  attributes: Attributes | undefined,
): CheckResult {
  if (attributes === undefined) return wrong(`The queue ${queue} is not subscribed to the topic ${topic}.`, DEPLOY)
  const redrive = targetOf(attributes)
  if (!redrive.endsWith(`:${deadLetterQueue}`))
    return wrong(`SNS drops the messages of ${topic} that it cannot deliver.`, DEPLOY)
  return right(`${topic} writes to ${queue}, and undeliverable messages to ${deadLetterQueue}`)
}

interface Linker {
  readonly timeoutSeconds: number
  readonly maxReceives: string | undefined
}

function judgeQueue(
  { queue, deadLetterQueue }: AwsDeployment,
  attributes: Attributes,
  { timeoutSeconds, maxReceives }: Linker,
): CheckResult {
  const visibility = Number(attributes['VisibilityTimeout'])
  const receives = String(redriveOf(attributes)['maxReceiveCount'] ?? '')
  if (!targetOf(attributes).endsWith(`:${deadLetterQueue}`))
    return wrong(`Messages that the linker never acknowledges do not go to ${deadLetterQueue}.`, DEPLOY)
  if (visibility < TIMEOUTS_OF_VISIBILITY * timeoutSeconds)
    return wrong(
      `${queue} delivers again after ${visibility} s, which is less than ${TIMEOUTS_OF_VISIBILITY} times the linker's time-out of ${timeoutSeconds} s.`,
      DEPLOY,
    )
  if (receives !== maxReceives)
    return wrong(
      `${queue} delivers ${receives} times, but the linker's MAX_RECEIVES is ${maxReceives}: it does not know the last attempt.`,
      DEPLOY,
    )
  const days = Number(attributes['MessageRetentionPeriod']) / 86_400
  if (days * 86_400 < LEAST_RETENTION_SECONDS)
    return wrong(`${queue} keeps messages for ${days} days: an outage of CKAN over a weekend would lose some.`, DEPLOY)
  return right(
    `${queue} delivers up to ${receives} times, every ${visibility} s without an answer, and keeps messages for ${days} days`,
  )
}

interface Mapping {
  readonly State?: string | undefined
  readonly FunctionResponseTypes?: readonly string[] | undefined
}

function judgeMapping(linker: string, mapping: Mapping | undefined): CheckResult {
  if (mapping === undefined) return wrong(`${linker} does not receive messages of the queue.`, DEPLOY)
  if (mapping.State !== 'Enabled')
    return wrong(
      `${linker} receives no messages of the queue: its mapping is ${mapping.State}.`,
      'Enable the mapping: aws lambda update-event-source-mapping --enabled.',
    )
  if (!mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures'))
    return wrong(
      `${linker} cannot report single failed messages, so SQS would acknowledge all messages of a batch.`,
      DEPLOY,
    )
  return right(`${linker} receives the messages of the queue`)
}

function judgeDeadLetters(name: string, attributes: Attributes): CheckResult {
  const count = Number(attributes['ApproximateNumberOfMessages'])
  if (count > 0)
    return wrong(
      `${name} contains about ${count} ${count === 1 ? 'message' : 'messages'}.`,
      'Move them to the parked messages with npm run uplink -- parked list.',
    )
  return right(`${name} is empty, and keeps messages for ${Number(attributes['MessageRetentionPeriod']) / 86_400} days`)
}

function redriveOf(attributes: Attributes): Readonly<Record<string, unknown>> {
  return JSON.parse(attributes['RedrivePolicy'] ?? '{}')
}

function targetOf(attributes: Attributes): string {
  return String(redriveOf(attributes)['deadLetterTargetArn'] ?? '')
}

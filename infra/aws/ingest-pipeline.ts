import { Duration } from 'aws-cdk-lib'
import * as eventbridge from 'aws-cdk-lib/aws-events'
import * as targets from 'aws-cdk-lib/aws-events-targets'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as sns from 'aws-cdk-lib/aws-sns'
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions'
import * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { concurrencyOf } from '../environment-settings.ts'
import type { FunctionFolders } from './bundle-functions.ts'
import type { AwsEnvironment } from './entry.ts'
import { CONSUMER, RECONCILE_AT, RETENTION, TRY_TOKEN_AT } from './figures.ts'
import { linkerVariables } from './function-variables.ts'
import { awsNames } from './names.ts'
import { bucketArnOf, permissionsOn } from './permissions.ts'
import { isScanned } from './platform-scans.ts'
import { UplinkFunction } from './uplink-function.ts'
import type { WebhooksQueue } from './webhooks-queue.ts'

export interface IngestPipelineProps {
  readonly name: string
  readonly environment: AwsEnvironment
  readonly folders: FunctionFolders
  readonly gatewayUrl: string
  /** Absent without receivers of events. */
  readonly events: WebhooksQueue | undefined
}

/** Of exactly one version of an object. */
const READ_TAGS = ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'] as const

/** The way from an object in the bucket to CKAN: topic, queue, dead-letter queue, linker and nightly reconciliation. */
export class IngestPipeline extends Construct {
  readonly topic: sns.Topic
  readonly queue: sqs.Queue
  readonly deadLetterQueue: sqs.Queue
  readonly linker: UplinkFunction
  readonly reconcile: UplinkFunction

  constructor(scope: Construct, id: string, props: IngestPipelineProps) {
    super(scope, id)
    const { name, environment, gatewayUrl, events } = props
    const names = awsNames(name)
    const common = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: RETENTION }
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetterQueue', { queueName: names.deadLetterQueue, ...common })
    this.queue = new sqs.Queue(this, 'Queue', {
      queueName: names.queue,
      ...common,
      visibilityTimeout: CONSUMER.visibility,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: CONSUMER.maxReceives },
    })
    this.topic = new sns.Topic(this, 'Topic', { topicName: names.topic, enforceSSL: true })
    this.#letBucketPublish(environment)
    // Raw: the message is S3's own. The dead-letter queue keeps undeliverable messages, for example after a bad policy.
    this.topic.addSubscription(
      new subscriptions.SqsSubscription(this.queue, {
        rawMessageDelivery: true,
        deadLetterQueue: this.deadLetterQueue,
      }),
    )
    const variables = linkerVariables(environment, {
      gatewayUrl,
      queueUrl: this.queue.queueUrl,
      eventQueueUrl: events?.queue.queueUrl,
    })
    this.linker = this.#createLinker(props, variables)
    this.reconcile = this.#createReconcile(props, variables)
    events?.deliverBy(this.linker.lambda)
  }

  /**
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html: a bucket's ARN
   * names no account.
   */
  #letBucketPublish(environment: AwsEnvironment): void {
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': environment.accountId },
          ArnLike: { 'aws:SourceArn': bucketArnOf(this, environment) },
        },
      }),
    )
  }

  #createLinker(
    { name, environment, folders, events }: IngestPipelineProps,
    variables: Readonly<Record<string, string>>,
  ): UplinkFunction {
    const may = permissionsOn(this, environment)
    const consume = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility']
    const linker = new UplinkFunction(this, 'Linker', {
      name,
      kind: 'linker',
      ...(environment.openTelemetry && { openTelemetry: environment.openTelemetry }),
      description: 'Links uploads in CKAN when the bucket notifies the queue',
      folders,
      variables,
      statements: [
        // It removes refused images and files that arrive by the URL of a withdrawn upload.
        may.uploads('s3:GetObject', 's3:DeleteObject'),
        may.records('s3:GetObject', 's3:PutObject'),
        may.openUploads('s3:DeleteObject'),
        ...(isScanned(environment) ? [may.waitingScans('s3:DeleteObject'), may.uploads(...READ_TAGS)] : []),
        may.listing(),
        may.secret(environment.ckanToken.secret),
        new iam.PolicyStatement({ actions: consume, resources: [this.queue.queueArn] }),
        ...(events ? [events.sending(), events.consuming()] : []),
        ...(environment.webhookSecret ? [may.secret(environment.webhookSecret.secret)] : []),
      ],
    })
    new lambda.EventSourceMapping(this, 'Consumer', {
      target: linker.lambda,
      eventSourceArn: this.queue.queueArn,
      batchSize: CONSUMER.batchSize,
      maxBatchingWindow: CONSUMER.window,
      maxConcurrency: concurrencyOf(environment).consumers,
      reportBatchItemFailures: true,
    })
    return linker
  }

  #createReconcile(
    { name, environment, folders, events }: IngestPipelineProps,
    variables: Readonly<Record<string, string>>,
  ): UplinkFunction {
    const may = permissionsOn(this, environment)
    const reconcile = new UplinkFunction(this, 'Reconcile', {
      name,
      kind: 'reconcile',
      ...(environment.openTelemetry && { openTelemetry: environment.openTelemetry }),
      description: 'Links uploads in CKAN whose notification was lost',
      folders,
      variables,
      statements: [
        may.uploads('s3:GetObject', 's3:DeleteObject', 's3:DeleteObjectVersion'),
        may.records('s3:GetObject', 's3:PutObject', 's3:DeleteObject'),
        may.listing(),
        may.listingVersions(),
        ...(isScanned(environment) ? [may.uploads(...READ_TAGS)] : []),
        may.secret(environment.ckanToken.secret),
        ...(events ? [events.sending()] : []),
      ],
      reservedConcurrency: 1,
    })
    // No retries: the next night finds the rest.
    const once = { retryAttempts: 0, maxEventAge: Duration.minutes(5) }
    reconcile.lambda.configureAsyncInvoke(once)
    new eventbridge.Rule(this, 'Nightly', {
      description: 'Starts the reconciliation of the whole bucket',
      schedule: eventbridge.Schedule.cron(RECONCILE_AT),
      enabled: environment.reconcileNightly ?? true,
      targets: [new targets.LambdaFunction(reconcile.lambda, once)],
    })
    const event = eventbridge.RuleTargetInput.fromObject({ task: 'try-token' })
    new eventbridge.Rule(this, 'Hourly', {
      description: 'Starts a check of the service token, which the gateway cannot read',
      schedule: eventbridge.Schedule.cron(TRY_TOKEN_AT),
      targets: [new targets.LambdaFunction(reconcile.lambda, { ...once, event })],
    })
    return reconcile
  }
}

import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { CONSUMER, RETENTION, WEBHOOKS_CONSUMER } from './figures.ts'
import { awsNames } from './names.ts'

/** The queue of events for receivers, with its dead-letter queue. It is apart from the queue of links. */
export class WebhooksQueue extends Construct {
  readonly queue: sqs.Queue
  readonly deadLetterQueue: sqs.Queue

  constructor(scope: Construct, id: string, { name }: { readonly name: string }) {
    super(scope, id)
    const { webhooksQueue, webhooksDeadLetterQueue } = awsNames(name)
    const common = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: RETENTION }
    this.deadLetterQueue = new sqs.Queue(this, 'Dead', { queueName: webhooksDeadLetterQueue, ...common })
    this.queue = new sqs.Queue(this, 'Queue', {
      queueName: webhooksQueue,
      ...common,
      visibilityTimeout: CONSUMER.visibility,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: CONSUMER.maxReceives },
    })
  }

  /** The right to put events on the queue. */
  sending(): iam.PolicyStatement {
    return new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] })
  }

  /** The rights to deliver events. */
  consuming(): iam.PolicyStatement {
    const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility']
    return new iam.PolicyStatement({ actions, resources: [this.queue.queueArn] })
  }

  /** Has this function deliver the events, a few at once. */
  deliverBy(target: lambda.IFunction): void {
    new lambda.EventSourceMapping(this, 'Consumer', {
      target,
      eventSourceArn: this.queue.queueArn,
      ...WEBHOOKS_CONSUMER,
      reportBatchItemFailures: true,
    })
  }
}

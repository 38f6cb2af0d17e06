import { WEBHOOKS_CONSUMER } from '@ckan-uplink/cloudflare'
import * as cloudflare from '@pulumi/cloudflare'
import type * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { cloudflareNames } from './names.ts'
import { RETENTION_SECONDS } from './worker.ts'

/** The queue of events for receivers, with its dead-letter queue. It is apart from the queue of links. */
export interface WebhooksQueue {
  readonly queueName: pulumi.Output<string>
  /** The secret that signs events. */
  readonly secret: pulumi.Output<string>
  /** Has this Worker deliver the events. */
  deliverBy(scriptName: pulumi.Input<string>, options: pulumi.CustomResourceOptions): void
}

export function createWebhooksQueue(
  name: string,
  environment: CloudflareEnvironment,
  secret: pulumi.Output<string>,
): WebhooksQueue {
  const { accountId } = environment
  const { webhooksQueue, webhooksDeadLetterQueue } = cloudflareNames(name, environment)
  const settings = { messageRetentionPeriod: RETENTION_SECONDS }
  const queue = new cloudflare.Queue(`${name}-webhooks`, { accountId, queueName: webhooksQueue, settings })
  const deadLetters = new cloudflare.Queue(`${name}-webhooks-dead`, {
    accountId,
    queueName: webhooksDeadLetterQueue,
    settings,
  })
  const { batchSize, maxWaitSeconds, maxRetries, retryDelaySeconds, maxConcurrency } = WEBHOOKS_CONSUMER
  const delivery = {
    batchSize,
    maxWaitTimeMs: maxWaitSeconds * 1000,
    maxRetries,
    retryDelay: retryDelaySeconds,
    maxConcurrency,
  }
  return {
    queueName: queue.queueName,
    secret,
    deliverBy(scriptName, options) {
      const { queueName: deadLetterQueue } = deadLetters
      new cloudflare.QueueConsumer(
        `${name}-webhooks`,
        { accountId, queueId: queue.queueId, type: 'worker', scriptName, deadLetterQueue, settings: delivery },
        options,
      )
    },
  }
}

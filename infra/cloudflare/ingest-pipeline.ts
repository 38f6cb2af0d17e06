import { CONSUMER } from '@ckan-uplink/cloudflare'
import * as cloudflare from '@pulumi/cloudflare'
import * as pulumi from '@pulumi/pulumi'
import { concurrencyOf } from '../environment-settings.ts'
import type { CloudflareEnvironment } from './entry.ts'
import { cloudflareNames } from './names.ts'
import { notificationRules } from './resources.ts'
import type { WebhooksQueue } from './webhooks-queue.ts'
import { DEAD_LETTER_CONSUMER, linkerCrons, RETENTION_SECONDS } from './worker.ts'
import { workerBindings } from './worker-bindings.ts'
import { createWorkersScript } from './workers-script.ts'

export interface IngestPipelineArgs {
  readonly environment: CloudflareEnvironment
  readonly bucketName: pulumi.Input<string>
  /** The linker's Worker as one module. */
  readonly script: string
  /** The service's own CKAN token. */
  readonly ckanToken: pulumi.Output<string>
  /** The queue of events, if there are receivers. */
  readonly events: WebhooksQueue | undefined
}

/** The way from an object in the bucket to CKAN: notification rules, queue, dead-letter queue and linker. */
export class IngestPipeline extends pulumi.ComponentResource {
  readonly queueName: pulumi.Output<string>
  readonly deadLetterQueueName: pulumi.Output<string>

  constructor(name: string, { environment, bucketName, script, ckanToken, events }: IngestPipelineArgs) {
    super('ckan-uplink:cloudflare:IngestPipeline', name)
    const { accountId, adopt } = environment
    const names = cloudflareNames(name, environment)
    const settings = { messageRetentionPeriod: RETENTION_SECONDS }
    const adoption = adopt?.queueId !== undefined ? { import: `${accountId}/${adopt.queueId}` } : {}
    const queue = new cloudflare.Queue(
      name,
      { accountId, queueName: names.queue, settings },
      { parent: this, ...adoption },
    )
    const deadLetters = new cloudflare.Queue(
      `${name}-dead-letters`,
      { accountId, queueName: names.deadLetterQueue, settings },
      { parent: this },
    )
    const secrets = { CKAN_API_TOKEN: ckanToken, ...(events && { WEBHOOK_SECRETS: events.secret }) }
    const bindings = workerBindings('linker', { environment, bucketName, events: events?.queueName, secrets })
    const { scriptName } = createWorkersScript(
      `${name}-linker`,
      { environment, scriptName: names.linker, script, bindings },
      { parent: this },
    )
    // The linker has no address: only its queue and its schedules call it.
    new cloudflare.WorkersScriptSubdomain(
      `${name}-linker`,
      { accountId, scriptName, enabled: false, previewsEnabled: false },
      { parent: this },
    )
    const consumer = new cloudflare.QueueConsumer(
      name,
      {
        accountId,
        queueId: queue.queueId,
        type: 'worker',
        scriptName,
        deadLetterQueue: deadLetters.queueName,
        settings: consumerSettings(environment),
      },
      { parent: this },
    )
    // Only operators read dead letters, by pulling.
    new cloudflare.QueueConsumer(
      `${name}-dead-letters`,
      { accountId, queueId: deadLetters.queueId, type: 'http_pull', settings: DEAD_LETTER_CONSUMER },
      { parent: this },
    )
    events?.deliverBy(scriptName, { parent: this })
    const rules = notificationRules(environment)
    // The rules are last, so that no message waits for a consumer that cannot be created.
    new cloudflare.R2BucketEventNotification(
      name,
      { accountId, bucketName, queueId: queue.queueId, rules },
      { parent: this, dependsOn: [consumer] },
    )
    const schedules = linkerCrons(environment).map((cron) => ({ cron }))
    new cloudflare.WorkersCronTrigger(name, { accountId, scriptName, schedules }, { parent: this })
    this.queueName = queue.queueName
    this.deadLetterQueueName = deadLetters.queueName
    this.registerOutputs({ queueName: this.queueName, deadLetterQueueName: this.deadLetterQueueName })
  }
}

function consumerSettings(environment: CloudflareEnvironment): cloudflare.types.input.QueueConsumerSettings {
  return {
    batchSize: CONSUMER.batchSize,
    maxWaitTimeMs: CONSUMER.maxWaitSeconds * 1000,
    maxRetries: CONSUMER.maxRetries,
    retryDelay: CONSUMER.retryDelaySeconds,
    maxConcurrency: concurrencyOf(environment).consumers,
  }
}

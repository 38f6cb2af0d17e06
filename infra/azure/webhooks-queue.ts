import * as storage from '@pulumi/azure-native/storage/index.js'
import * as pulumi from '@pulumi/pulumi'
import { LOST_EVENTS_QUEUE, WEBHOOKS_QUEUE } from './names.ts'
import type { Grant } from './roles.ts'
import type { UploadBucket } from './upload-bucket.ts'

type QueueGrant = Pick<Grant, 'role' | 'scope'>

/**
 * The queue of events for receivers. The host of Functions moves events that it gave up to the second queue:
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger#poison-messages
 */
export class WebhooksQueue extends pulumi.ComponentResource {
  /** The right to put events on the queue. */
  readonly sending: QueueGrant
  /** The rights to deliver events, and to keep events that were given up. */
  readonly delivering: Readonly<Record<'events' | 'lost-events', QueueGrant>>

  constructor(name: string, { account }: UploadBucket, options: pulumi.ComponentResourceOptions) {
    super('ckan-uplink:azure:WebhooksQueue', name, {}, options)
    const { name: accountName, resourceGroupName } = account
    const create = (label: string, queueName: string) =>
      new storage.Queue(label, { accountName, resourceGroupName, queueName }, { parent: this })
    const queue = create(`${name}-webhooks`, WEBHOOKS_QUEUE)
    const lost = create(`${name}-webhooks-poison`, LOST_EVENTS_QUEUE)
    const role = 'Storage Queue Data Contributor'
    this.sending = { role: 'Storage Queue Data Message Sender', scope: queue.id }
    this.delivering = { events: { role, scope: queue.id }, 'lost-events': { role, scope: lost.id } }
    this.registerOutputs({ queueName: queue.name })
  }
}

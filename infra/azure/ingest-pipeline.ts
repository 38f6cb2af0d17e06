import { UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import * as eventgrid from '@pulumi/azure-native/eventgrid/index.js'
import * as pulumi from '@pulumi/pulumi'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import { alarmOnCount } from './alarms.ts'
import type { AzureEnvironment } from './entry.ts'
import { deliveryToLinker } from './event-delivery.ts'
import { secretId } from './existing.ts'
import { createTagReader, isScanned, PlatformScans } from './platform-scans.ts'
import { createProgram, type DeployedProgram } from './program.ts'
import { grant, writingBelow } from './roles.ts'
import type { UploadBucket } from './upload-bucket.ts'
import type { UploadGateway } from './upload-gateway.ts'
import type { WebhooksQueue } from './webhooks-queue.ts'

export interface IngestPipelineArgs {
  readonly environment: AzureEnvironment
  readonly uploads: UploadBucket
  readonly gateway: UploadGateway
  /** Absent without receivers of events. */
  readonly events: WebhooksQueue | undefined
  readonly codeDigest: string
}

/**
 * Events that Event Grid gave up: kept as dead letters, or dropped.
 * https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-eventgrid-systemtopics-metrics
 */
const LOSSES = { 'dead-lettered': 'DeadLetteredCount', dropped: 'DroppedEventCount' } as const

/** The way from a blob to the linker: topic, subscription, dead letters, the linker's function app and alarms. */
export class IngestPipeline extends pulumi.ComponentResource {
  readonly subscriptionName: pulumi.Output<string>

  constructor(name: string, args: IngestPipelineArgs, options: pulumi.ComponentResourceOptions) {
    super('ckan-uplink:azure:IngestPipeline', name, {}, options)
    const { environment, uploads, gateway } = args
    const child = { parent: this }
    const linker = this.#createLinker(name, args)
    const { subscriptionId, location } = environment
    const { id: source, resourceGroupName } = uploads.account
    const names = { resourceGroupName, systemTopicName: `ckan-uplink-${name}` }
    const identity = { type: eventgrid.IdentityType.SystemAssigned }
    const topic = new eventgrid.SystemTopic(
      name,
      { ...names, location, source, topicType: 'Microsoft.Storage.StorageAccounts', identity },
      child,
    )
    const principalId = topic.identity.apply((given) => given?.principalId ?? '')
    const role = 'Storage Blob Data Contributor'
    const mayKeep = grant(
      `${name}-dead-letters`,
      { subscriptionId, principalId, role, scope: uploads.deadLetterContainerId },
      child,
    )
    // Last: Azure checks that the function exists, and no event may wait for a missing function.
    const subscription = new eventgrid.SystemTopicEventSubscription(
      name,
      {
        ...deliveryToLinker(uploads, linker.functionAppId),
        filter: filterOf(environment),
        resourceGroupName,
        systemTopicName: topic.name,
        eventSubscriptionName: `ckan-uplink-${name}`,
      },
      { ...child, dependsOn: [mayKeep, linker.published] },
    )
    const { alarm } = gateway
    if (alarm !== undefined) {
      for (const [what, metric] of Object.entries(LOSSES))
        alarmOnCount(`${name}-${what}`, alarm, topic.id, metric, child)
    }
    if (isScanned(environment)) new PlatformScans(name, { environment, uploads, linker }, child)
    this.subscriptionName = subscription.name
    this.registerOutputs({ subscriptionName: this.subscriptionName })
  }

  #createLinker(
    name: string,
    { environment, uploads, gateway, events, codeDigest }: IngestPipelineArgs,
  ): DeployedProgram {
    const child = { parent: this }
    const grants = {
      uploads: {
        role: 'Storage Blob Data Contributor',
        scope: uploads.bucketId,
        condition: writingBelow(UPLINK_PREFIX),
      },
      ...(isScanned(environment) && {
        tags: {
          role: createTagReader(name, { environment, account: uploads.account }, child).id,
          scope: uploads.bucketId,
        },
      }),
      token: { role: 'Key Vault Secrets User', scope: secretId(environment, environment.ckanToken.secret) },
      ...events?.delivering,
      ...(environment.webhookSecret && {
        webhooks: {
          role: 'Key Vault Secrets User' as const,
          scope: secretId(environment, environment.webhookSecret.secret),
        },
      }),
    } as const
    const { place, telemetry } = gateway
    const parts = { program: 'linker', environment, place, component: telemetry.component, codeDigest, grants } as const
    return createProgram(name, parts, child)
  }
}

/**
 * A subject has the container and the key unencoded.
 * https://learn.microsoft.com/azure/storage/blobs/storage-blob-event-overview#filtering-events
 */
function filterOf(environment: AzureEnvironment) {
  const settings = settingsOf(environment)
  const values = notifiedPrefixes(settings).map(
    (prefix) => `/blobServices/default/containers/${settings.bucket}/blobs/${prefix}`,
  )
  return {
    includedEventTypes: ['Microsoft.Storage.BlobCreated'],
    advancedFilters: [{ operatorType: 'StringBeginsWith', key: 'subject', values }],
  } as const satisfies eventgrid.SystemTopicEventSubscriptionArgs['filter']
}

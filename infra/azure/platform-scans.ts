import * as authorization from '@pulumi/azure-native/authorization/index.js'
import * as eventgrid from '@pulumi/azure-native/eventgrid/index.js'
import * as security from '@pulumi/azure-native/security/index.js'
import * as pulumi from '@pulumi/pulumi'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import type { AzureEnvironment } from './entry.ts'
import { deliveryToLinker } from './event-delivery.ts'
import type { DeployedProgram } from './program.ts'
import { grant } from './roles.ts'
import type { UploadBucket } from './upload-bucket.ts'

export interface PlatformScansArgs {
  readonly environment: AzureEnvironment
  readonly uploads: UploadBucket
  readonly linker: DeployedProgram
}

const TAGS_OF_BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags'

/** Whether Defender for Storage scans the files. */
export function isScanned({ scanner }: AzureEnvironment): boolean {
  return scanner === 'platform'
}

/** A role that reads index tags. Azure's own roles that read tags may also write them. */
export function createTagReader(
  name: string,
  { account, environment }: { readonly account: UploadBucket['account']; readonly environment: AzureEnvironment },
  options: pulumi.CustomResourceOptions,
): authorization.RoleDefinition {
  const { subscriptionId } = environment
  const scope = pulumi.interpolate`/subscriptions/${subscriptionId}/resourceGroups/${account.resourceGroupName}`
  return new authorization.RoleDefinition(
    `${name}-tags`,
    {
      roleName: `ckan-uplink ${name}: reads the tags of blobs`,
      roleType: 'CustomRole',
      scope,
      assignableScopes: [scope],
      permissions: [{ dataActions: [`${TAGS_OF_BLOBS}/read`] }],
    },
    options,
  )
}

/** Defender for Storage on the account, and its events for the linker. */
export class PlatformScans extends pulumi.ComponentResource {
  constructor(name: string, args: PlatformScansArgs, options: pulumi.ComponentResourceOptions) {
    super('ckan-uplink:azure:PlatformScans', name, {}, options)
    const { environment, uploads, linker } = args
    const { subscriptionId, location } = environment
    const { id: resourceId, resourceGroupName } = uploads.account
    const child = { parent: this }
    const topicName = `ckan-uplink-${name}-scans`
    const identity = { type: eventgrid.IdentityType.SystemAssigned }
    const topic = new eventgrid.Topic(`${name}-scans`, { topicName, resourceGroupName, location, identity }, child)
    const principalId = topic.identity.apply((given) => given?.principalId ?? '')
    const scope = uploads.deadLetterContainerId
    const role = 'Storage Blob Data Contributor'
    const mayKeep = grant(`${name}-scans-dead-letters`, { subscriptionId, principalId, role, scope }, child)
    new eventgrid.TopicEventSubscription(
      `${name}-scans`,
      {
        ...deliveryToLinker(uploads, linker.functionAppId),
        resourceGroupName,
        topicName: topic.name,
        eventSubscriptionName: `ckan-uplink-${name}-scans`,
        filter: {
          includedEventTypes: ['Microsoft.Security.MalwareScanningResult'],
          advancedFilters: [{ operatorType: 'StringBeginsWith', key: 'data.blobUri', values: urisOf(environment) }],
        },
      },
      { ...child, dependsOn: [mayKeep, linker.published] },
    )
    new security.DefenderForStorage(
      `${name}-scans`,
      {
        resourceId,
        settingName: 'current',
        properties: {
          isEnabled: true,
          overrideSubscriptionLevelSettings: true,
          malwareScanning: {
            onUpload: { isEnabled: true, capGBPerMonth: NO_CAP },
            scanResultsEventGridTopicResourceId: topic.id,
          },
          sensitiveDataDiscovery: { isEnabled: false },
        },
      },
      child,
    )
    this.registerOutputs({ topicName: topic.name })
  }
}

/** Above a cap, files would wait until the next month. */
const NO_CAP = -1

function urisOf(environment: AzureEnvironment): string[] {
  const { storageAccount, bucket } = environment
  return notifiedPrefixes(settingsOf(environment)).map(
    (prefix) => `https://${storageAccount}.blob.core.windows.net/${bucket}/${prefix}`,
  )
}

import { UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import * as resources from '@pulumi/azure-native/resources/index.js'
import * as storage from '@pulumi/azure-native/storage/index.js'
import type { input } from '@pulumi/azure-native/types/index.js'
import * as pulumi from '@pulumi/pulumi'
import { READER_CORS } from '../reader-cors.ts'
import { uploadOrigins } from '../upload-origins.ts'
import type { AzureEnvironment } from './entry.ts'
import { existingIds } from './existing.ts'
import { azureNames } from './names.ts'

/** Azure itself keeps uncommitted blocks for this time. */
const UNFINISHED_DAYS = 7

/** The headers that browsers may send with an upload: https://learn.microsoft.com/rest/api/storageservices/put-blob */
const UPLOAD_HEADERS = ['content-type', 'content-md5', 'if-none-match', 'x-ms-*']

/** The account of the containers. */
interface Account {
  readonly id: pulumi.Output<string>
  readonly name: pulumi.Output<string>
  readonly resourceGroupName: pulumi.Output<string>
}

/**
 * The container of uploads, private and by default without keys, and the container of dead letters. `pulumi destroy`
 * keeps the container of uploads and its account, so uploads are never deleted. It deletes dead letters: a
 * reconciliation finds their files again, and Azure's provider cannot create a container that exists:
 * https://github.com/pulumi/pulumi-azure-native/issues/1492
 */
export class UploadBucket extends pulumi.ComponentResource {
  readonly account: Account
  readonly bucketName: pulumi.Output<string>
  readonly bucketId: pulumi.Output<string>
  readonly deadLetterContainerName: pulumi.Output<string>
  readonly deadLetterContainerId: pulumi.Output<string>

  constructor(name: string, environment: AzureEnvironment, options: pulumi.ComponentResourceOptions) {
    super('ckan-uplink:azure:UploadBucket', name, {}, options)
    const { deadLetterContainer } = azureNames(name, environment)
    const existing = existingIds(environment)
    this.account = existing?.account ?? this.#createAccount(name, environment)
    const bucket = existing?.container ?? this.#createContainer(name, environment.bucket, { retainOnDelete: true })
    const deadLetters = this.#createContainer(`${name}-dead-letters`, deadLetterContainer)
    this.bucketName = bucket.name
    this.bucketId = bucket.id
    this.deadLetterContainerName = deadLetters.name
    this.deadLetterContainerId = deadLetters.id
    this.registerOutputs({ bucketName: this.bucketName, deadLetterContainerName: this.deadLetterContainerName })
  }

  #createAccount(name: string, environment: AzureEnvironment): Account {
    const kept = { parent: this, retainOnDelete: true }
    const { storageAccount, location, keepRemovedDays, allowSharedKeyAccess = false } = environment
    const group = new resources.ResourceGroup(
      name,
      { resourceGroupName: azureNames(name, environment).resourceGroup, location },
      kept,
    )
    const account = new storage.StorageAccount(
      name,
      {
        ...SECURE_ACCOUNT,
        allowSharedKeyAccess,
        resourceGroupName: group.name,
        accountName: storageAccount,
        location,
        sku: { name: storage.SkuName.Standard_ZRS },
      },
      kept,
    )
    const place = { resourceGroupName: group.name, accountName: account.name }
    const cors = { corsRules: corsRulesOf(environment) }
    const properties = { blobServicesName: 'default', cors, ...softDelete(keepRemovedDays) }
    new storage.BlobServiceProperties(name, { ...place, ...properties }, kept)
    const policy = { rules: lifecycleRules(environment.bucket) }
    new storage.ManagementPolicy(name, { ...place, managementPolicyName: 'default', policy }, kept)
    return { id: account.id, name: account.name, resourceGroupName: group.name }
  }

  #createContainer(
    name: string,
    containerName: string,
    options: pulumi.CustomResourceOptions = {},
  ): storage.BlobContainer {
    const { resourceGroupName, name: accountName } = this.account
    const args = { resourceGroupName, accountName, containerName, publicAccess: storage.PublicAccess.None }
    return new storage.BlobContainer(name, args, { parent: this, ...options })
  }
}

/** No public access and no access by key. An identity signs the URLs. */
export const SECURE_ACCOUNT = {
  kind: storage.Kind.StorageV2,
  minimumTlsVersion: storage.MinimumTlsVersion.TLS1_2,
  enableHttpsTrafficOnly: true,
  allowBlobPublicAccess: false,
  allowSharedKeyAccess: false,
  allowCrossTenantReplication: false,
} as const

/**
 * Keeps removed and overwritten blobs, and the container itself.
 * https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview
 */
function softDelete(days: number | undefined) {
  const policy = days === undefined ? { enabled: false } : { enabled: true, days }
  return { deleteRetentionPolicy: policy, containerDeleteRetentionPolicy: policy }
}

/** Pages of some origins upload, pages of all origins read. */
function corsRulesOf(environment: AzureEnvironment): input.storage.CorsRuleArgs[] {
  const { origins, methods, headers, exposed, maxAgeSeconds } = READER_CORS
  const uploads = {
    allowedOrigins: [...uploadOrigins(environment)],
    allowedMethods: ['PUT'],
    allowedHeaders: UPLOAD_HEADERS,
    exposedHeaders: ['ETag'],
    maxAgeInSeconds: maxAgeSeconds,
  }
  const readers = {
    allowedOrigins: [...origins],
    allowedMethods: [...methods],
    allowedHeaders: [...headers],
    exposedHeaders: [...exposed],
    maxAgeInSeconds: maxAgeSeconds,
  }
  return [uploads, readers]
}

function lifecycleRules(bucket: string): input.storage.ManagementPolicyRuleArgs[] {
  return [expiry('expire-unfinished-uploads', `${bucket}/${UPLINK_PREFIX}parts/`, UNFINISHED_DAYS)]
}

/**
 * Azure's prefixes begin with the container:
 * https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure
 */
function expiry(name: string, prefix: string, days: number): input.storage.ManagementPolicyRuleArgs {
  const filters = { blobTypes: ['blockBlob'], prefixMatch: [prefix] }
  const actions = { baseBlob: { delete: { daysAfterModificationGreaterThan: days } } }
  return { name, type: storage.RuleType.Lifecycle, enabled: true, definition: { filters, actions } }
}

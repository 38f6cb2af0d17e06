import type { ContainerClient } from '@azure/storage-blob'
import { IMAGE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, hint, right, wrong } from '../../doctor/check.ts'
import { lostEventsChecks } from '../lost-events-check.ts'
import { type DeletingRule, judgeRecordRules } from '../record-rules.ts'
import { accountCheck } from './account-check.ts'
import { accountKeysChecks } from './account-keys-check.ts'
import type { AzureDeployment } from './deployment.ts'
import type { ManagementApi } from './management.ts'

const DEPLOY = 'Deploy the environment again: this undoes manual changes.'
const API_VERSION = '2025-02-15'
const STORAGE_API_VERSION = '2023-05-01'
const REMOVE_RULE = 'Deploy the environment again. In an existing account, remove the rule by hand.'
/** Event Grid's maximum: https://learn.microsoft.com/azure/event-grid/delivery-and-retry */
const MOST = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1_440 }

export interface AzureSubject {
  readonly deadLetterContainer: ContainerClient
  /** Absent when the operator has only an account key, which opens only the storage. */
  readonly api: ManagementApi | undefined
}

/** Checks Event Grid's subscription and the container of dead letters. */
export function azureChecks(deployment: AzureDeployment, { deadLetterContainer, api }: AzureSubject): readonly Check[] {
  const adviceOnError =
    'Check that you are signed in to the right subscription, with the roles Reader on its resource group and Storage Blob Data Contributor.'
  return [
    accountCheck(api, deployment.subscriptionId),
    {
      name: 'notifications',
      adviceOnError,
      async run() {
        if (api === undefined)
          return hint(
            'not checked, because an account key does not open Event Grid: sign in with az login, without STORAGE_ACCOUNT_KEY',
          )
        return judgeSubscription(
          deployment,
          await readProperties<Subscription>(api, deployment.subscription, API_VERSION),
        )
      },
    },
    {
      name: 'records',
      adviceOnError,
      async run() {
        if (api === undefined)
          return hint('not checked, because an account key does not open lifecycle rules: sign in with az login')
        const path = `${deployment.storageAccount}/managementPolicies/default`
        const policy = await readProperties<LifecyclePolicy>(api, path, STORAGE_API_VERSION)
        return judgeRecordRules(deletingRules(deployment, policy), REMOVE_RULE)
      },
    },
    {
      name: 'dead letters',
      adviceOnError,
      async run() {
        let count = 0
        for await (const _ of deadLetterContainer.listBlobsFlat()) count += 1
        if (count === 0) return right(`${deadLetterContainer.containerName} is empty`)
        return wrong(
          `${deadLetterContainer.containerName} contains ${count} ${count === 1 ? 'dead letter' : 'dead letters'}.`,
          'Move them to the parked messages with npm run uplink -- parked list.',
        )
      },
    },
    ...accountKeysChecks(api, deployment),
    ...lostEventsChecks(deployment.settings, {
      queue: deployment.lostEventsQueue,
      adviceOnError,
      async count() {
        if (api === undefined) return undefined
        const path = `${deployment.storageAccount}/queueServices/default/queues/${deployment.lostEventsQueue}`
        const queue = await readProperties<{ readonly approximateMessageCount?: number }>(
          api,
          path,
          STORAGE_API_VERSION,
        )
        if (queue === undefined) throw new Error(`There is no queue ${deployment.lostEventsQueue}.`)
        return queue.approximateMessageCount ?? 0
      },
    }),
  ]
}

/** https://learn.microsoft.com/rest/api/eventgrid/controlplane/system-topic-event-subscriptions/get */
interface Subscription {
  readonly destination?: { readonly properties?: { readonly resourceId?: string } }
  readonly filter?: {
    readonly includedEventTypes?: readonly string[]
    readonly subjectBeginsWith?: string
    readonly advancedFilters?: readonly { readonly key?: string; readonly values?: readonly string[] }[]
  }
  readonly retryPolicy?: { readonly maxDeliveryAttempts?: number; readonly eventTimeToLiveInMinutes?: number }
  readonly deadLetterDestination?: DeadLetterDestination | null
  readonly deadLetterWithResourceIdentity?: { readonly deadLetterDestination?: DeadLetterDestination } | null
}

interface DeadLetterDestination {
  readonly properties?: { readonly blobContainerName?: string }
}

/** https://learn.microsoft.com/rest/api/storagerp/management-policies/get */
interface LifecyclePolicy {
  readonly policy?: {
    readonly rules?: readonly {
      readonly name: string
      readonly enabled?: boolean
      readonly definition?: {
        readonly filters?: { readonly prefixMatch?: readonly string[] }
        readonly actions?: { readonly baseBlob?: { readonly delete?: object | null } }
      }
    }[]
  }
}

/** Prefixes begin with the container's name. A shorter prefix applies to all containers whose names begin with it. */
export function deletingRules(
  { settings: { bucket } }: Pick<AzureDeployment, 'settings'>,
  { policy }: LifecyclePolicy = {},
): readonly DeletingRule[] {
  const deleting = (policy?.rules ?? []).filter(
    ({ enabled, definition }) => enabled !== false && definition?.actions?.baseBlob?.delete != null,
  )
  return deleting.flatMap(({ name, definition }) =>
    (definition?.filters?.prefixMatch ?? ['']).flatMap((match) => {
      if (match.startsWith(`${bucket}/`)) return [{ name, prefix: match.slice(bucket.length + 1) }]
      return bucket.startsWith(match) ? [{ name, prefix: '' }] : []
    }),
  )
}

/** Reads the properties of a resource; `undefined` when it does not exist. */
async function readProperties<Properties extends object>(
  api: ManagementApi,
  path: string,
  apiVersion: string,
): Promise<Properties | undefined> {
  return (await api.get<{ readonly properties?: Properties }>(path, apiVersion))?.properties
}

/** Compares the subscription with the subscription of a fresh deployment. */
export function judgeSubscription(
  { settings, deadLetterContainer, linkerApp }: AzureDeployment,
  subscription: Subscription | undefined,
): CheckResult {
  if (subscription === undefined)
    return wrong('Event Grid has no subscription of this environment, so no event reaches the linker.', DEPLOY)
  const { destination, filter, retryPolicy, deadLetterDestination, deadLetterWithResourceIdentity } = subscription
  const target = destination?.properties?.resourceId ?? ''
  if (!target.endsWith(`/sites/${linkerApp}/functions/linker`))
    return wrong(`Event Grid sends events to ${target || 'no target'}, not to the linker of ${linkerApp}.`, DEPLOY)
  const prefixes = [settings.keyPrefix, IMAGE_PREFIX]
  const silent = prefixes.filter(
    (prefix) => !isCovered(filter, `/blobServices/default/containers/${settings.bucket}/blobs/${prefix}`),
  )
  if (silent.length > 0)
    return wrong(`The subscription does not cover new objects below ${silent.join(' and ')}.`, DEPLOY)
  const kept = (deadLetterWithResourceIdentity?.deadLetterDestination ?? deadLetterDestination)?.properties
    ?.blobContainerName
  if (kept !== deadLetterContainer)
    return wrong(
      kept === undefined
        ? `Event Grid drops undeliverable events instead of writing them to ${deadLetterContainer}.`
        : `Event Grid writes undeliverable events to ${kept}, not to ${deadLetterContainer}.`,
      DEPLOY,
    )
  const { maxDeliveryAttempts = 0, eventTimeToLiveInMinutes = 0 } = retryPolicy ?? {}
  if (maxDeliveryAttempts < MOST.maxDeliveryAttempts || eventTimeToLiveInMinutes < MOST.eventTimeToLiveInMinutes)
    return wrong(
      `Event Grid gives up events after ${maxDeliveryAttempts} attempts or ${eventTimeToLiveInMinutes} minutes, which is less than its maximum.`,
      DEPLOY,
    )
  return right(
    `${prefixes.join(' and ')}: Event Grid notifies ${linkerApp}, for up to ${eventTimeToLiveInMinutes / 60} h`,
  )
}

function isCovered(filter: Subscription['filter'], subject: string): boolean {
  const { includedEventTypes, subjectBeginsWith = '', advancedFilters = [] } = filter ?? {}
  const isCreated = includedEventTypes == null || includedEventTypes.includes('Microsoft.Storage.BlobCreated')
  const subjects = advancedFilters.filter(({ key }) => key === 'subject')
  return (
    isCreated &&
    subject.startsWith(subjectBeginsWith) &&
    subjects.every(({ values = [] }) => values.some((value) => subject.startsWith(value)))
  )
}

import type { TokenCredential } from '@azure/identity'
import type { ContainerClient } from '@azure/storage-blob'
import { IMAGE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, hint, request, right, wrong } from '../../doctor/check.ts'
import { type DeletingRule, judgeRecordRules } from '../record-rules.ts'
import type { AzureDeployment } from './deployment.ts'

const DEPLOY = 'Deploy the environment again; what was changed by hand is put right.'
const MANAGEMENT = 'https://management.azure.com'
const API_VERSION = '2025-02-15'
const STORAGE_API_VERSION = '2023-05-01'
const REMOVE_RULE = 'Deploy the environment again; in an account that was taken over, remove the rule by hand.'
/** The most that Event Grid takes: https://learn.microsoft.com/azure/event-grid/delivery-and-retry */
const MOST = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1_440 }

export interface AzureSubject {
  readonly deadLetterContainer: ContainerClient
  /** Absent: only a key is known, which opens nothing but the storage. */
  readonly identity: TokenCredential | undefined
}

/** Event Grid's subscription and the container of dead letters, as Azure tells of them. */
export function azureChecks(
  deployment: AzureDeployment,
  { deadLetterContainer, identity }: AzureSubject,
): readonly Check[] {
  const adviceOnError =
    'See whether you have signed in to the right subscription, with Reader on its resource group and Storage Blob Data Contributor.'
  return [
    {
      name: 'notifications',
      adviceOnError,
      async run() {
        if (identity === undefined)
          return hint(
            'Event Grid is not looked at with an account key: sign in with az login and leave STORAGE_ACCOUNT_KEY out',
          )
        return judgeSubscription(
          deployment,
          await readProperties<Subscription>(deployment.subscription, API_VERSION, identity),
        )
      },
    },
    {
      name: 'records',
      adviceOnError,
      async run() {
        if (identity === undefined)
          return hint('The lifecycle rules are not looked at with an account key: sign in with az login')
        const path = `${deployment.storageAccount}/managementPolicies/default`
        const policy = await readProperties<LifecyclePolicy>(path, STORAGE_API_VERSION, identity)
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
          `${count} lie in ${deadLetterContainer.containerName}.`,
          'npm run uplink -- parked list brings them to the parked messages.',
        )
      },
    },
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

/** Prefixes begin with the container; one that is shorter than its name is of all containers that begin so. */
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

/** The properties of one thing that Azure's management knows; `undefined` where there is none. */
async function readProperties<Properties extends object>(
  path: string,
  apiVersion: string,
  identity: TokenCredential,
): Promise<Properties | undefined> {
  const { token } = (await identity.getToken(`${MANAGEMENT}/.default`)) ?? {}
  const response = await request(`${MANAGEMENT}${path}?api-version=${apiVersion}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  if (response.status === 404) return undefined
  const body: { readonly properties?: Properties; readonly error?: { readonly message?: string } } =
    await response.json()
  if (!response.ok) throw new Error(`Azure does not show ${path}: ${response.status} ${body.error?.message ?? ''}`)
  return body.properties
}

/** What is right about it is what a deployment declares. */
export function judgeSubscription(
  { settings, deadLetterContainer, linkerApp }: AzureDeployment,
  subscription: Subscription | undefined,
): CheckResult {
  if (subscription === undefined)
    return wrong('Event Grid has no subscription of this environment: nobody is told of uploads.', DEPLOY)
  const { destination, filter, retryPolicy, deadLetterDestination, deadLetterWithResourceIdentity } = subscription
  const target = destination?.properties?.resourceId ?? ''
  if (!target.endsWith(`/sites/${linkerApp}/functions/linker`))
    return wrong(`Event Grid tells ${target || 'nobody'}, not the linker of ${linkerApp}.`, DEPLOY)
  const prefixes = [settings.keyPrefix, IMAGE_PREFIX]
  const silent = prefixes.filter(
    (prefix) => !isTold(filter, `/blobServices/default/containers/${settings.bucket}/blobs/${prefix}`),
  )
  if (silent.length > 0) return wrong(`Nobody is told of what comes to be below ${silent.join(' and ')}.`, DEPLOY)
  const kept = (deadLetterWithResourceIdentity?.deadLetterDestination ?? deadLetterDestination)?.properties
    ?.blobContainerName
  if (kept !== deadLetterContainer)
    return wrong(`Events that are given up go to ${kept ?? 'nowhere'}, not to ${deadLetterContainer}.`, DEPLOY)
  const { maxDeliveryAttempts = 0, eventTimeToLiveInMinutes = 0 } = retryPolicy ?? {}
  if (maxDeliveryAttempts < MOST.maxDeliveryAttempts || eventTimeToLiveInMinutes < MOST.eventTimeToLiveInMinutes)
    return wrong(
      `Events are given up after ${maxDeliveryAttempts} attempts or ${eventTimeToLiveInMinutes} minutes, sooner than they have to be.`,
      DEPLOY,
    )
  return right(`${prefixes.join(' and ')} are told of to ${linkerApp}, for ${eventTimeToLiveInMinutes / 60} h`)
}

function isTold(filter: Subscription['filter'], subject: string): boolean {
  const { includedEventTypes, subjectBeginsWith = '', advancedFilters = [] } = filter ?? {}
  const isCreated = includedEventTypes == null || includedEventTypes.includes('Microsoft.Storage.BlobCreated')
  const subjects = advancedFilters.filter(({ key }) => key === 'subject')
  return (
    isCreated &&
    subject.startsWith(subjectBeginsWith) &&
    subjects.every(({ values = [] }) => values.some((value) => subject.startsWith(value)))
  )
}

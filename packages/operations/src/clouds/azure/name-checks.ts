import type { Check } from '../../doctor/check.ts'
import { judgeNames, type NeededName } from '../name-check.ts'
import type { ReadStack } from '../stack-resource.ts'
import type { ManagementApi } from './management.ts'

/** The names of a deployment. Those of accounts and apps are unique in all of Azure. */
export interface AzureNeeds {
  readonly subscriptionId: string
  readonly resourceGroup: string
  /** The resource group and the first storage account exist. */
  readonly isAdopted: boolean
  /** First the account of the uploads. */
  readonly storageAccounts: readonly string[]
  readonly functionApps: readonly string[]
  readonly readStack: ReadStack
}

interface Availability {
  readonly nameAvailable?: boolean
  readonly message?: string
}

/** How Azure names a kind of resource, and where it says whether a name is free. */
interface Kind {
  readonly type: string
  readonly api: string
  readonly question: string
}

/** https://learn.microsoft.com/rest/api/storagerp/storage-accounts/check-name-availability */
const STORAGE: Kind = {
  type: 'Microsoft.Storage/storageAccounts',
  api: '2023-05-01',
  question: 'Microsoft.Storage/checkNameAvailability',
}
/** https://learn.microsoft.com/rest/api/appservice/check-name-availability */
const APP: Kind = { type: 'Microsoft.Web/sites', api: '2024-04-01', question: 'Microsoft.Web/checknameavailability' }
const GROUP_API = '2022-09-01'

/** Checks that the names are free, or belong to this environment. */
export function nameChecks(
  { subscriptionId, resourceGroup, isAdopted, storageAccounts, functionApps, readStack }: AzureNeeds,
  api: ManagementApi,
  adviceOnError: string,
): readonly Check[] {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
  /** Azure's ids differ in case from answer to answer. */
  const isOwn = async (id: string) =>
    (await readStack())?.some((resource) => resource.id.toLowerCase() === id.toLowerCase())

  async function look({ type, api: version, question }: Kind, name: string): Promise<NeededName> {
    const id = `${group}/providers/${type}/${name}`
    if ((await api.get(id, version)) !== undefined) return { name, exists: true, isOwn: await isOwn(id) }
    const path = `/subscriptions/${subscriptionId}/providers/${question}`
    const { nameAvailable, message } = (await api.post<Availability>(path, version, { name, type })) ?? {}
    return { name, exists: false, refusal: nameAvailable === true ? undefined : (message ?? 'Azure gives no reason') }
  }

  return [
    {
      name: 'resource group',
      adviceOnError,
      async run() {
        const exists = (await api.get(group, GROUP_API)) !== undefined
        return judgeNames(
          [{ name: resourceGroup, exists, isOwn: await isOwn(group), isAdopted }],
          'Give the environment another name. If an earlier deployment left the group and its files, set adopt.',
        )
      },
    },
    {
      name: 'storage accounts',
      adviceOnError,
      async run() {
        const [uploads, ...others] = await Promise.all(storageAccounts.map((name) => look(STORAGE, name)))
        const adopted = uploads && isAdopted ? [{ name: uploads.name, exists: uploads.exists, isAdopted }] : [uploads]
        return judgeNames(
          [...adopted, ...others].filter((one) => one !== undefined),
          'Choose another name for storageAccount.',
        )
      },
    },
    {
      name: 'function apps',
      adviceOnError,
      run: async () =>
        judgeNames(
          await Promise.all(functionApps.map((name) => look(APP, name))),
          'Choose another name: in gatewayUrl for the gateway, in storageAccount for the linker.',
        ),
    },
  ]
}

import type { TokenCredential } from '@azure/identity'
import type { CkanClient } from '@ckan-uplink/ckan'
import { type Check, type CheckResult, hint, right, wrong } from '../../doctor/check.ts'
import { tokenCheck } from '../token-check.ts'
import { accountCheck } from './account-check.ts'
import { createManagementApi, type ManagementApi } from './management.ts'
import { type AzureNeeds, nameChecks } from './name-checks.ts'
import { readVaultSecret } from './vault.ts'

/** What a deployment to Azure needs. */
export interface AzurePlan extends AzureNeeds {
  readonly environment: string
  readonly location: string
  /** The maximum of instances of the plan. */
  readonly instances: number
  readonly vault: string
  readonly secret: string
}

/** Other addresses of Azure, for emulators. */
export interface AzureAddresses {
  readonly managementUrl?: string
  readonly vaultUrl?: string
}

/**
 * Regions took no lower maximum of instances until 2026, and no API says where they do now:
 * https://github.com/Azure/azure-functions-host/issues/10523
 */
const SURE_INSTANCES = 40

const WEB_API = '2024-04-01'
const STORAGE_API = '2023-05-01'

/** Checks what Azure would refuse only in the middle of a deployment. */
export function azureBeforeDeploy(
  plan: AzurePlan,
  identity: Pick<TokenCredential, 'getToken'>,
  client: CkanClient,
  { managementUrl, vaultUrl }: AzureAddresses = {},
): readonly Check[] {
  const { environment, subscriptionId, vault, secret } = plan
  const api = createManagementApi(identity, managementUrl)
  const inVault = { vault, name: secret, ...(vaultUrl && { url: vaultUrl }) }
  const adviceOnError = 'Sign in with az login, with the role Reader on the subscription.'
  return [
    accountCheck(api, subscriptionId),
    tokenCheck({ client, environment, secret, read: () => readVaultSecret(identity, inVault) }),
    { name: 'region', adviceOnError, run: () => judgeRegion(plan, api) },
    { name: 'quota', adviceOnError, run: () => judgeQuota(plan, api) },
    ...nameChecks(plan, api, adviceOnError),
  ]
}

/** https://learn.microsoft.com/rest/api/appservice/list-geo-regions/list-geo-regions */
async function judgeRegion(
  { subscriptionId, location, instances }: AzurePlan,
  api: ManagementApi,
): Promise<CheckResult> {
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Web/geoRegions?sku=FlexConsumption`
  const { value = [] } = (await api.get<{ readonly value?: readonly { readonly name: string }[] }>(path, WEB_API)) ?? {}
  const names = value.map(({ name }) => name.toLowerCase().replaceAll(' ', ''))
  if (names.includes(location)) {
    const words = `${location} has Flex Consumption`
    if (instances >= SURE_INSTANCES) return right(words)
    return hint(
      `${words}; the plan gets ${instances} instances at most. If Azure refuses less than ${SURE_INSTANCES} there, give ckanCallsAtOnce: 164 or another location`,
    )
  }
  return wrong(
    `${location} has no Flex Consumption.`,
    `Choose another location, such as ${names.slice(0, 5).join(', ')}.`,
  )
}

interface Usages {
  readonly value?: readonly {
    readonly name: { readonly value: string }
    readonly currentValue: number
    readonly limit: number
  }[]
}

/** https://learn.microsoft.com/rest/api/storagerp/usages/list-by-location */
async function judgeQuota(
  { subscriptionId, location, storageAccounts }: AzurePlan,
  api: ManagementApi,
): Promise<CheckResult> {
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/locations/${location}/usages`
  const { value = [] } = (await api.get<Usages>(path, STORAGE_API)) ?? {}
  const usage = value.find((one) => one.name.value === 'StorageAccounts')
  if (usage === undefined) return hint('not checked, because Azure does not say how many storage accounts are left')
  const words = `${usage.currentValue} of ${usage.limit} storage accounts are in use in ${location}`
  if (usage.limit - usage.currentValue >= storageAccounts.length) return right(words)
  return wrong(
    `${words}, but a first deployment creates ${storageAccounts.length}.`,
    'Request a higher quota, or remove accounts. An existing deployment needs no more.',
  )
}

import type { TokenCredential } from '@azure/identity'
import type { CkanClient } from '@ckan-uplink/ckan'
import { type Check, type CheckResult, right, wrong } from '../../doctor/check.ts'
import { tokenCheck } from '../token-check.ts'
import { accountCheck } from './account-check.ts'
import { createManagementApi, type ManagementApi } from './management.ts'
import { readVaultSecret } from './vault.ts'

/** What a deployment to Azure needs. */
export interface AzurePlan {
  readonly environment: string
  readonly subscriptionId: string
  readonly location: string
  readonly storageAccount: string
  /** The resource group of the storage account, once it exists. */
  readonly resourceGroup: string
  readonly vault: string
  readonly secret: string
}

/** Other addresses of Azure, for emulators. */
export interface AzureAddresses {
  readonly managementUrl?: string
  readonly vaultUrl?: string
}

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
    { name: 'storage account', adviceOnError, run: () => judgeName(plan, api) },
  ]
}

/** https://learn.microsoft.com/rest/api/appservice/list-geo-regions/list-geo-regions */
async function judgeRegion({ subscriptionId, location }: AzurePlan, api: ManagementApi): Promise<CheckResult> {
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Web/geoRegions?sku=FlexConsumption`
  const { value = [] } = (await api.get<{ readonly value?: readonly { readonly name: string }[] }>(path, WEB_API)) ?? {}
  const names = value.map(({ name }) => name.toLowerCase().replaceAll(' ', ''))
  if (names.includes(location)) return right(`${location} has Flex Consumption`)
  return wrong(
    `${location} has no Flex Consumption.`,
    `Choose another location, such as ${names.slice(0, 5).join(', ')}.`,
  )
}

/** https://learn.microsoft.com/rest/api/storagerp/storage-accounts/check-name-availability */
async function judgeName(
  { subscriptionId, storageAccount, resourceGroup }: AzurePlan,
  api: ManagementApi,
): Promise<CheckResult> {
  const own = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage`
  if ((await api.get(`${own}/storageAccounts/${storageAccount}`, STORAGE_API)) !== undefined)
    return right(`${storageAccount} exists in ${resourceGroup}`)
  const answer = await api.post<{ readonly nameAvailable?: boolean; readonly message?: string }>(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/checkNameAvailability`,
    STORAGE_API,
    { name: storageAccount, type: 'Microsoft.Storage/storageAccounts' },
  )
  if (answer?.nameAvailable === true) return right(`${storageAccount} is free`)
  return wrong(`${storageAccount} is not free: ${answer?.message}`, 'Choose another name for storageAccount.')
}

import type { TokenCredential } from '@azure/identity'
import { connectStorage, createDeadLetters, createStore, decode } from '@ckan-uplink/azure'
import { systemClock as clock, messageOf } from '@ckan-uplink/core'
import type { CloudAccess, CloudAccessOptions, Needs } from '../cloud-access.ts'
import { azureChecks } from './checks.ts'
import type { AzureResources } from './deployment.ts'
import { personalIdentity } from './identity.ts'
import { createManagementApi } from './management.ts'

export { azureBeforeDeploy } from './before-deploy.ts'
export { personalIdentity } from './identity.ts'
export { openAzureLogs } from './logs.ts'
export { storeAzureSecret } from './store-secret.ts'

const STORAGE_SCOPE = 'https://storage.azure.com/.default'

/** Uses the sign-in of Azure's own tools, or the account's key for emulators and for accounts that allow keys. */
export async function openAzure(
  resources: AzureResources,
  { settings, needs, env }: CloudAccessOptions,
): Promise<CloudAccess> {
  const url = (env['STORAGE_URL'] || resources.storageUrl).replace(/\/+$/u, '')
  const accountKey = env['STORAGE_ACCOUNT_KEY'] || undefined
  const access = accountKey === undefined ? { identity: await findIdentity(needs) } : { accountKey }
  const api = access.identity && createManagementApi(access.identity)
  const { service } = connectStorage({ url, clock, ...access })
  const container = service.getContainerClient(settings.bucket)
  const deadLetterContainer = service.getContainerClient(resources.deadLetterContainer)
  return {
    store: createStore(container),
    decode,
    deadLetters: createDeadLetters(deadLetterContainer),
    urlOf: async (key) => container.getBlobClient(key).url,
    uploadHeaders: ['content-type', 'if-none-match', 'x-ms-blob-type'],
    checks: azureChecks({ ...resources, settings }, { deadLetterContainer, api }),
  }
}

async function findIdentity(needs: Needs): Promise<TokenCredential> {
  const identity = personalIdentity()
  await identity.getToken(STORAGE_SCOPE).catch((thrown: unknown) => {
    const [reason] = messageOf(thrown).split('\n')
    needs.missing(
      `There are no Azure credentials (${reason}): sign in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or STORAGE_ACCOUNT_KEY.`,
    )
  })
  return identity
}

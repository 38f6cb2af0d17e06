import {
  connectStorage,
  createDeadLetters,
  createFileOpener,
  createImporter,
  createPlatformScanner,
  createStore,
  decode,
} from '@ckan-uplink/azure'
import { systemClock as clock } from '@ckan-uplink/core'
import type { CloudAccess, CloudAccessOptions } from '../cloud-access.ts'
import { azureChecks } from './checks.ts'
import type { AzureResources } from './deployment.ts'
import { findIdentity } from './identity.ts'
import { createManagementApi } from './management.ts'

export { azureBeforeDeploy } from './before-deploy.ts'
export { findIdentity, personalIdentity } from './identity.ts'
export { LOGS_SCOPE, openAzureLogs } from './logs.ts'
export { storeAzureSecret } from './store-secret.ts'

const STORAGE_SCOPE = 'https://storage.azure.com/.default'

/** Uses the sign-in of Azure's own tools, or the account's key for emulators and for accounts that allow keys. */
export async function openAzure(
  resources: AzureResources,
  { settings, needs, env }: CloudAccessOptions,
): Promise<CloudAccess> {
  const url = (env['STORAGE_URL'] || resources.storageUrl).replace(/\/+$/u, '')
  const accountKey = env['STORAGE_ACCOUNT_KEY'] || undefined
  const access =
    accountKey === undefined
      ? { identity: await findIdentity(needs, STORAGE_SCOPE, ', or STORAGE_ACCOUNT_KEY') }
      : { accountKey }
  const api = access.identity && createManagementApi(access.identity)
  const { service } = connectStorage({ url, clock, ...access })
  const container = service.getContainerClient(settings.bucket)
  const deadLetterContainer = service.getContainerClient(resources.deadLetterContainer)
  return {
    store: createStore(container),
    platformScanner: createPlatformScanner(container),
    decode,
    deadLetters: createDeadLetters(deadLetterContainer),
    importer: createImporter({ service, container: settings.bucket }),
    openSource(name) {
      const source = service.getContainerClient(name)
      const open = createFileOpener(source)
      return { name, store: createStore(source), isInStore: true, read: (key, etag) => open(key, { etag }) }
    },
    urlOf: async (key) => container.getBlobClient(key).url,
    uploadHeaders: ['content-type', 'if-none-match', 'x-ms-blob-type'],
    checks: azureChecks({ ...resources, settings }, { deadLetterContainer, api }),
  }
}

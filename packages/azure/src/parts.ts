import { ManagedIdentityCredential } from '@azure/identity'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { checkCkan, checkToken, createAuthorizer, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { systemClock as clock, type LinkDeps, UPLINK_PREFIX } from '@ckan-uplink/core'
import { createGateway } from '@ckan-uplink/gateway'
import { type Environment, readConfig, type StorageConfig } from './config.ts'
import { invocationLogger as logger } from './invocation-logger.ts'
import { createSigner } from './signer.ts'
import { accountKeys, delegationKeys, type SigningKeys } from './signing-keys.ts'
import { createStore } from './store.ts'

/** What the functions are made of. */
export interface Parts {
  readonly gateway: { fetch(request: Request): Promise<Response> }
  readonly linkDeps: LinkDeps
}

/** Builds the parts from the environment; throws `ConfigurationError`. */
export function createParts(env: Environment): Parts {
  const { settings, ckanToken, storage } = readConfig(env)
  // Two, so that people at the gateway don't wait behind a batch. Each bounds its calls over all invocations of an instance.
  const createClient = () => createCkanClient({ url: settings.ckanUrl, concurrency: settings.ckanConcurrency, timeoutMs: settings.ckanTimeoutMs })
  const client = createClient()
  const { service, keys } = connect(storage)
  const container = service.getContainerClient(settings.bucket)
  const store = createStore(container)
  const signer = createSigner({ container, keys, clock })
  const catalog = createCatalog(createClient(), { token: ckanToken, ...(settings.loader && { loader: settings.loader }) })
  const checks = {
    ckan: () => checkCkan(client),
    token: () => checkToken(client, ckanToken),
    bucket: () => store.head(UPLINK_PREFIX).then(() => settings.bucket),
  }
  return {
    gateway: createGateway({ settings, authorizer: createAuthorizer(client), store, signer, clock, logger, checks }),
    linkDeps: { settings, store, catalog, clock, logger },
  }
}

function connect({ url, accountKey, clientId }: StorageConfig): { readonly service: BlobServiceClient; readonly keys: SigningKeys } {
  const retryOptions = { maxTries: 3, retryDelayInMs: 200 }
  if (accountKey !== undefined) {
    const { accountName } = new BlobServiceClient(url)
    const service = new BlobServiceClient(url, new StorageSharedKeyCredential(accountName, accountKey), { retryOptions })
    return { service, keys: accountKeys(accountName, accountKey) }
  }
  // The identity of the app and nothing else: what a machine's other credentials may do is nobody's intent.
  const service = new BlobServiceClient(url, new ManagedIdentityCredential({ ...(clientId !== undefined && { clientId }) }), { retryOptions })
  return { service, keys: delegationKeys(service, clock) }
}

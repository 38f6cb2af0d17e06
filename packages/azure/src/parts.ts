import { ManagedIdentityCredential } from '@azure/identity'
import { checkCkan, checkToken, createAuthorizer, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { systemClock as clock, type LinkDeps, messageOf, UPLINK_PREFIX } from '@ckan-uplink/core'
import { createGateway } from '@ckan-uplink/gateway'
import { type Environment, readConfig, type StorageConfig } from './config.ts'
import { invocationLogger as logger } from './invocation-logger.ts'
import { createMultipartSigner } from './multipart-signer.ts'
import { createSigner } from './signer.ts'
import { connectStorage } from './storage-client.ts'
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
  const signing = { container, keys, clock }
  const catalog = createCatalog(createClient(), { token: ckanToken, ...(settings.loader && { loader: settings.loader }) })
  const checks = {
    ckan: () => checkCkan(client),
    token: () => checkToken(client, ckanToken),
    bucket: () => inPrivate('bucket', () => store.head(UPLINK_PREFIX)).then(() => settings.bucket),
  }
  return {
    gateway: createGateway({
      settings,
      authorizer: createAuthorizer(client),
      store,
      signer: createSigner(signing),
      multipart: createMultipartSigner(signing),
      clock,
      logger,
      checks,
    }),
    linkDeps: { settings, store, catalog, clock, logger },
  }
}

function connect({ url, accountKey, clientId }: StorageConfig): ReturnType<typeof connectStorage> {
  if (accountKey !== undefined) return connectStorage({ url, clock, accountKey })
  // The app's own identity and nothing else: what other credentials of a machine may do is nobody's intent.
  return connectStorage({ url, clock, identity: new ManagedIdentityCredential({ ...(clientId !== undefined && { clientId }) }) })
}

/** Azure names accounts, tenants and identities in its errors, and anybody may ask whether the gateway is ready. */
async function inPrivate<T>(check: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    logger.log('error', 'check_failed', { check, reason: messageOf(error) })
    throw new Error(`Azure refused it, or could not be reached: see "check_failed" in the gateway's log.`)
  }
}

import { ManagedIdentityCredential } from '@azure/identity'
import { type CkanClient, checkCkan, checkToken, createAuthorizer, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { systemClock as clock, type LinkDeps, messageOf, type Settings, UPLINK_PREFIX } from '@ckan-uplink/core'
import { createGateway } from '@ckan-uplink/gateway'
import { type Environment, readConfig, type StorageConfig } from './config.ts'
import { invocationLogger as logger } from './invocation-logger.ts'
import { createMultipartSigner } from './multipart-signer.ts'
import { createSigner } from './signer.ts'
import { connectStorage } from './storage-client.ts'
import { createStore } from './store.ts'

/** The gateway, built from the environment; throws `ConfigurationError`. */
export function createGatewayPart(env: Environment): { fetch(request: Request): Promise<Response> } {
  const { settings, ckanToken, storage } = readConfig(env)
  const client = createClient(settings)
  const { service, keys } = connect(storage)
  const container = service.getContainerClient(settings.bucket)
  const store = createStore(container)
  const signing = { container, keys, clock }
  const checks = {
    ckan: () => checkCkan(client),
    token: () => checkToken(client, ckanToken),
    bucket: () => inPrivate('bucket', () => store.head(UPLINK_PREFIX)).then(() => settings.bucket),
  }
  return createGateway({
    settings,
    authorizer: createAuthorizer(client),
    store,
    signer: createSigner(signing),
    multipart: createMultipartSigner(signing),
    clock,
    logger,
    checks,
  })
}

/** What the linker and the reconciler are made of, built from the environment; throws `ConfigurationError`. */
export function createLinkerPart(env: Environment): { readonly linkDeps: LinkDeps } {
  const { settings, ckanToken, storage } = readConfig(env)
  const store = createStore(connect(storage).service.getContainerClient(settings.bucket))
  const catalog = createCatalog(createClient(settings), { token: ckanToken, ...(settings.loader && { loader: settings.loader }) })
  return { linkDeps: { settings, store, catalog, clock, logger } }
}

/** One for people at the gateway and one for the linker, so that nobody waits behind a batch. Each bounds its calls over all invocations of an instance. */
function createClient({ ckanUrl, ckanConcurrency, ckanTimeoutMs }: Settings): CkanClient {
  return createCkanClient({ url: ckanUrl, concurrency: ckanConcurrency, timeoutMs: ckanTimeoutMs })
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

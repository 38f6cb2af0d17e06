import { ManagedIdentityCredential } from '@azure/identity'
import { catalogFrom, checkCkan, checkToken, clientFrom, createAuthorizer, listerFrom } from '@ckan-uplink/ckan'
import {
  systemClock as clock,
  createPublisher,
  createWebhooks,
  type EventQueue,
  type Webhooks,
} from '@ckan-uplink/core'
import {
  createTokenNotes,
  describeTokenNote,
  type OperationDeps,
  readTokenNote,
  type TokenNotes,
} from '@ckan-uplink/core/operations'
import { logStart } from '@ckan-uplink/core/settings'
import { UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import { createGateway } from '@ckan-uplink/gateway'
import { createStaticFolder, postWebhook } from '@ckan-uplink/gateway/node'
import { addressOf } from './address.ts'
import { type EnvVars, readGatewayConfig, readLinkerConfig, type StorageConfig } from './config.ts'
import { createCopier } from './copier.ts'
import { invocationLogger as logger } from './invocation-logger.ts'
import { createMultipartSigner } from './multipart-signer.ts'
import { createFileOpener } from './open-file.ts'
import { createPlatformScanner } from './platform-scanner.ts'
import { createSigner } from './signer.ts'
import { connectStorage } from './storage-client.ts'
import { createStore } from './store.ts'
import { createEventQueue } from './webhooks.ts'

/** Creates the gateway from the environment. Throws `ConfigurationError`. */
export function createGatewayApp(env: EnvVars): { fetch(request: Request): Promise<Response> } {
  const { settings, storage, grantSecrets, eventQueueUrl } = readGatewayConfig(env)
  // The gateway and the linker have separate clients, so that callers do not wait behind a batch. Each client limits
  // the concurrent calls of all invocations of an instance.
  const client = clientFrom(settings)
  const { service, keys } = connect(storage)
  const container = service.getContainerClient(settings.bucket)
  const store = createStore(container)
  const signing = { container, keys, clock }
  const checks = {
    ckan: () => checkCkan(client),
    token: async () => describeTokenNote(await readTokenNote(store), clock.now()),
    bucket: () => store.head(UPLINK_PREFIX).then(() => settings.bucket),
  }
  return createGateway({
    settings,
    authorizer: createAuthorizer(client),
    store,
    signer: createSigner(signing),
    multipart: createMultipartSigner(signing),
    copier: createCopier(signing),
    openFile: createFileOpener(container),
    ...(grantSecrets.length > 0 && { grantSecrets: async () => grantSecrets }),
    publishEvent: createPublisher({ settings, store, clock, logger, queue: openEventQueue(storage, eventQueueUrl) }),
    redirectsPublicFiles: true,
    clock,
    logger,
    checks,
    addressOf,
    // Deployed beside the bundle.
    staticFiles: createStaticFolder(new URL('static/', import.meta.url)),
  })
}

export interface LinkerApp {
  readonly linkDeps: OperationDeps
  readonly tokenNotes: TokenNotes
  /** Absent without receivers. */
  readonly webhooks: Webhooks | undefined
}

/** Creates the dependencies of the linker and the reconciler from the environment. Throws `ConfigurationError`. */
export function createLinkerApp(env: EnvVars): LinkerApp {
  const { settings, ckanToken, storage, eventQueueUrl, webhookSecrets } = readLinkerConfig(env)
  logStart(logger, 'linker', settings)
  const container = connect(storage).service.getContainerClient(settings.bucket)
  const store = createStore(container)
  const platformScanner = createPlatformScanner(container)
  const catalog = catalogFrom(settings, ckanToken)
  const check = () => checkToken(clientFrom(settings), ckanToken)
  const queue = openEventQueue(storage, eventQueueUrl)
  const publishing = { settings, store, clock, logger }
  const publishEvent = createPublisher({ ...publishing, queue })
  const secrets = async () => webhookSecrets
  return {
    linkDeps: { ...publishing, catalog, lister: listerFrom(settings, ckanToken), platformScanner, publishEvent },
    webhooks: queue && createWebhooks({ ...publishing, queue, secrets, post: postWebhook }),
    tokenNotes: createTokenNotes({ store, clock, logger, check }),
  }
}

function connect({ url, accountKey, clientId }: StorageConfig): ReturnType<typeof connectStorage> {
  if (accountKey !== undefined) return connectStorage({ url, clock, accountKey })
  return connectStorage({ url, clock, identity: identityOf(clientId) })
}

function openEventQueue({ accountKey, clientId }: StorageConfig, queueUrl: string | undefined): EventQueue | undefined {
  if (queueUrl === undefined) return undefined
  return createEventQueue(queueUrl, accountKey === undefined ? identityOf(clientId) : { accountKey })
}

/** Uses only the app's own identity, so that other credentials of a machine are never used by accident. */
function identityOf(clientId: string | undefined): ManagedIdentityCredential {
  return new ManagedIdentityCredential({ ...(clientId !== undefined && { clientId }) })
}

import {
  type CkanClient,
  catalogFrom,
  checkCkan,
  checkToken,
  clientFrom,
  createAuthorizer,
  listerFrom,
} from '@ckan-uplink/ckan'
import {
  systemClock as clock,
  createDatasetRests,
  createPublisher,
  createWebhooks,
  consoleLogger as logger,
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
import { addressOf } from './address.ts'
import { type EnvVars, readGatewayConfig, readLinkerConfig } from './config.ts'
import { createCopier } from './copier.ts'
import { createMultipartSigner } from './multipart-signer.ts'
import { boundRateLimits } from './rate-limits.ts'
import { sendWithLength } from './send-with-length.ts'
import { createSigner } from './signer.ts'
import { boundStaticFiles } from './static-files.ts'
import { createFileOpener, createStore } from './store.ts'
import { createEventQueue, postWebhook } from './webhooks.ts'

export interface LinkerApp {
  /** Creates the dependencies of one invocation. */
  createLinkDeps(): OperationDeps
  readonly maxRetries: number
  readonly tokenNotes: TokenNotes
  /** Absent without receivers. */
  readonly webhooks: Webhooks | undefined
}

/** Creates the gateway from the environment. Throws `ConfigurationError`. */
export function createGatewayApp(env: EnvVars): { fetch(request: Request): Promise<Response> } {
  const { settings, bucket, signing: credentials, grantSecrets, events } = readGatewayConfig(env)
  // Each call has its own client. In a shared client, an interrupted request would never free its place.
  const client: CkanClient = { ...clientFrom(settings), call: (...call) => clientFrom(settings).call(...call) }
  const store = createStore(bucket)
  const signing = { ...credentials, bucket: settings.bucket, clock }
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
    openFile: createFileOpener(bucket),
    ...(grantSecrets.length > 0 && { grantSecrets: async () => grantSecrets }),
    publishEvent: events && createPublisher({ settings, store, clock, logger, queue: createEventQueue(events) }),
    clock,
    logger,
    checks,
    addressOf,
    fetch: sendWithLength,
    seesProtocol: true,
    rateLimits: boundRateLimits(env),
    staticFiles: boundStaticFiles(env),
  })
}

/** Creates the dependencies of the linker from the environment. Throws `ConfigurationError`. */
export function createLinkerApp(env: EnvVars): LinkerApp {
  const { settings, ckanToken, bucket, maxRetries, events, webhookSecrets } = readLinkerConfig(env)
  logStart(logger, 'linker', settings)
  const store = createStore(bucket)
  const publishing = events && { settings, store, clock, logger, queue: createEventQueue(events) }
  const publishEvent = publishing && createPublisher(publishing)
  const rests = createDatasetRests(clock)
  return {
    createLinkDeps() {
      const catalog = catalogFrom(settings, ckanToken)
      return { settings, store, catalog, lister: listerFrom(settings, ckanToken), clock, logger, publishEvent, rests }
    },
    webhooks: publishing && createWebhooks({ ...publishing, secrets: async () => webhookSecrets, post: postWebhook }),
    maxRetries,
    tokenNotes: createTokenNotes({
      store,
      clock,
      logger,
      check: () => checkToken(clientFrom(settings), ckanToken),
    }),
  }
}

import type { S3Client } from '@aws-sdk/client-s3'
import { catalogFrom, checkCkan, checkToken, clientFrom, createAuthorizer, listerFrom } from '@ckan-uplink/ckan'
import {
  systemClock as clock,
  createDatasetRests,
  createPublisher,
  createWebhooks,
  type EventQueue,
  messageOf,
  UplinkError,
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
import { type EnvVars, readGatewayConfig, readLinkerConfig } from './config.ts'
import { createCopier } from './copier.ts'
import { addressOf } from './http-event.ts'
import { lambdaLogger as logger } from './logger.ts'
import { createMultipartSigner } from './multipart-signer.ts'
import { createFileOpener, MAX_STREAMED_BYTES } from './open-file.ts'
import { createPlatformScanner } from './platform-scanner.ts'
import { createS3Client } from './s3-client.ts'
import { createSigner } from './signer.ts'
import { createStore } from './store.ts'
import { readGrantSecret, readTokenSecret, readWebhookSecret, TokenSecretError } from './token-secret.ts'
import { createEventQueue } from './webhooks.ts'

export interface LinkerApp {
  /** Creates the dependencies of one invocation. Throws `ConfigurationError` when there is no token. */
  createLinkDeps(): Promise<OperationDeps>
  readonly maxReceives: number
  readonly tokenNotes: TokenNotes
  /** Absent without receivers. */
  readonly webhooks: Webhooks | undefined
}

/** Creates the gateway from the environment. Throws `ConfigurationError`. */
export function createGatewayApp(env: EnvVars): { fetch(request: Request): Promise<Response> } {
  const { settings, grantSecret, eventQueueUrl } = readGatewayConfig(env)
  const client = clientFrom(settings)
  const signing = { client: createS3Client(), bucket: settings.bucket, clock }
  const store = createStore(signing)
  const checks = {
    ckan: () => checkCkan(client),
    token: async () => describeTokenNote(await readTokenNote(store), clock.now()),
    // Not `head`, which does not distinguish a missing object from a missing bucket. No object has this key.
    bucket: () => store.get(`${UPLINK_PREFIX}readyz`).then(() => settings.bucket),
  }
  return createGateway({
    settings,
    authorizer: createAuthorizer(client),
    store,
    signer: createSigner(signing),
    multipart: createMultipartSigner(signing),
    copier: createCopier(signing),
    openFile: createFileOpener(signing),
    maxStreamedBytes: MAX_STREAMED_BYTES,
    ...(grantSecret !== undefined && { grantSecrets: () => readGrantSecret(grantSecret) }),
    publishEvent: createPublisher({
      settings,
      store,
      clock,
      logger,
      queue: openEventQueue(signing.client, eventQueueUrl),
    }),
    redirectsPublicFiles: true,
    clock,
    logger,
    checks,
    addressOf,
    // Deployed beside the bundle.
    staticFiles: createStaticFolder(new URL('static/', import.meta.url)),
  })
}

/** Creates the dependencies of the linker and the reconciler from the environment. Throws `ConfigurationError`. */
export function createLinkerApp(env: EnvVars): LinkerApp {
  const { settings, tokenSecret, maxReceives, eventQueueUrl, webhookSecret = '' } = readLinkerConfig(env)
  logStart(logger, 'linker', settings)
  const client = createS3Client()
  const store = createStore({ client, bucket: settings.bucket })
  const platformScanner = createPlatformScanner({ client, bucket: settings.bucket })
  const queue = openEventQueue(client, eventQueueUrl)
  const publishing = { settings, store, clock, logger }
  const publishEvent = createPublisher({ ...publishing, queue })
  const secrets = () => readWebhookSecret(webhookSecret)
  const rests = createDatasetRests(clock)
  return {
    async createLinkDeps() {
      const token = await readTokenSecret(tokenSecret)
      // Each invocation has its own client, so that the failures of one batch cannot fail the messages of another.
      const catalog = catalogFrom(settings, token)
      const ports = { store, catalog, lister: listerFrom(settings, token), platformScanner }
      return { settings, ...ports, clock, logger, publishEvent, rests }
    },
    webhooks: queue && createWebhooks({ ...publishing, queue, secrets, post: postWebhook }),
    maxReceives,
    tokenNotes: createTokenNotes({
      store,
      clock,
      logger,
      check: async () => checkToken(clientFrom(settings), await readTokenInPrivate(tokenSecret)),
    }),
  }
}

function openEventQueue(client: S3Client, queueUrl: string | undefined): EventQueue | undefined {
  return queueUrl === undefined ? undefined : createEventQueue(client, queueUrl)
}

/** Everyone can read the note of the token, so only the log has the reason in AWS's words. */
async function readTokenInPrivate(tokenSecret: string): Promise<string> {
  try {
    return await readTokenSecret(tokenSecret)
  } catch (error) {
    logger.log('error', 'check_failed', { check: 'token', reason: messageOf(error) })
    throw error instanceof TokenSecretError ? new UplinkError('configuration', error.publicReason, false) : error
  }
}

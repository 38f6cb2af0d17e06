import { catalogFrom, checkCkan, checkToken, clientFrom, createAuthorizer, listerFrom } from '@ckan-uplink/ckan'
import { systemClock as clock, type OperationDeps, UPLINK_PREFIX } from '@ckan-uplink/core'
import { createGateway, createPrivateCheck } from '@ckan-uplink/gateway'
import { type Environment, readConfig } from './config.ts'
import { addressOf } from './http-event.ts'
import { lambdaLogger as logger } from './logger.ts'
import { createMultipartSigner } from './multipart-signer.ts'
import { createS3Client } from './s3-client.ts'
import { createSigner } from './signer.ts'
import { createStore } from './store.ts'
import { readTokenSecret } from './token-secret.ts'

const inPrivate = createPrivateCheck('AWS', logger)

export interface LinkerPart {
  /** For one invocation; throws `ConfigurationError` when there is no token. */
  createLinkDeps(): Promise<OperationDeps>
  readonly maxReceives: number
}

/** The gateway, built from the environment; throws `ConfigurationError`. */
export function createGatewayPart(env: Environment): { fetch(request: Request): Promise<Response> } {
  const { settings, tokenSecret } = readConfig(env)
  const client = clientFrom(settings)
  const signing = { client: createS3Client(), bucket: settings.bucket, clock }
  const store = createStore(signing)
  const checks = {
    ckan: () => checkCkan(client),
    token: async () => checkToken(client, await inPrivate('token', () => readTokenSecret(tokenSecret))),
    // Not `head`, whose answer is the same when there is no such bucket.
    bucket: () => inPrivate('bucket', () => store.get(UPLINK_PREFIX)).then(() => settings.bucket),
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
    addressOf,
  })
}

/** What the linker and the reconciler are made of, built from the environment; throws `ConfigurationError`. */
export function createLinkerPart(env: Environment): LinkerPart {
  const { settings, tokenSecret, maxReceives } = readConfig(env)
  const store = createStore({ client: createS3Client(), bucket: settings.bucket })
  return {
    async createLinkDeps() {
      const token = await readTokenSecret(tokenSecret)
      // With a client of its own, no message is given up for what another batch met with.
      const catalog = catalogFrom(settings, token)
      return { settings, store, catalog, lister: listerFrom(settings, token), clock, logger }
    },
    maxReceives,
  }
}

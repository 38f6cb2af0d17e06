import { checkCkan, checkToken, createAuthorizer, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { systemClock as clock, type LinkDeps, messageOf, UPLINK_PREFIX } from '@ckan-uplink/core'
import { createGateway } from '@ckan-uplink/gateway'
import { type Environment, readConfig } from './config.ts'
import { lambdaLogger as logger } from './logger.ts'
import { createMultipartSigner } from './multipart-signer.ts'
import { createS3Client } from './s3-client.ts'
import { createSigner } from './signer.ts'
import { createStore } from './store.ts'
import { readTokenSecret } from './token-secret.ts'

/** What the functions are made of. */
export interface Parts {
  readonly gateway: { fetch(request: Request): Promise<Response> }
  /** For one invocation; throws `ConfigurationError` when there is no token. */
  createLinkDeps(): Promise<LinkDeps>
  readonly maxReceives: number
}

/** Builds the parts from the environment; throws `ConfigurationError`. */
function createParts(env: Environment): Parts {
  const { settings, tokenSecret, maxReceives } = readConfig(env)
  const createClient = () => createCkanClient({ url: settings.ckanUrl, concurrency: settings.ckanConcurrency, timeoutMs: settings.ckanTimeoutMs })
  const client = createClient()
  const s3 = { client: createS3Client(), bucket: settings.bucket }
  const store = createStore(s3)
  const signing = { ...s3, clock }
  const checks = {
    ckan: () => checkCkan(client),
    token: async () => checkToken(client, await inPrivate('token', () => readTokenSecret(tokenSecret))),
    // Not `head`, whose answer is the same when there is no such bucket.
    bucket: () => inPrivate('bucket', () => store.get(UPLINK_PREFIX)).then(() => settings.bucket),
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
    async createLinkDeps() {
      const token = await readTokenSecret(tokenSecret)
      // With a client of its own, no message is given up for what another batch met with.
      const catalog = createCatalog(createClient(), { token, ...(settings.loader && { loader: settings.loader }) })
      return { settings, store, catalog, clock, logger }
    },
    maxReceives,
  }
}

/** AWS names accounts, roles and resources in its errors, and anybody may ask whether the gateway is ready. */
async function inPrivate<T>(check: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    logger.log('error', 'check_failed', { check, reason: messageOf(error) })
    throw new Error(`AWS refused it, or could not be reached: see "check_failed" in the gateway's log.`)
  }
}

let parts: Parts | undefined

/** One instance of a function has one environment, so its parts are built once; throws `ConfigurationError`. */
export function partsOfProcess(): Parts {
  parts ??= createParts(process.env)
  return parts
}

import { type CkanClient, checkCkan, checkToken, createAuthorizer, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { systemClock as clock, type LinkDeps, consoleLogger as logger, UPLINK_PREFIX } from '@ckan-uplink/core'
import { createGateway } from '@ckan-uplink/gateway'
import { type Environment, readConfig } from './config.ts'
import { createSigner } from './signer.ts'
import { createStore } from './store.ts'

/** What the Worker's handlers are made of. */
export interface Parts {
  readonly gateway: { fetch(request: Request): Promise<Response> }
  /** For one invocation. */
  createLinkDeps(): LinkDeps
  readonly maxRetries: number
}

/** Builds the parts from the environment; throws `ConfigurationError`. */
export function createParts(env: Environment): Parts {
  const { settings, ckanToken, bucket, signing, maxRetries } = readConfig(env)
  const createClient = () => createCkanClient({ url: settings.ckanUrl, concurrency: settings.ckanConcurrency, timeoutMs: settings.ckanTimeoutMs })
  // A client of its own for each call: in one that requests share, a place held by a request that was cut short is never given back.
  const client: CkanClient = { url: settings.ckanUrl, call: (...call) => createClient().call(...call) }
  const store = createStore(bucket)
  const signer = createSigner({ ...signing, bucket: settings.bucket, clock })
  const checks = {
    ckan: () => checkCkan(client),
    token: () => checkToken(client, ckanToken),
    bucket: () => store.head(UPLINK_PREFIX).then(() => settings.bucket),
  }
  return {
    gateway: createGateway({ settings, authorizer: createAuthorizer(client), store, signer, clock, logger, checks }),
    createLinkDeps() {
      const catalog = createCatalog(createClient(), { token: ckanToken, ...(settings.loader && { loader: settings.loader }) })
      return { settings, store, catalog, clock, logger }
    },
    maxRetries,
  }
}

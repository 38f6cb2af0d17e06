import { createCopier, createMultipartSigner, createS3Client, createSigner, createStore } from '@ckan-uplink/aws'
import { createAuthorizer, createCkanClient } from '@ckan-uplink/ckan'
import { systemClock as clock, consoleLogger as logger } from '@ckan-uplink/core'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { createGateway } from '@ckan-uplink/gateway'

const settings = readFrom(process.env, readSettings) // CKAN_URL, GATEWAY_URL, BUCKET_NAME and others
const ckan = createCkanClient({ url: settings.ckanUrl, concurrency: 4, timeoutMs: 20_000 })
const storage = { client: createS3Client(), bucket: settings.bucket, clock }

/** A web-standard handler: give it to any server that speaks `Request` and `Response`. */
export const gateway = createGateway({
  settings,
  authorizer: createAuthorizer(ckan),
  store: createStore(storage),
  signer: createSigner(storage),
  multipart: createMultipartSigner(storage),
  copier: createCopier(storage),
  clock,
  logger,
  checks: {}, // the lines of /readyz
})

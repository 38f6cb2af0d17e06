import { createS3Client, createStore } from '@ckan-uplink/aws'
import { catalogFrom } from '@ckan-uplink/ckan'
import { consoleLogger, link, systemClock } from '@ckan-uplink/core'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'

const [key = '', token = ''] = process.argv.slice(2)
const settings = readFrom(process.env, readSettings) // CKAN_URL, GATEWAY_URL, BUCKET_NAME and others

const deps = {
  settings,
  store: createStore({ client: createS3Client(), bucket: settings.bucket }),
  catalog: catalogFrom(settings, token),
  clock: systemClock,
  logger: consoleLogger,
}
const [outcome] = await link(deps, [{ bucket: settings.bucket, key, kind: 'created' }])
console.log(outcome?.kind) // linked, unchanged, superseded, waiting, ignored, parked or retry

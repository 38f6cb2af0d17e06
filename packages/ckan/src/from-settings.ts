import type { Catalog } from '@ckan-uplink/core'
import type { DatasetLister } from '@ckan-uplink/core/operations'
import type { Settings } from '@ckan-uplink/core/settings'
import { createCatalog } from './catalog.ts'
import { type CkanClient, createCkanClient } from './ckan-client.ts'
import { createDatasetLister } from './dataset-lister.ts'

/** A client of the CKAN in the settings. */
export function clientFrom(settings: Settings): CkanClient {
  const {
    ckanUrl: url,
    ckanTokenHeader: tokenHeader,
    ckanConcurrency: concurrency,
    ckanTimeoutMs: timeoutMs,
  } = settings
  return createCkanClient({ url, tokenHeader, concurrency, timeoutMs })
}

/** The catalog of the CKAN in the settings, with a client of its own and the service's token. */
export function catalogFrom(settings: Settings, token: string): Catalog {
  return createCatalog(clientFrom(settings), { token, ...(settings.loader && { loader: settings.loader }) })
}

/** The lister of the CKAN in the settings, with a client of its own and the service's token. */
export function listerFrom(settings: Settings, token: string): DatasetLister {
  return createDatasetLister(clientFrom(settings), { token })
}

import { type CkanClient, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { buildKey, type ObjectEvent, type Resource, readSettings, type Settings, SettingsReader, type UploadRecord, writeRecord } from '@ckan-uplink/core'
import { type CkanStandIn, createMemoryStore, type MemoryStore, startCkanStandIn } from '@ckan-uplink/testing'

export const DATASETS = 10
const RESOURCES = 20
const CKAN_CALL_MS = 100
const OBJECT_READ_MS = 20

/** One CKAN, one bucket, and a round of uploads to be linked at each measurement. */
export interface Scene {
  readonly ckan: CkanStandIn
  readonly store: MemoryStore
  readonly settings: (storeConcurrency: number) => Settings
  /** CKAN is slow from here on, and its calls are counted from zero. */
  countAnew(): void
  /** Puts one object and one record per resource, as clients and the gateway would; gives the events. */
  announce(round: number): Promise<readonly ObjectEvent[]>
  close(): Promise<void>
}

export async function createScene(): Promise<Scene> {
  const ckan = await startCkanStandIn()
  const client = createCkanClient({ url: ckan.url, concurrency: DATASETS, timeoutMs: 10_000 })
  const catalog = createCatalog(client, { token: ckan.tokens.admin })
  const datasetIds = await createDatasets(client, ckan)
  const countAnew = (): void => {
    ckan.faults.reset()
    ckan.faults.add({ effect: { delayMs: CKAN_CALL_MS } })
  }
  const store = createMemoryStore({ readDelayMs: OBJECT_READ_MS })
  const settings = (storeConcurrency: number): Settings =>
    readSettings(
      new SettingsReader({
        CKAN_URL: ckan.url,
        GATEWAY_URL: 'https://files.example.org',
        BUCKET_NAME: 'files',
        CKAN_CONCURRENCY: String(DATASETS),
        STORE_CONCURRENCY: String(storeConcurrency),
      }),
    )
  const announceAll = async (round: number): Promise<readonly ObjectEvent[]> => {
    const datasets = await Promise.all(datasetIds.map((id) => catalog.readDataset(id)))
    const resources = datasets.flatMap((dataset) => dataset?.resources ?? [])
    return Promise.all(resources.map((resource, index) => announce(store, settings(1), resource, { round, index })))
  }
  return { ckan, store, settings, countAnew, announce: announceAll, close: () => ckan.close() }
}

async function createDatasets(client: CkanClient, ckan: CkanStandIn): Promise<readonly string[]> {
  const datasets = Array.from({ length: DATASETS }, async (_, number) => {
    const resources = Array.from({ length: RESOURCES }, (_file, index) => ({ url: `https://example.org/${index}.csv`, name: `File ${index}` }))
    const { result } = await client.call<{ id: string }>(
      'package_create',
      { name: `bench-${number}`, owner_org: ckan.organization, resources },
      ckan.tokens.admin,
    )
    return result.id
  })
  return Promise.all(datasets)
}

async function announce(
  store: MemoryStore,
  settings: Settings,
  resource: Resource,
  { round, index }: { readonly round: number; readonly index: number },
): Promise<ObjectEvent> {
  const id = `0193${round.toString(16).padStart(4, '0')}-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
  const key = buildKey(settings.keyPrefix, { resourceId: resource.id, uploadId: id, fileName: 'data.csv' })
  const record: UploadRecord = {
    version: 1,
    id,
    entity: { type: 'resource', id: resource.id, dataset_id: resource.datasetId },
    key,
    previous_url: resource.url,
    previous_last_modified: resource.lastModified,
    declared: { name: 'data.csv' },
    limits: {},
    state: 'issued',
  }
  await store.put(key, new TextEncoder().encode(`a,b\n${round},${index}\n`))
  await writeRecord(store, { record, etag: undefined })
  return { bucket: 'files', key, kind: 'created' }
}

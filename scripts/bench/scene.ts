import { type CkanClient, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import type { ObjectEvent, Resource } from '@ckan-uplink/core'
import { readSettings, type Settings, SettingsReader } from '@ckan-uplink/core/settings'
import { buildKey, type UploadRecord, writeRecord } from '@ckan-uplink/core/uploads'
import { createMemoryStore, type MemoryStore } from '@ckan-uplink/testing'

const SIZE: SceneSize = { datasets: 10, resources: 20 }
const OBJECT_READ_MS = 20

/** A CKAN to measure on. `concurrency` is the limit of simultaneous calls. */
export interface Target {
  readonly url: string
  readonly token: string
  readonly organization: string
  readonly concurrency: number
}

/** The number of datasets, and of resources in each. */
export interface SceneSize {
  readonly datasets: number
  readonly resources: number
}

/** One CKAN with datasets of the same size, and a bucket whose reads take 20 ms. */
export interface Scene {
  readonly target: Target
  readonly datasetIds: readonly string[]
  readonly store: MemoryStore
  settings(storeConcurrency: number): Settings
  /**
   * Puts one object and one record for each resource, like clients and the gateway. Returns the events, dataset by
   * dataset.
   */
  announce(): Promise<readonly ObjectEvent[]>
  /** Purges the datasets. */
  close(): Promise<void>
}

export async function createScene(target: Target, size: SceneSize = SIZE): Promise<Scene> {
  const client = createCkanClient({ url: target.url, concurrency: 4, timeoutMs: 60_000 })
  const catalog = createCatalog(client, { token: target.token })
  const datasetIds = await createDatasets(client, target, size)
  const store = createMemoryStore({ readDelayMs: OBJECT_READ_MS })
  const settings = (storeConcurrency: number): Settings =>
    readSettings(
      new SettingsReader({
        CKAN_URL: target.url,
        GATEWAY_URL: 'http://127.0.0.1:9',
        BUCKET_NAME: 'files',
        CKAN_CONCURRENCY: String(target.concurrency),
        CKAN_TIMEOUT_MS: '60000',
        STORE_CONCURRENCY: String(storeConcurrency),
      }),
    )
  let round = 0
  return {
    target,
    datasetIds,
    store,
    settings,
    async announce() {
      round += 1
      const datasets = await Promise.all(datasetIds.map((id) => catalog.readDataset(id)))
      const resources = datasets.flatMap((dataset) => dataset?.resources ?? [])
      return Promise.all(resources.map((resource, index) => announce(store, settings(1), resource, { round, index })))
    },
    async close() {
      for (const id of datasetIds)
        await client
          .call('dataset_purge', { id }, target.token)
          .catch(() => client.call('package_delete', { id }, target.token))
    },
  }
}

async function createDatasets(
  client: CkanClient,
  { organization, token }: Target,
  size: SceneSize,
): Promise<readonly string[]> {
  const prefix = `bench-${Date.now().toString(36)}`
  const datasets = Array.from({ length: size.datasets }, async (_, number) => {
    const resources = Array.from({ length: size.resources }, (_file, index) => ({
      url: `http://127.0.0.1:9/${index}.csv`,
      name: `File ${index}`,
      format: 'CSV',
    }))
    const { result } = await client.call<{ id: string }>(
      'package_create',
      { name: `${prefix}-${number}`, owner_org: organization, resources },
      token,
    )
    return result.id
  })
  return Promise.all(datasets)
}

interface Place {
  readonly round: number
  readonly index: number
}

async function announce(
  store: MemoryStore,
  settings: Settings,
  resource: Resource,
  { round, index }: Place,
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

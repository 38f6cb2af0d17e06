import { type CkanClient, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { link, type ObjectEvent, systemClock } from '@ckan-uplink/core'
import { parseKey } from '@ckan-uplink/core/uploads'
import { createMeter, type Meter } from './meter.ts'
import type { Scene } from './scene.ts'

export interface Measurement {
  readonly seconds: number
  readonly reads: number
  readonly writes: number
  /** The maximum of simultaneous calls to CKAN. */
  readonly atOnce: number
  /** Seconds in which CKAN worked on a call. */
  readonly ckanSeconds: number
}

/** The present linker with this many object reads at once. */
export async function measureOurs(scene: Scene, storeConcurrency: number): Promise<Measurement> {
  return measureBatches(scene, storeConcurrency, (events) => [events])
}

/** The present linker when the queue hands over the events in these batches, one after the other. */
export async function measureBatches(
  scene: Scene,
  storeConcurrency: number,
  toBatches: (events: readonly ObjectEvent[]) => Iterable<readonly ObjectEvent[]>,
): Promise<Measurement> {
  const settings = scene.settings(storeConcurrency)
  const events = await scene.announce()
  return measure(async (meter) => {
    const catalog = createCatalog(clientOf(scene, meter), { token: scene.target.token })
    const deps = { settings, store: scene.store, catalog, clock: systemClock, logger: { log: () => {} } }
    for (const batch of toBatches(events)) {
      const wrong = (await link(deps, batch)).find(({ kind }) => kind !== 'linked' && kind !== 'unchanged')
      if (wrong) throw new Error(`An upload was not linked: ${JSON.stringify(wrong)}`)
    }
  })
}

/** The first version's linker: for each message in turn a HEAD of the object and a `resource_update`. */
export async function measureFirst(scene: Scene): Promise<Measurement> {
  const { keyPrefix } = scene.settings(1)
  const events = await scene.announce()
  return measure(async (meter) => {
    const client = clientOf(scene, meter)
    for (const { key } of events) {
      const object = await scene.store.head(key)
      const parsed = parseKey(keyPrefix, key)
      if (object === undefined || parsed?.kind !== 'resource') throw new Error(`There is no object ${key}.`)
      await client.call(
        'resource_update',
        { id: parsed.resourceId, url: `http://127.0.0.1:9/${key}`, format: 'text/csv' },
        scene.target.token,
      )
    }
  })
}

/** The minimum of any linker: for each dataset one `package_show` and one `package_revise` with all resources. */
export async function measureFloor(scene: Scene): Promise<Measurement> {
  return measure(async (meter) => {
    const client = clientOf(scene, meter)
    await Promise.all(scene.datasetIds.map((id) => reviseBare(client, id, scene.target.token)))
  })
}

async function reviseBare(client: CkanClient, id: string, token: string): Promise<void> {
  const { result } = await client.call<{ resources: { id: string; url: string }[] }>('package_show', { id }, token)
  const last_modified = new Date(Date.now() - 1000).toISOString().slice(0, 19)
  const changes = result.resources.flatMap((resource) => [
    [`match__resources__${resource.id}__url`, JSON.stringify(resource.url)],
    [
      `update__resources__${resource.id}`,
      { url: `${resource.url}#`, url_type: '', format: 'CSV', mimetype: 'text/csv', size: 12, last_modified },
    ],
  ])
  await client.call('package_revise', { match: { id }, ...Object.fromEntries(changes), include: '-*' }, token)
}

function clientOf({ target }: Scene, { fetch }: Meter): CkanClient {
  return createCkanClient({ url: target.url, concurrency: target.concurrency, timeoutMs: 60_000, fetch })
}

async function measure(work: (meter: Meter) => Promise<void>): Promise<Measurement> {
  const meter = createMeter()
  const started = performance.now()
  await work(meter)
  return {
    seconds: (performance.now() - started) / 1000,
    reads: meter.calls(/_show$/u),
    writes: meter.calls(/_(?:update|revise)$/u),
    atOnce: meter.atOnce(),
    ckanSeconds: meter.busySeconds(),
  }
}

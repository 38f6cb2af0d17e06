import { createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { link, parseKey, systemClock } from '@ckan-uplink/core'
import type { Scene } from './scene.ts'

export interface Measurement {
  readonly seconds: number
  readonly reads: number
  readonly writes: number
  /** The most calls that CKAN saw at once. */
  readonly atOnce: number
}

/** The linker as it is, with so many object reads at once. */
export async function measureOurs(scene: Scene, storeConcurrency: number): Promise<Measurement> {
  const settings = scene.settings(storeConcurrency)
  const events = await scene.announce(storeConcurrency)
  const client = createCkanClient({ url: settings.ckanUrl, concurrency: settings.ckanConcurrency, timeoutMs: settings.ckanTimeoutMs })
  const catalog = createCatalog(client, { token: scene.ckan.tokens.admin })
  return measure(scene, async () => {
    const outcomes = await link({ settings, store: scene.store, catalog, clock: systemClock, logger: { log: () => {} } }, events)
    const wrong = outcomes.find(({ kind }) => kind !== 'linked')
    if (wrong) throw new Error(`An upload was not linked: ${JSON.stringify(wrong)}`)
  })
}

/** A linker as the first version had it: each message in turn, one look at the object, one `resource_update`. */
export async function measureFirst(scene: Scene): Promise<Measurement> {
  const settings = scene.settings(1)
  const events = await scene.announce(1)
  const client = createCkanClient({ url: settings.ckanUrl, concurrency: 1, timeoutMs: settings.ckanTimeoutMs })
  return measure(scene, async () => {
    for (const { key } of events) {
      const object = await scene.store.head(key)
      const parsed = parseKey(settings.keyPrefix, key)
      if (object === undefined || typeof parsed !== 'object') throw new Error(`There is no object ${key}.`)
      await client.call('resource_update', { id: parsed.resourceId, url: `https://example.org/${key}`, format: 'text/csv' }, scene.ckan.tokens.admin)
    }
  })
}

async function measure({ ckan, countAnew }: Scene, work: () => Promise<void>): Promise<Measurement> {
  countAnew()
  const started = performance.now()
  await work()
  return {
    seconds: (performance.now() - started) / 1000,
    reads: ckan.faults.calls(/_show$/u),
    writes: ckan.faults.calls(/_(?:update|revise)$/u),
    atOnce: ckan.faults.maxInFlight(),
  }
}

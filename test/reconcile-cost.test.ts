import { createHash } from 'node:crypto'
import { catalogFrom, listerFrom } from '@ckan-uplink/ckan'
import { systemClock } from '@ckan-uplink/core'
import { type OperationDeps, reconcile } from '@ckan-uplink/core/operations'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { buildKey, linkedUrl, recordKey, type UploadRecord, versionOf } from '@ckan-uplink/core/uploads'
import { type CkanStandIn, createMemoryStore, startCkanStandIn } from '@ckan-uplink/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCkanCalls } from './support/ckan-calls.ts'

const DATASETS = 465
const PER_DATASET = 4
const MOST_CALLS = 100
/** Every hundredth dataset has an upload whose notification was lost. */
const MISSED = Math.ceil(DATASETS / 100)
const CSV = new TextEncoder().encode('city,population\n')
const ETAG = createHash('md5').update(CSV).digest('hex')

let ckan: CkanStandIn
let deps: OperationDeps

beforeEach(async () => {
  ckan = await startCkanStandIn()
  const settings = readSettings(
    new SettingsReader({ CKAN_URL: ckan.url, GATEWAY_URL: 'https://files.example.org', BUCKET_NAME: 'files' }),
  )
  const { admin } = ckan.tokens
  const parts = { catalog: catalogFrom(settings, admin), lister: listerFrom(settings, admin) }
  deps = { settings, ...parts, store: createMemoryStore(), clock: systemClock, logger: { log: () => {} } }
})
afterEach(() => ckan.close())

function keyOf(resourceId: string, order: number) {
  return { resourceId, uploadId: `019b7600-0000-7000-8000-${String(order).padStart(12, '0')}`, fileName: 'data.csv' }
}

/** Puts the object and the record of an upload. `order` says which upload of the resource was requested later. */
async function place(resourceId: string, dataset: string, order: number, more: Partial<UploadRecord>): Promise<void> {
  const { settings, store } = deps
  const { uploadId: id, ...rest } = keyOf(resourceId, order)
  const key = buildKey(settings.keyPrefix, { ...rest, uploadId: id })
  const entity = { type: 'resource', id: resourceId, dataset_id: dataset } as const
  const record = { version: 1, id, entity, key, declared: {}, limits: {}, ...more }
  await store.put(key, CSV)
  await store.put(recordKey(id), new TextEncoder().encode(JSON.stringify(record)))
}

/** Each resource shows the second of its two uploads. The ids are random, so that neighbours in the bucket differ. */
async function fill(): Promise<void> {
  const { newDataset } = createCkanCalls(ckan)
  const version = await versionOf(ETAG)
  const linked = { state: 'linked', linked: { version, size: CSV.byteLength, at: '2026-01-01T00:00:00.000Z' } } as const
  let asked = 0
  const next = () => {
    asked += 1
    return asked
  }
  for (let number = 0; number < DATASETS; number += 1) {
    const files = Array.from({ length: PER_DATASET }, () => ({
      id: crypto.randomUUID(),
      first: next(),
      second: next(),
    }))
    const resources = files.map(({ id, second }) => ({ id, url: linkedUrl(deps.settings, keyOf(id, second), version) }))
    const dataset = await newDataset(resources, { private: number % 10 === 1 })
    for (const { id, first, second } of files) {
      await place(id, dataset.id, first, linked)
      await place(id, dataset.id, second, linked)
    }
    if (number % 100 === 0) await place(files[0]?.id ?? '', dataset.id, next(), { state: 'issued' })
  }
}

describe('a reconciliation of some 3,700 objects in 465 datasets', { timeout: 60_000 }, () => {
  it('asks CKAN at most 100 times, and links every missed upload', async () => {
    await fill()
    const before = ckan.faults.calls()
    const counts: Record<string, number> = {}
    for await (const { finding } of reconcile(deps, { lister: deps.lister })) {
      const kind = finding?.kind === 'object' ? finding.outcome.kind : finding?.kind
      if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1
    }
    const resources = DATASETS * PER_DATASET
    expect(counts).toEqual({ unchanged: resources, superseded: resources, linked: MISSED })
    expect(ckan.faults.calls() - before).toBeLessThanOrEqual(MOST_CALLS)
  })
})

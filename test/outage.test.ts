import { createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { type Clock, consume, type ObjectEvent } from '@ckan-uplink/core'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { buildKey, parseLinkedUrl, type UploadRecord, writeRecord } from '@ckan-uplink/core/uploads'
import { type CkanStandIn, createMemoryStore, startCkanStandIn } from '@ckan-uplink/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const OUTAGE_SECONDS = 60
const UPLOADS = 20

let ckan: CkanStandIn
beforeEach(async () => {
  ckan = await startCkanStandIn()
})
afterEach(() => ckan.close())

describe('CKAN answering 503 for a minute', () => {
  it('delays every message without acknowledging it, and every file is linked afterwards', async () => {
    let second = 0
    const clock: Clock = { now: () => new Date(Date.UTC(2030, 0) + second * 1000), sleep: async () => {} }
    const client = createCkanClient({ url: ckan.url, concurrency: 4, timeoutMs: 5000, clock })
    const settings = readSettings(
      new SettingsReader({ CKAN_URL: ckan.url, GATEWAY_URL: 'https://files.example.org', BUCKET_NAME: 'files' }),
    )
    const store = createMemoryStore()
    const deps = {
      settings,
      store,
      catalog: createCatalog(client, { token: ckan.tokens.admin }),
      clock,
      logger: { log: () => {} },
    }

    const resources = Array.from({ length: UPLOADS }, (_, index) => ({ name: `File ${index}` }))
    const dataset = await client.call<{ id: string; resources: { id: string }[] }>(
      'package_create',
      { name: 'outage', owner_org: ckan.organization, resources },
      ckan.tokens.admin,
    )
    const events = await Promise.all(dataset.result.resources.map(({ id }, index) => announce(id, index)))
    let waiting = events.map((event, index) => ({ id: `message-${index}`, event, attempt: 1, due: 0 }))
    const repair = ckan.faults.add({ effect: { status: 503 } })

    for (let delivery = 0; delivery < 100 && waiting.length > 0; delivery += 1) {
      second = Math.min(...waiting.map(({ due }) => due))
      if (second >= OUTAGE_SECONDS) repair()
      const due = waiting.filter((message) => message.due <= second)
      const outcomes = await consume(
        deps,
        (body) => ({ events: [body as ObjectEvent] }),
        due.map(({ id, event, attempt }) => ({ id, attempt, lastAttempt: false, body: event })),
      )
      const again = due.flatMap((message, index) => {
        const outcome = outcomes[index]
        return outcome?.kind === 'retry'
          ? [{ ...message, attempt: message.attempt + 1, due: second + outcome.afterSeconds }]
          : []
      })
      if (second < OUTAGE_SECONDS) expect(again).toHaveLength(due.length)
      waiting = [...waiting.filter((message) => !due.includes(message)), ...again]
    }

    expect(waiting).toEqual([])
    const { result } = await client.call<{ resources: { url: string }[] }>('package_show', { id: dataset.result.id })
    expect(result.resources.filter(({ url }) => parseLinkedUrl(settings, url) !== undefined)).toHaveLength(UPLOADS)

    async function announce(resourceId: string, index: number): Promise<ObjectEvent> {
      const id = `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
      const key = buildKey(settings.keyPrefix, { resourceId, uploadId: id, fileName: 'data.csv' })
      const entity = { type: 'resource', id: resourceId, dataset_id: dataset.result.id } as const
      const record: UploadRecord = {
        version: 1,
        id,
        entity,
        key,
        previous_url: '',
        previous_last_modified: null,
        declared: {},
        limits: {},
        state: 'issued',
      }
      await store.put(key, new TextEncoder().encode('a,b\n1,2\n'))
      await writeRecord(store, { record, etag: undefined })
      return { bucket: 'files', key, kind: 'created' }
    }
  })
})

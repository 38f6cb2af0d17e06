import { describe, expect, it } from 'vitest'
import { consume, createPublisher, link } from '../../src/index.ts'
import { replayEvents, sendUnsentEvents } from '../../src/operations/index.ts'
import { recordKey, versionOf, writeVerdict } from '../../src/uploads/index.ts'
import { type Bench, createBench, decode, keyOf, NOW, RESOURCE, uploadId, urlOf } from '../support/fixtures.ts'
import { DATASET_ID } from '../support/table-catalog.ts'

const URLS = ['https://hooks.example.org/a', 'https://other.example.org/b']

/** A linker whose events go to a list, or fail while `down` says so. */
function createPublishingBench() {
  const bench = createBench({ settings: { webhookUrls: URLS } })
  const sent: { readonly url: string; readonly event: Readonly<Record<string, unknown>> }[] = []
  const state = { isDown: false }
  const queue = {
    async send(message: string) {
      if (state.isDown) throw new Error('The queue is down.')
      sent.push(JSON.parse(message))
    },
  }
  return { bench, sent, state, queue, linker: { ...bench, publishEvent: createPublisher({ ...bench, queue }) } }
}

const unsent = ({ store }: Bench): readonly unknown[] => store.keys('uplink/events/').map((key) => store.json(key))
const isolate = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('an event', () => {
  it('tells each receiver which file was linked', async () => {
    const { bench, sent, linker } = createPublishingBench()
    bench.catalog.override.dataset = { ownerOrg: 'city' }
    const entity = { type: 'resource', id: RESOURCE, dataset_id: DATASET_ID, owner_org: 'city' } as const
    const record = { entity, declared: { name: 'Data.csv' }, requested_by: 'jane', status_key_hash: 'c0' }
    await link(linker, [bench.upload(keyOf(1), { record, content: { etag: 'v1' } })])
    const url = await urlOf(keyOf(1), 'v1')
    expect(sent.map((message) => message.url)).toEqual(URLS)
    expect(sent[0]?.event).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{32}$/u),
      source: 'https://up.example.org',
      type: 'ckan-uplink.upload.linked',
      subject: `resource/${RESOURCE}`,
      time: NOW.toISOString(),
      datacontenttype: 'application/json',
      data: {
        upload: uploadId(1),
        entity: { type: 'resource', id: RESOURCE },
        dataset: DATASET_ID,
        organization: 'city',
        name: 'Data.csv',
        size: 8,
        mimetype: 'text/csv',
        url,
        version: url.split('/').at(-2),
      },
    })
  })

  it('comes once, however often the bucket notifies', async () => {
    const { bench, sent, linker } = createPublishingBench()
    const event = bench.upload(keyOf(1))
    for (let time = 0; time < 3; time += 1) await link(linker, [event, event])
    expect(sent).toHaveLength(URLS.length)
  })

  it('has another id for each content of one URL, also for the first content again', async () => {
    const { bench, sent, linker } = createPublishingBench()
    const event = bench.upload(keyOf(1), { content: { etag: 'v1' } })
    let later = NOW.getTime()
    for (const etag of ['v1', 'v2', 'v1']) {
      bench.store.place(event.key, { etag })
      later += 120_000
      await link({ ...linker, clock: { ...bench.clock, now: () => new Date(later) } }, [event])
    }
    expect(new Set(sent.map(({ event }) => event['id'])).size).toBe(sent.length / URLS.length)
    expect(sent).toHaveLength(3 * URLS.length)
  })

  it('says why an upload failed', async () => {
    const { bench, sent, linker } = createPublishingBench()
    const record = { limits: { max_bytes: 3 } }
    await link(linker, [bench.upload(keyOf(1), { record })])
    expect(sent[0]?.event).toMatchObject({
      type: 'ckan-uplink.upload.failed',
      data: { code: 'too_large', reason: expect.stringContaining('at most 3') },
    })
    expect(sent[0]?.event['data']).not.toHaveProperty('url')
  })

  it('says that a message was parked, after a refusal and after the last attempt', async () => {
    const { bench, sent, linker } = createPublishingBench()
    bench.catalog.remove(RESOURCE)
    await link(linker, [bench.upload(keyOf(1))])
    bench.store.broken.add(bench.upload(keyOf(2)).key)
    const deliveries = [{ id: 'm', attempt: 100, lastAttempt: true, body: [bench.upload(keyOf(2))] }]
    await consume(linker, decode, deliveries)
    expect(sent.map(({ event }) => event['type'])).toContain('ckan-uplink.upload.parked')
  })

  it('does not come for an upload that a later one superseded', async () => {
    const { bench, sent, linker } = createPublishingBench()
    await link(linker, [bench.upload(keyOf(2)), bench.upload(keyOf(1))])
    expect(new Set(sent.map(({ event }) => event['type']))).toEqual(new Set(['ckan-uplink.upload.linked']))
    expect(sent).toHaveLength(URLS.length)
  })

  it('comes before the record shows it, so that a crash between the two repeats it with the same id', async () => {
    const { bench, sent, linker } = createPublishingBench()
    const event = bench.upload(keyOf(1))
    const crashing = {
      ...bench.store,
      put: (key: string, ...rest: [Uint8Array]) =>
        key === recordKey(uploadId(1)) ? Promise.reject(new Error('crash')) : bench.store.put(key, ...rest),
    }
    expect((await link({ ...linker, store: crashing }, [event]))[0]?.kind).toBe('retry')
    await link(linker, [event])
    expect(sent).toHaveLength(2 * URLS.length)
    expect(new Set(sent.map(({ event }) => event['id'])).size).toBe(1)
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })

  it('has the same id when an interrupted linker finds a file infected again, a minute later', async () => {
    const { bench, sent, linker } = createPublishingBench()
    const scanned = { ...linker, settings: { ...linker.settings, scanner: 'clamav' as const } }
    const event = bench.upload(keyOf(1), { content: { etag: 'v1' } })
    const place = { id: uploadId(1), version: await versionOf('v1') }
    const at = NOW.toISOString()
    await writeVerdict(bench.store, place, { result: 'infected', found: 'Eicar', by: 'ClamAV', at })
    const later = { ...bench.clock, now: () => new Date(NOW.getTime() + 60_000) }
    for (const clock of [bench.clock, later]) {
      const record = bench.record(keyOf(1))
      await link({ ...scanned, clock }, [event])
      bench.store.place(recordKey(uploadId(1)), { bytes: JSON.stringify(record) })
      bench.store.place(event.key, { etag: 'v1' })
    }
    expect(sent).toHaveLength(2 * URLS.length)
    expect(new Set(sent.map((message) => message.event['id'])).size).toBe(1)
  })

  it('does not exist without a receiver', async () => {
    const { queue } = createPublishingBench()
    expect(createPublisher({ ...createBench(), queue })).toBeUndefined()
  })
})

describe('while the queue is down', () => {
  it('an object that is no event stops no event', async () => {
    const { bench, sent, state, queue, linker } = createPublishingBench()
    await bench.store.put('uplink/events/0.json', new TextEncoder().encode('no event'))
    state.isDown = true
    await link(linker, [bench.upload(keyOf(1))])
    state.isDown = false
    expect(await sendUnsentEvents(bench, queue)).toBe(1)
    expect(sent.map(({ url }) => url)).toEqual(URLS)
    expect(bench.store.keys('uplink/events/')).toEqual(['uplink/events/0.json'])
  })

  it('files are linked, and their events wait in the bucket for the next hour', async () => {
    const { bench, sent, state, queue, linker } = createPublishingBench()
    state.isDown = true
    expect((await link(linker, [bench.upload(keyOf(1))]))[0]?.kind).toBe('linked')
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(unsent(bench)).toHaveLength(1)
    await expect(sendUnsentEvents(bench, queue)).rejects.toThrow('down')
    expect(unsent(bench)).toHaveLength(1)
    state.isDown = false
    expect(await sendUnsentEvents(bench, queue)).toBe(1)
    expect(sent.map(({ url }) => url)).toEqual(URLS)
    expect(unsent(bench)).toEqual([])
  })

  it('a repeated message publishes the event if the bucket cannot keep it either', async () => {
    const { bench, sent, state, linker } = createPublishingBench()
    const event = bench.upload(keyOf(1))
    state.isDown = true
    bench.store.broken.add('uplink/events/')
    expect((await link(linker, [event]))[0]?.kind).toBe('retry')
    state.isDown = false
    await link(linker, [event])
    expect(sent).toHaveLength(URLS.length)
  })
})

describe('a replay', () => {
  it('sends the events of records since a time again, with the same ids', async () => {
    const { bench, sent, queue, linker } = createPublishingBench()
    await link(linker, [bench.upload(keyOf(1)), bench.upload(keyOf(2), { record: { limits: { max_bytes: 3 } } })])
    bench.upload(keyOf(3))
    const before = sent.splice(0)
    expect(await isolate(replayEvents(bench, new Date(1)))).toEqual([])
    const replayed = await isolate(replayEvents(bench, new Date(0)))
    expect(replayed.map(({ type }) => type).sort()).toEqual(['ckan-uplink.upload.failed', 'ckan-uplink.upload.linked'])
    await sendUnsentEvents(bench, queue)
    const ids = (messages: typeof sent) => messages.map(({ url, event }) => `${url} ${event['id']}`).sort()
    expect(ids(sent)).toEqual(ids(before))
  })

  it('has a withdrawal with its reason, and without the name of the person', async () => {
    const { bench } = createPublishingBench()
    const withdrawn = { at: '2026-03-04T04:00:00.000Z', by: 'jane', reason: 'It holds names.' }
    bench.upload(keyOf(1), { record: { state: 'withdrawn', withdrawn } })
    const [event] = await isolate(replayEvents(bench, new Date(0)))
    expect(event).toMatchObject({
      type: 'ckan-uplink.upload.removed',
      time: withdrawn.at,
      data: { reason: 'It holds names.' },
    })
    expect(JSON.stringify(event)).not.toContain('jane')
  })
})

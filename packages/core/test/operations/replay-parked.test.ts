import { describe, expect, it } from 'vitest'
import { NotAllowedError, type ObjectEvent, UnavailableError } from '../../src/index.ts'
import { parkBody } from '../../src/notifications/park.ts'
import { dropParked, listParked, type ParkedMessage, parkEvent, replayParked } from '../../src/operations/index.ts'
import { type Bench, createBench, createdEvent, decode, keyOf, RESOURCE, urlOf } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'

async function replay(bench: Bench, messages: AsyncIterable<ParkedMessage> = listParked(bench.store)) {
  const replayed = []
  for await (const { outcome } of replayParked({ ...bench, decode }, messages)) replayed.push(outcome)
  return replayed
}

/** An upload whose message was parked. */
async function createParkedUpload(): Promise<{ readonly bench: Bench; readonly event: ObjectEvent }> {
  const bench = createBench()
  const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
  await parkEvent(bench, event, 'Given up after 101 attempts: CKAN is down.')
  return { bench, event }
}

async function allParked(bench: Bench): Promise<AsyncIterable<ParkedMessage>> {
  const messages: ParkedMessage[] = []
  for await (const message of listParked(bench.store)) messages.push(message)
  return {
    async *[Symbol.asyncIterator]() {
      yield* messages
    },
  }
}

describe('replaying parked messages', () => {
  it('links the object, removes its message, and logs a line', async () => {
    const { bench, event } = await createParkedUpload()
    expect(await replay(bench)).toEqual([{ kind: 'linked', url: await urlOf(keyOf(1), 'one') }])
    expect(bench.catalog.resource(RESOURCE).url).toBe(await urlOf(keyOf(1), 'one'))
    expect(bench.parked()).toEqual([])
    expect(bench.lines).toMatchObject([{ level: 'info', fields: { outcome: 'linked', key: event.key } }])
  })

  it('without messages does nothing', async () => {
    const bench = createBench()
    expect(await replay(bench)).toEqual([])
    expect(bench.catalog.calls).toEqual([])
  })

  it('treats messages that were already replayed or linked as done', async () => {
    const { bench } = await createParkedUpload()
    const messages = await allParked(bench)
    await replay(bench, messages)
    expect(await replay(bench, messages)).toEqual([
      { kind: 'ignored', reason: expect.stringContaining('replayed or dropped') },
    ])
    await parkEvent(bench, createdEvent(keyOf(1)), 'A dead letter of the same event.')
    expect(await replay(bench)).toEqual([{ kind: 'unchanged' }])
    expect([bench.parked(), bench.catalog.revisions.length]).toEqual([[], 1])
  })

  it('does not restore a message that was dropped meanwhile', async () => {
    const { bench } = await createParkedUpload()
    const messages = await allParked(bench)
    for await (const { id } of messages) await dropParked(bench.store, id)
    await replay(bench, messages)
    expect(bench.catalog.resource(RESOURCE).url).toBe('')
  })

  it('keeps a message unchanged that has to wait', async () => {
    const { bench } = await createParkedUpload()
    const before = bench.parked()
    bench.catalog.override.readDataset = () => {
      throw new UnavailableError('CKAN is down.')
    }
    expect(await replay(bench)).toMatchObject([{ kind: 'retry', cause: 'CKAN is down.' }])
    expect(bench.parked()).toEqual(before)
  })

  it('keeps a message that CKAN refuses again, with the new reason', async () => {
    const { bench } = await createParkedUpload()
    bench.catalog.override.revise = () => {
      throw new NotAllowedError('The service user may not update this dataset.')
    }
    expect(await replay(bench)).toMatchObject([{ kind: 'parked' }])
    expect(bench.parked()).toMatchObject([{ reason: 'The service user may not update this dataset.' }])
  })

  it('keeps a message that is refused with the same reason at the same time, when the store gives it the same ETag', async () => {
    const { bench } = await createParkedUpload()
    bench.catalog.override.revise = () => {
      throw new NotAllowedError('The service user may not update this dataset.')
    }
    const head: typeof bench.store.head = async (key) => {
      const object = await bench.store.head(key)
      return object && { ...object, etag: 'of the content' }
    }
    expect(await replay({ ...bench, store: { ...bench.store, head } })).toMatchObject([{ kind: 'parked' }])
    expect(bench.parked()).toHaveLength(1)
  })

  it('leaves a malformed message unchanged, and reports the fault', async () => {
    const bench = createBench()
    await parkBody(bench, 'nonsense', 'It is no notification.')
    const before = bench.parked()
    expect(await replay(bench)).toEqual([{ kind: 'parked', reason: 'The message is no notification of this bucket.' }])
    expect(bench.parked()).toEqual(before)
  })

  it('decodes a body again, and links the events that a corrected decoder reads', async () => {
    const bench = createBench()
    await parkBody(bench, [bench.upload(keyOf(1), { content: { etag: 'one' } })], 'The decoder was broken.')
    expect(await replay(bench)).toEqual([{ kind: 'linked', url: await urlOf(keyOf(1), 'one') }])
    expect(bench.parked()).toEqual([])
  })

  it('removes a body without an object event', async () => {
    const bench = createBench()
    await parkBody(bench, [], 'The decoder was broken.')
    expect(await replay(bench)).toMatchObject([{ kind: 'ignored' }])
    expect(bench.parked()).toEqual([])
  })

  it('keeps the malformed part of a body, and links the rest', async () => {
    const bench = createBench()
    await parkBody(bench, { events: [bench.upload(keyOf(1)), 'nonsense'] }, 'The decoder was broken.')
    expect(await replay(bench)).toMatchObject([{ kind: 'parked', reason: expect.stringContaining('Record 2') }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.parked()).toMatchObject([{ body: '{"events":["nonsense"]}' }])
    expect(await replay(bench)).toMatchObject([{ kind: 'parked' }])
    expect(bench.parked()).toHaveLength(1)
  })

  it('keeps a body while one of its events has to wait, and parks a refused event separately', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    await parkBody(bench, [event], 'The decoder was broken.')
    bench.catalog.override.readDataset = () => {
      throw new UnavailableError('CKAN is down.')
    }
    expect(await replay(bench)).toMatchObject([{ kind: 'retry' }])
    expect(bench.parked()).toMatchObject([{ reason: 'The decoder was broken.' }])
    bench.catalog.override.readDataset = () => {
      throw new NotAllowedError('The service user may not see this dataset.')
    }
    expect(await replay(bench)).toMatchObject([{ kind: 'parked' }])
    expect(bench.parked()).toMatchObject([{ event: { key: event.key } }])
  })

  it.each([
    ['as this version parks it', 'x'.repeat(300_000), {}],
    ['as an older version parked it', 'x'.repeat(65_536), { is_cut: undefined }],
  ])('leaves a body that was cut, and says so: %s', async (_, body, changes) => {
    const bench = createBench()
    await parkBody(bench, body, 'It is no notification.')
    const [key = ''] = bench.store.keys('uplink/parked/')
    bench.store.place(key, { bytes: JSON.stringify({ ...bench.parked()[0], ...changes }) })
    expect(await replay(bench)).toEqual([
      { kind: 'parked', reason: expect.stringMatching(/Only the beginning .* can only be dropped/u) },
    ])
    expect(bench.parked()).toHaveLength(1)
  })

  it('decodes a complete body that an older version parked', async () => {
    const bench = createBench()
    const body = JSON.stringify([bench.upload(keyOf(1))])
    const parked = { version: 1, id: 'old', parked_at: '', reason: '', what_to_do: 'It can only be dropped.', body }
    bench.store.place('uplink/parked/old.json', { bytes: JSON.stringify(parked) })
    expect(await replay(bench)).toMatchObject([{ kind: 'linked' }])
    expect(bench.parked()).toEqual([])
  })

  it('keeps a message that a linker parks again during the replay', async () => {
    const { bench } = await createParkedUpload()
    const [key = ''] = bench.store.keys('uplink/parked/')
    const later = { ...bench.parked()[0], reason: 'A later look at the same key failed.' }
    bench.catalog.override.afterRevise = () => bench.store.place(key, { bytes: JSON.stringify(later) })
    expect(await replay(bench)).toMatchObject([{ kind: 'linked' }])
    expect(bench.parked()).toMatchObject([{ reason: 'A later look at the same key failed.' }])
  })

  it('may run twice at the same time', async () => {
    const { bench } = await createParkedUpload()
    const outcomes = (await Promise.all([replay(bench), replay(bench)])).flat()
    expect(outcomes.map(({ kind }) => kind)).toContain('linked')
    expect([bench.parked(), bench.catalog.resource(RESOURCE).url]).toEqual([[], await urlOf(keyOf(1), 'one')])
  })

  it('writes a dataset once for a hundred of its messages, and streams the rest', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `resource-${index}`)
    const bench = createBench({ resources: ids.map((id) => resourceOf(id)) })
    for (const [index, id] of ids.entries())
      await parkEvent(bench, bench.upload(keyOf(index + 1, id)), 'CKAN was down.')
    const messages = replayParked({ ...bench, decode }, listParked(bench.store))
    expect((await messages.next()).value?.outcome.kind).toBe('linked')
    expect([bench.catalog.revisions.map((changes) => changes.length), bench.parked().length]).toEqual([[100], 50])
    for await (const _ of messages);
    expect(bench.parked()).toEqual([])
  })

  it('fails with the store, and finds the rest the next time', async () => {
    const { bench } = await createParkedUpload()
    const { remove } = bench.store
    const broken = {
      ...bench,
      store: { ...bench.store, remove: () => Promise.reject(new UnavailableError('The store is away.')) },
    }
    await expect(replay(broken)).rejects.toThrow('The store is away.')
    expect(bench.parked()).toHaveLength(1)
    expect(await replay({ ...bench, store: { ...bench.store, remove } })).toEqual([{ kind: 'unchanged' }])
  })
})

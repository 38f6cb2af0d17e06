import { describe, expect, it } from 'vitest'
import { collectDeadLetters, dropParked, listParked, parkEvent, readParked } from '../../src/operations/index.ts'
import { type Bench, createBench, createdEvent, decode, keyOf, NOW } from '../support/fixtures.ts'
import { createMemoryDeadLetters, REASON } from '../support/memory-dead-letters.ts'

async function listed(bench: Bench) {
  const messages = []
  for await (const message of listParked(bench.store)) messages.push(message)
  return messages
}

async function collect(bench: Bench, ...bodies: readonly unknown[]) {
  const deadLetters = createMemoryDeadLetters(bodies)
  const taken = await collectDeadLetters({ ...bench, decode, deadLetters })
  return { taken, left: deadLetters.left() }
}

describe('collecting dead letters', () => {
  it('parks one message for each event, with the reason of the platform, and empties the queue', async () => {
    const bench = createBench()
    const events = [1, 2, 3].map((order) => createdEvent(keyOf(order)))
    expect(await collect(bench, events.slice(0, 2), events.slice(2))).toEqual({ taken: 2, left: [] })
    expect((await listed(bench)).map(({ event }) => event?.key).toSorted()).toEqual(
      events.map(({ key }) => key).toSorted(),
    )
    expect((await listed(bench))[0]).toMatchObject({
      reason: REASON,
      parked_at: NOW.toISOString(),
      what_to_do: expect.stringContaining('replay'),
    })
  })

  it.each([
    ['text', 'not json', 'not json'],
    ['an object', { Records: [1] }, '{"Records":[1]}'],
    ['nothing', undefined, 'undefined'],
    ['a number', 7, '7'],
    ['what JSON does not know', { size: 7n }, '{"size":7}'],
  ])('parks a malformed letter unchanged, with the reason: %s', async (_, body, text) => {
    const bench = createBench()
    await collect(bench, body)
    expect(await listed(bench)).toMatchObject([
      { body: text, reason: `${REASON} The message is no notification of this bucket.` },
    ])
  })

  it('parks the events of a letter, and its malformed part separately', async () => {
    const bench = createBench()
    const event = createdEvent(keyOf(1))
    await collect(bench, { events: [event, 'nonsense'] })
    expect((await listed(bench)).toSorted((a, b) => (a.body ?? '').localeCompare(b.body ?? ''))).toMatchObject([
      { event, reason: REASON },
      { body: '{"events":["nonsense"]}', reason: `${REASON} 1 of 2 records can't be read. Record 2: It is no event.` },
    ])
  })

  it('removes letters that report no new object', async () => {
    const bench = createBench()
    expect(await collect(bench, [], [createdEvent(keyOf(1), { kind: 'removed' })])).toEqual({ taken: 2, left: [] })
    expect(bench.store.calls).toEqual([])
  })

  it('does not overwrite a parked message of the same key with a removal', async () => {
    const bench = createBench()
    const event = createdEvent(keyOf(1))
    await collect(bench, [event], [{ ...event, kind: 'removed' }])
    expect(await listed(bench)).toMatchObject([{ event }])
  })

  it('leaves a letter that cannot be parked, and continues with it the next time', async () => {
    const bench = createBench()
    const deadLetters = createMemoryDeadLetters([[], [createdEvent(keyOf(1))], [createdEvent(keyOf(2))]])
    bench.store.broken.add('uplink/parked/')
    await expect(collectDeadLetters({ ...bench, decode, deadLetters })).rejects.toThrow('The store fails')
    expect(deadLetters.left()).toHaveLength(2)
    bench.store.broken.clear()
    expect(await collectDeadLetters({ ...bench, decode, deadLetters })).toBe(2)
    expect(await listed(bench)).toHaveLength(2)
  })
})

describe('parked messages', () => {
  it('are listed in the order of their ids, in any number', async () => {
    const bench = createBench()
    const orders = Array.from({ length: 45 }, (_, index) => index + 1)
    for (const order of orders) await parkEvent(bench, createdEvent(keyOf(order)), 'CKAN refused it.')
    const ids = (await listed(bench)).map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(45)
  })

  it('are read only as far as the caller needs', async () => {
    const bench = createBench()
    for (let order = 1; order <= 100; order += 1) await parkEvent(bench, createdEvent(keyOf(order)), 'CKAN refused it.')
    for await (const _ of listParked(bench.store)) break
    expect(bench.store.count('get')).toBeLessThan(50)
  })

  it('can be looked at one by one, and dropped once', async () => {
    const bench = createBench()
    await parkEvent(bench, createdEvent(keyOf(1)), 'CKAN refused it.')
    const [message] = await listed(bench)
    const id = message?.id ?? ''
    expect(await readParked(bench.store, id)).toEqual(message)
    expect(await dropParked(bench.store, id)).toBe(true)
    expect(await dropParked(bench.store, id)).toBe(false)
    expect([await readParked(bench.store, id), await listed(bench)]).toEqual([undefined, []])
  })

  it.each([
    ['half a message', '{"version":1,"id":"x","par'],
    ['another version', '{"version":2}'],
    [
      'an event without a key',
      '{"version":1,"id":"x","parked_at":"","reason":"","what_to_do":"","event":{"bucket":"files","kind":"created"}}',
    ],
    ['a number', '7'],
    ['nothing', ''],
  ])('that are unreadable say so, and can be dropped: %s', async (_, bytes) => {
    const bench = createBench()
    bench.store.place('uplink/parked/spoilt.json', { bytes, modifiedAt: NOW })
    expect(await listed(bench)).toEqual([
      {
        version: 1,
        id: 'spoilt',
        parked_at: NOW.toISOString(),
        reason: 'The object uplink/parked/spoilt.json is not a parked message of version 1.',
        what_to_do: 'It can only be dropped.',
        body: bytes,
        is_cut: true,
      },
    ])
    expect(await dropParked(bench.store, 'spoilt')).toBe(true)
  })

  it('are not other objects with the same prefix, and no larger object is read as a whole', async () => {
    const bench = createBench()
    bench.store.place('uplink/parked/notes.txt')
    bench.store.place('uplink/parked/huge.json', { bytes: ' '.repeat(3_000_000) })
    expect((await listed(bench)).map(({ id, body }) => [id, body?.length])).toEqual([['huge', 1_000]])
  })

  it('that disappear during the listing are left out', async () => {
    const bench = createBench()
    for (const order of [1, 2]) await parkEvent(bench, createdEvent(keyOf(order)), 'CKAN refused it.')
    const [first = ''] = bench.store.keys('uplink/parked/')
    const get: typeof bench.store.get = async (key, range) => (key === first ? undefined : bench.store.get(key, range))
    expect(await listed({ ...bench, store: { ...bench.store, get } })).toHaveLength(1)
  })
})

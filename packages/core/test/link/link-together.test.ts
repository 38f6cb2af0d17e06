import { describe, expect, it } from 'vitest'
import { consume, createDatasetRests, type ObjectEvent } from '../../src/index.ts'
import type { Settings } from '../../src/settings/index.ts'
import { createBench, decode, keyOf, NOW } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'

const REQUEST = '4f7c2a90-6d0b-4e0f-9c55-3a1b7d2e8f10'

/** Uploads of one request for so many files, each for a resource of its own. */
function startRequest(files: number, settings: Partial<Settings> = {}) {
  const ids = Array.from({ length: files }, (_, n) => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`)
  const bench = createBench({ resources: ids.map((id) => resourceOf(id)), settings })
  const time = { now: NOW.getTime() }
  const clock = { ...bench.clock, now: () => new Date(time.now) }
  const rests = createDatasetRests(clock)
  const events = ids.map((id, n): ObjectEvent => {
    const etag = `etag of ${n}`
    const record = { together: { request: REQUEST, files } }
    return { ...bench.upload(keyOf(n + 1, id), { record, content: { etag } }), etag }
  })
  const deliver = (some: readonly ObjectEvent[], { attempt = 1, lastAttempt = false } = {}) =>
    consume(
      { ...bench, clock, rests },
      decode,
      some.map((event, index) => ({ id: String(index), attempt, lastAttempt, body: [event] })),
    )
  return { bench, time, events, deliver }
}

describe('the files of one request for many files', () => {
  it('wait without a call of CKAN until all have arrived, and are linked in one write', async () => {
    const { bench, events, deliver } = startRequest(60)
    const [first, last] = [events.slice(0, 40), events.slice(40)]
    const wait = { kind: 'retry', afterSeconds: 2, cause: expect.stringContaining('others of its request') }
    expect(await deliver(first)).toEqual(first.map(() => wait))
    expect(bench.catalog.calls).toEqual([])
    expect((await deliver(last)).map(({ kind }) => kind)).toEqual(last.map(() => 'linked'))
    expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual([60])
    const calls = [bench.catalog.calls.length, bench.store.calls.length]
    expect((await deliver(first, { attempt: 2 })).map(({ kind }) => kind)).toEqual(first.map(() => 'ignored'))
    expect([bench.catalog.calls.length, bench.store.calls.length]).toEqual(calls)
  })

  it('do not wait when one batch brings all of them', async () => {
    const { events, deliver } = startRequest(3)
    expect((await deliver(events)).map(({ kind }) => kind)).toEqual(['linked', 'linked', 'linked'])
  })

  it('are linked after a second for each 30 files when some never arrive', async () => {
    const { bench, events, deliver } = startRequest(40)
    const some = events.slice(0, 5)
    expect(await deliver(some)).toMatchObject(some.map(() => ({ kind: 'retry', afterSeconds: 2 })))
    expect((await deliver(some.slice(0, 1), { attempt: 2 }))[0]?.kind).toBe('linked')
    expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual([5])
  })

  it('are linked by the last one, also when some came again or twice before', async () => {
    const { bench, events, deliver } = startRequest(6)
    await deliver(events.slice(0, 2))
    await deliver(events.slice(1, 3), { attempt: 2 })
    const [fourth, ...rest] = events.slice(3)
    expect(await deliver(rest)).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }])
    expect(await deliver(rest)).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }])
    expect(await deliver(fourth ? [fourth] : [])).toMatchObject([{ kind: 'linked' }])
    expect(bench.catalog.all().filter(({ url }) => url === '')).toEqual([])
  })

  it('wait again while another batch links them', async () => {
    const { bench, time, events, deliver } = startRequest(3)
    const [first, second, third] = events as [ObjectEvent, ObjectEvent, ObjectEvent]
    await deliver([first, second])
    const during: unknown[] = []
    bench.catalog.override.revise = async () => {
      during.push(...(await deliver([first], { attempt: 2 })))
      time.now += 601_000
      delete bench.catalog.override.revise
      during.push(...(await deliver([second], { attempt: 2 })))
      return undefined
    }
    await deliver([third])
    const wait = { kind: 'retry', afterSeconds: 20, cause: expect.stringContaining('is being linked') }
    // After ten minutes the other batch counts as stopped.
    expect(during).toEqual([wait, expect.objectContaining({ kind: 'linked' })])
    expect(bench.catalog.all().filter(({ url }) => url === '')).toEqual([])
  })

  it('wait for the next batch when they arrive during a write', async () => {
    const { bench, events, deliver } = startRequest(4)
    const [first, second, third, fourth] = events as [ObjectEvent, ObjectEvent, ObjectEvent, ObjectEvent]
    await deliver([first])
    bench.catalog.override.revise = async () => {
      delete bench.catalog.override.revise
      await deliver([third])
      return undefined
    }
    await deliver([second], { attempt: 2 })
    expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual([2])
    expect(await deliver([fourth])).toMatchObject([{ kind: 'linked' }])
    expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual([2, 2])
  })

  it('are linked by their own messages after a batch could not link them', async () => {
    const { bench, events, deliver } = startRequest(3)
    await deliver(events.slice(0, 2))
    bench.catalog.override.revise = () => {
      throw new Error('CKAN is down')
    }
    expect(await deliver(events.slice(2))).toMatchObject([{ kind: 'retry' }])
    delete bench.catalog.override.revise
    expect((await deliver(events, { attempt: 2 })).map(({ kind }) => kind)).toEqual(['linked', 'linked', 'linked'])
  })

  it('do not wait before a virus scanner has seen them, and wait for each other afterwards', async () => {
    const { bench, events, deliver } = startRequest(3, { scanner: 'clamav' })
    expect((await deliver(events)).map(({ kind }) => kind)).toEqual(['waiting', 'waiting', 'waiting'])
    expect(await deliver(events.slice(0, 1))).toMatchObject([{ kind: 'waiting' }])
    const calls = bench.catalog.calls.length
    const scanned = events.map((event) => ({ ...event, kind: 'scanned' as const }))
    expect(await deliver(scanned.slice(0, 2))).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }])
    expect(bench.catalog.calls).toHaveLength(calls)
  })

  it('wait for 20 seconds at most', async () => {
    const { events, deliver } = startRequest(700)
    expect(await deliver(events.slice(0, 1))).toMatchObject([{ afterSeconds: 20 }])
  })

  it('do not hold up a file that was asked for by itself', async () => {
    const { bench, events, deliver } = startRequest(3)
    await deliver(events.slice(0, 1))
    const alone = bench.upload(keyOf(9, bench.catalog.all()[2]?.id))
    expect((await deliver([alone]))[0]?.kind).toBe('linked')
    expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual([2])
  })

  it('do not wait on their last attempt', async () => {
    const { events, deliver } = startRequest(3)
    expect((await deliver(events.slice(0, 1), { lastAttempt: true }))[0]?.kind).toBe('linked')
  })

  it.each([
    { tookMs: 1_000, writes: [201, 399] },
    { tookMs: 6_000, writes: [201, 268, 131] },
    { tookMs: 15_000, writes: [201, 200, 199] },
  ])(
    'are linked in writes of about eight seconds, and of 200 files or more, where one of 201 takes $tookMs ms',
    async ({ tookMs, writes }) => {
      const { bench, time, events, deliver } = startRequest(600)
      bench.catalog.override.revise = (changes) => {
        time.now += (tookMs / 201) * changes.length
        return undefined
      }
      for (let at = 0; at < 599; at += 100) await deliver(events.slice(at, Math.min(599, at + 100)))
      expect(await deliver(events.slice(599))).toMatchObject([{ kind: 'linked' }])
      expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual(writes)
    },
  )

  it('come by their own messages when CKAN fails in the middle', async () => {
    const { bench, events, deliver } = startRequest(600)
    bench.catalog.override.afterRevise = () => {
      bench.catalog.override.revise = () => {
        throw new Error('CKAN is down')
      }
    }
    const [waiting, last] = [events.slice(0, 599), events.slice(599)]
    await deliver(waiting)
    expect(await deliver(last)).toMatchObject([{ kind: 'linked' }])
    expect(bench.catalog.all().filter(({ url }) => url === '')).toHaveLength(399)
    delete bench.catalog.override.afterRevise
    delete bench.catalog.override.revise
    const kinds = (await deliver(waiting, { attempt: 2 })).map(({ kind }) => kind)
    expect(new Set(kinds)).toEqual(new Set(['ignored', 'linked']))
    expect(bench.catalog.all().filter(({ url }) => url === '')).toEqual([])
  })
})

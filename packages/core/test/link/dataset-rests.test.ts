import { describe, expect, it } from 'vitest'
import { consume, createDatasetRests, link, type ObjectEvent } from '../../src/index.ts'
import { recordIdOf, recordKey } from '../../src/uploads/index.ts'
import { createBench, decode, keyOf, NOW, OTHER, RESOURCE } from '../support/fixtures.ts'
import { DATASET_ID, resourceOf } from '../support/table-catalog.ts'

function startRests() {
  const time = { now: NOW }
  const rests = createDatasetRests({ now: () => time.now })
  const pass = (seconds: number): void => {
    time.now = new Date(time.now.getTime() + seconds * 1000)
  }
  const write = (count: number): void => {
    for (let number = 0; number < count; number += 1) rests.noteWrite(`other-${number}`)
  }
  return { rests, pass, write }
}

describe('a dataset that was just written', () => {
  it.each([
    [59, 0],
    [60, 1],
    [99, 40],
    [500, 60],
  ])('rests, after %i writes of others in a minute, for %i seconds', (others, seconds) => {
    const { rests, pass, write } = startRests()
    write(others)
    rests.noteWrite('mine')
    expect([rests.secondsLeft('mine'), rests.secondsLeft('unwritten')]).toEqual([seconds, 0])
    pass(seconds)
    expect(rests.secondsLeft('mine')).toBe(0)
  })

  it('does not rest for writes of more than a minute ago', () => {
    const { rests, pass, write } = startRests()
    write(100)
    pass(60)
    rests.noteWrite('mine')
    expect(rests.secondsLeft('mine')).toBe(0)
  })
})

describe('the notes about waiting messages', () => {
  it('name each object once, at most as many as asked for', () => {
    const { rests } = startRests()
    for (const key of ['key-0', 'key-1', 'key-2', 'key-0']) rests.noteWaiting('mine', key)
    rests.noteWaiting('other', 'key-other')
    const first = rests.takeWaiting('mine', 2)
    expect(first).toHaveLength(2)
    expect([...first, ...rests.takeWaiting('mine', 2)].sort()).toEqual(['key-0', 'key-1', 'key-2'])
    expect([rests.takeWaiting('mine', 2), rests.takeWaiting('other', 2)]).toEqual([[], ['key-other']])
  })

  it('are bounded: the oldest are forgotten', () => {
    const { rests } = startRests()
    for (let number = 0; number <= 10_000; number += 1) rests.noteWaiting(`dataset-${number}`, `key-${number}`)
    expect([rests.takeWaiting('dataset-0', 1), rests.takeWaiting('dataset-1', 1)]).toEqual([[], ['key-1']])
  })
})

describe('the messages of a resting dataset', () => {
  function startLinker() {
    const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)] })
    const { rests, pass, write } = startRests()
    write(79)
    rests.noteWrite(DATASET_ID)
    const deliver = (events: readonly ObjectEvent[], { attempt = 1, lastAttempt = false } = {}) =>
      consume(
        { ...bench, rests },
        decode,
        events.map((event, index) => ({ id: String(index), attempt, lastAttempt, body: [event] })),
      )
    return { bench, rests, pass, deliver }
  }

  it('wait without a call of CKAN, and are linked in one write', async () => {
    const { bench, pass, deliver } = startLinker()
    const [first, second] = [bench.upload(keyOf(1)), bench.upload(keyOf(2, OTHER))]
    const wait = { kind: 'retry', afterSeconds: 17, cause: expect.stringContaining('are linked together') }
    pass(3)
    expect(await deliver([first])).toEqual([wait])
    expect(await deliver([second])).toEqual([wait])
    expect(bench.catalog.calls).toEqual([])
    pass(17)
    const outcomes = await deliver([first, second], { attempt: 2 })
    expect(outcomes.map(({ kind }) => kind)).toEqual(['linked', 'linked'])
    expect(bench.catalog.count('revise')).toBe(1)
  })

  it('wait once at most, and take along new messages', async () => {
    const { bench, rests, deliver } = startLinker()
    const [first, second] = [bench.upload(keyOf(1)), bench.upload(keyOf(2, OTHER))]
    rests.noteWrite(DATASET_ID)
    const bodies = [
      { id: '1', attempt: 2, lastAttempt: false, body: [first] },
      { id: '2', attempt: 1, lastAttempt: false, body: [second] },
    ]
    const outcomes = await consume({ ...bench, rests }, decode, bodies)
    expect(outcomes.map(({ kind }) => kind)).toEqual(['linked', 'linked'])
    expect((await deliver([first]))[0]?.kind).toBe('retry')
  })

  describe('and another message of the dataset comes when it may be written', () => {
    async function startWaiting() {
      const linker = startLinker()
      const { bench } = linker
      const first = bench.upload(keyOf(1))
      const second = { ...bench.upload(keyOf(2, OTHER), { content: { etag: 'one' } }), etag: 'one' }
      await linker.deliver([first, second])
      linker.pass(20)
      return { ...linker, first, second }
    }

    it('are linked by the same write, and later cost no request at all', async () => {
      const { bench, deliver, first, second } = await startWaiting()
      expect(await deliver([first], { attempt: 2 })).toMatchObject([{ kind: 'linked' }])
      expect(bench.record(keyOf(2, OTHER))).toMatchObject({ state: 'linked' })
      expect(bench.lines.map(({ fields: { outcome, key } }) => [outcome, key])).toContainEqual(['linked', second.key])
      const calls = [bench.catalog.calls.length, bench.store.calls.length]
      expect(await deliver([second], { attempt: 2 })).toMatchObject([{ kind: 'ignored' }])
      expect([bench.catalog.calls.length, bench.store.calls.length]).toEqual(calls)
    })

    it.each([
      { when: 'a minute later', seconds: 60 },
      { when: 'for the last time', lastAttempt: true },
      { when: 'with another ETag', etag: 'another' },
    ])('look at CKAN when they come $when', async ({ seconds = 0, lastAttempt = false, etag = 'one' }) => {
      const { deliver, pass, first, second } = await startWaiting()
      await deliver([first], { attempt: 2 })
      pass(seconds)
      expect(await deliver([{ ...second, etag }], { attempt: 2, lastAttempt })).toEqual([{ kind: 'unchanged' }])
    })

    it('wait when they come for the first time, as for a new object', async () => {
      const { bench, deliver, first, second } = await startWaiting()
      await deliver([first], { attempt: 2 })
      expect(await deliver([second])).toMatchObject([{ kind: 'retry' }])
      expect(bench.catalog.count('revise')).toBe(1)
    })

    it('do not answer for another object that has replaced theirs in the same batch', async () => {
      const { bench, deliver, first, second } = await startWaiting()
      await deliver([first], { attempt: 2 })
      bench.store.place(second.key, { bytes: 'x,y\n3,4\n', etag: 'two' })
      expect(await deliver([second, { ...second, etag: 'two' }, second], { attempt: 2 })).toMatchObject([
        { kind: 'ignored' },
        { kind: 'retry', cause: expect.stringContaining('the new content waits') },
        { kind: 'retry', cause: expect.stringContaining('the new content waits') },
      ])
    })

    it('look at CKAN when they come twice', async () => {
      const { deliver, first, second } = await startWaiting()
      await deliver([first], { attempt: 2 })
      await deliver([second], { attempt: 2 })
      expect(await deliver([second], { attempt: 2 })).toEqual([{ kind: 'unchanged' }])
    })

    it('look at CKAN when the object was replaced meanwhile', async () => {
      const { bench, deliver, first, second } = await startWaiting()
      await deliver([first], { attempt: 2 })
      bench.store.place(second.key, { bytes: 'x,y\n3,4\n', etag: 'two' })
      const cause = expect.stringContaining('the new content waits')
      expect(await deliver([{ ...second, etag: 'two' }], { attempt: 2 })).toMatchObject([{ kind: 'retry', cause }])
    })

    it('are not linked again within a minute after another linker, which has not noted its write yet', async () => {
      const { bench, deliver, first, second } = await startWaiting()
      const { put } = bench.store
      bench.store.put = () => Promise.reject(new Error('The store failed.'))
      await link(bench, [second])
      bench.store.put = put
      const { url } = bench.catalog.resource(OTHER)
      bench.store.place(second.key, { bytes: 'x,y\n3,4\n' })
      await deliver([first], { attempt: 2 })
      expect([bench.catalog.resource(OTHER).url, url]).toEqual([url, expect.stringContaining('/download/')])
      const cause = expect.stringContaining('the new content waits')
      expect(await deliver([second], { attempt: 2 })).toMatchObject([{ kind: 'retry', cause }])
    })

    it.each([
      { held: 'proposed' as const, kind: 'waiting' },
      { declared: { size: 1 }, kind: 'ignored' },
    ])('get their own outcome when the file cannot be linked: $kind', async ({ kind, ...record }) => {
      const { bench, deliver, first, second } = await startWaiting()
      bench.upload(keyOf(2, OTHER), { record })
      await deliver([first], { attempt: 2 })
      expect(bench.record(keyOf(2, OTHER))).toMatchObject({ state: 'issued' })
      expect(await deliver([second], { attempt: 2 })).toMatchObject([{ kind }])
    })

    it('are linked by themselves when the write of their record failed', async () => {
      const { bench, deliver, first, second } = await startWaiting()
      bench.store.broken.add(recordKey(recordIdOf(keyOf(2, OTHER))))
      await deliver([first], { attempt: 2 })
      bench.store.broken.clear()
      expect(await deliver([second], { attempt: 2 })).toMatchObject([{ kind: 'linked' }])
    })
  })

  it('are taken along up to 200 for each write and 1,000 for each batch', async () => {
    const bench = createBench({})
    const { rests } = startRests()
    const datasets = Array.from({ length: 6 }, (_, number) => `dataset-${number}`)
    for (const dataset of datasets)
      for (let number = 0; number < 201; number += 1) rests.noteWaiting(dataset, `${dataset}-${number}`)
    const events = datasets.map((dataset, number) =>
      bench.upload(keyOf(number + 1), { record: { entity: { type: 'resource', id: RESOURCE, dataset_id: dataset } } }),
    )
    await link({ ...bench, rests }, events)
    expect(datasets.map((dataset) => rests.takeWaiting(dataset, 1_000).length)).toEqual([1, 1, 1, 1, 1, 201])
  })

  it('are linked at once when they cannot wait', async () => {
    const { bench, rests, deliver } = startLinker()
    expect(await deliver([bench.upload(keyOf(1))], { lastAttempt: true })).toMatchObject([{ kind: 'linked' }])
    const listed = { ...bench.upload(keyOf(2, OTHER)), kind: 'listed' } as const
    expect(await link({ ...bench, rests }, [listed])).toMatchObject([{ kind: 'linked' }])
  })

  it("begin to rest by the linker's own writes alone", async () => {
    const { bench, rests, pass, deliver } = startLinker()
    pass(20)
    expect(rests.secondsLeft(DATASET_ID)).toBe(0)
    const event = bench.upload(keyOf(1))
    await deliver([event])
    expect(rests.secondsLeft(DATASET_ID)).toBe(21)
    pass(21)
    expect(await deliver([event])).toEqual([{ kind: 'unchanged' }])
    expect(rests.secondsLeft(DATASET_ID)).toBe(0)
  })
})

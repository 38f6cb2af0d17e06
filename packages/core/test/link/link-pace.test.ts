import { describe, expect, it } from 'vitest'
import { consume, link, type ObjectEvent, type Outcome } from '../../src/index.ts'
import { type Bench, createBench, decode, keyOf, NOW, RESOURCE } from '../support/fixtures.ts'
import { createImageBench, imageKeyOf, imageUrlOf } from '../support/image-bench.ts'
import { CKAN_TIME } from '../support/table-catalog.ts'

const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ kind }) => kind)
const deliver = (bench: Bench, event: ObjectEvent, { lastAttempt = false, attempt = 1 } = {}) =>
  consume(bench, decode, [{ id: '1', attempt, lastAttempt, body: [event] }])

/** Advances CKAN's clock. */
function passSeconds(bench: Bench, seconds: number): void {
  bench.catalog.override.dataset = { readAt: new Date(CKAN_TIME.getTime() + seconds * 1000) }
}

describe.each([
  ['a URL', keyOf(1)],
  ['a plain key', keyOf(0)],
])('%s that is used again and again', (_, key) => {
  async function benchOfLinked() {
    const bench = createBench()
    const event = bench.upload(key, { content: { etag: 'a' } })
    expect(kinds(await deliver(bench, event))).toEqual(['linked'])
    bench.store.place(event.key, { etag: 'b' })
    return { bench, event }
  }

  it('is written to CKAN once a minute, and its last state is linked', async () => {
    const { bench, event } = await benchOfLinked()
    passSeconds(bench, 20)
    expect(await deliver(bench, event)).toEqual([
      { kind: 'retry', afterSeconds: 40, cause: expect.stringContaining('less than 60 seconds ago') },
    ])
    expect(bench.catalog.count('revise')).toBe(1)
    bench.store.place(event.key, { etag: 'c', bytes: 'last' })
    passSeconds(bench, 60)
    expect(kinds(await deliver(bench, event))).toEqual(['linked'])
    expect(bench.catalog.resource(RESOURCE).size).toBe(4)
    expect(kinds(await deliver(bench, event))).toEqual(['unchanged'])
    expect(bench.catalog.count('revise')).toBe(2)
  })

  it('is linked, not parked, when its message has waited until the last attempt', async () => {
    const { bench, event } = await benchOfLinked()
    expect(kinds(await deliver(bench, event, { attempt: 100, lastAttempt: true }))).toEqual(['linked'])
    expect(bench.parked()).toEqual([])
  })

  it('is linked at once when one of two equal messages in a batch cannot wait', async () => {
    const { bench, event } = await benchOfLinked()
    const of = (lastAttempt: boolean) => ({ id: String(lastAttempt), attempt: 9, lastAttempt, body: [event] })
    expect(kinds(await consume(bench, decode, [of(true), of(false)]))).toEqual(['linked', 'linked'])
  })

  it.each([
    ['found in a listing', { kind: 'listed' }],
    ['replayed by an operator', { kind: 'created', attempt: 3 }],
  ] as const)('is linked at once when it is %s', async (_how, how) => {
    const { bench, event } = await benchOfLinked()
    expect(kinds(await link(bench, [{ ...event, ...how }]))).toEqual(['linked'])
  })

  it('is linked at once when the time in CKAN is invalid', async () => {
    const { bench, event } = await benchOfLinked()
    bench.catalog.set(RESOURCE, { lastModified: '2999-01-01T00:00:00' })
    expect(kinds(await deliver(bench, event))).toEqual(['linked'])
  })
})

describe('the minute between two writes', () => {
  it('does not delay another upload of the resource', async () => {
    const bench = createBench()
    expect(kinds(await deliver(bench, bench.upload(keyOf(1))))).toEqual(['linked'])
    expect(kinds(await deliver(bench, bench.upload(keyOf(2))))).toEqual(['linked'])
  })

  it('is not part of a parked message', async () => {
    const bench = createBench()
    bench.catalog.override.revise = () => ({ kind: 'refused', resourceIds: [RESOURCE], message: 'No.' })
    await deliver(bench, bench.upload(keyOf(1)))
    expect(bench.parked()[0]?.event).not.toHaveProperty('mayWait')
  })

  it('applies to an image, by the time in its record', async () => {
    const bench = createImageBench()
    const key = imageKeyOf(1)
    const event = bench.uploadImage(key, { content: { etag: 'a' } })
    expect(kinds(await deliver(bench, event))).toEqual(['linked'])
    bench.uploadImage(key, { content: { etag: 'b' }, record: { ...bench.imageRecord(key) } })
    const later = (seconds: number): Bench => ({
      ...bench,
      clock: { ...bench.clock, now: () => new Date(NOW.getTime() + seconds * 1000) },
    })
    expect(await deliver(later(59), event)).toMatchObject([{ kind: 'retry', afterSeconds: 1 }])
    expect(bench.image()).toBe(await imageUrlOf(key, 'a'))
    expect(kinds(await deliver(later(60), event))).toEqual(['linked'])
    expect(bench.image()).toBe(await imageUrlOf(key, 'b'))
  })
})

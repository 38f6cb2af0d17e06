import { describe, expect, it } from 'vitest'
import { link } from '../../src/index.ts'
import { reconcileAll } from '../../src/operations/index.ts'
import {
  type PlatformScanner,
  readVerdict,
  recordIdOf,
  type Verdict,
  versionOf,
  waitingFiles,
  writeVerdict,
} from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, RESOURCE, urlOf } from '../support/fixtures.ts'
import { createImageBench, etagOf, imageKeyOf, imageUrlOf, kindsOf } from '../support/image-bench.ts'
import { createTableLister } from '../support/table-lister.ts'

const settings = { scanner: 'platform' } as const
const CLEAN: Verdict = { result: 'clean' }
const INFECTED: Verdict = { result: 'infected', found: 'malware' }
const UNSCANNABLE: Verdict = { result: 'unscannable', reason: 'It has a password.' }
const DAY_MS = 86_400_000

interface Gated extends Bench {
  readonly platformScanner: PlatformScanner
  /** Tags the content with this ETag, as the platform does. */
  readonly tags: Map<string, Verdict>
}

function gated(): Gated {
  const tags = new Map<string, Verdict>()
  const verdictOn = async ({ etag }: { readonly etag: string }) => tags.get(etag)
  return { ...createBench({ settings }), tags, platformScanner: { name: 'GateKeeper', verdictOn } }
}

async function waiting({ store }: Pick<Bench, 'store'>): Promise<readonly string[]> {
  const keys = []
  for await (const { key } of waitingFiles(store)) keys.push(key)
  return keys
}

function after(bench: Gated, ms: number): Gated {
  return { ...bench, clock: { ...bench.clock, now: () => new Date(NOW.getTime() + ms) } }
}

const scanned = (event: ReturnType<typeof createdEvent>, attempt = 1) => ({
  ...event,
  kind: 'scanned' as const,
  attempt,
})

describe("with the platform's scanner, a file", () => {
  it('waits until the platform has tagged it, and is linked by the event of the scan', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'scanning' })
    expect(await waiting(bench)).toEqual([event.key])
    bench.tags.set('one', CLEAN)
    expect(kindsOf(await link(bench, [scanned(event)]))).toEqual(['linked'])
    expect(bench.catalog.resource(RESOURCE)?.url).toBe(await urlOf(keyOf(1), 'one'))
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked', scanned: await versionOf('one') })
    expect(await waiting(bench)).toEqual([])
  })

  it('is looked at once when its upload and its scan are reported together', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    bench.tags.set('one', CLEAN)
    expect(kindsOf(await link(bench, [scanned(event), event]))).toEqual(['linked', 'linked'])
    expect(bench.catalog.count('revise')).toBe(1)
  })

  it('comes again soon when the event of the scan is there before the tag, and waits in the end', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    expect(await link(bench, [event, scanned(event)])).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }])
    expect(kindsOf(await link(bench, [scanned(event, 5)]))).toEqual(['retry'])
    expect(kindsOf(await link(bench, [scanned(event, 6)]))).toEqual(['waiting'])
  })

  it('is not linked by an event alone, however often it comes', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    for (const attempt of [1, 6, 100]) await link(bench, [scanned(event, attempt)])
    expect(bench.catalog.count('revise')).toBe(0)
  })

  it('does not get the verdict on an earlier content of its URL', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    bench.tags.set('one', CLEAN)
    bench.store.place(event.key, { etag: 'two' })
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    bench.tags.set('two', INFECTED)
    expect(kindsOf(await link(bench, [scanned(event)]))).toEqual(['ignored'])
    expect(bench.catalog.resource(RESOURCE)?.url).toBe('')
  })

  it('is withdrawn and removed when the platform finds something in it', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await link(bench, [event])
    bench.tags.set('one', INFECTED)
    const outcomes = await link(bench, [scanned(event)])
    expect(outcomes).toMatchObject([{ kind: 'ignored', reason: 'GateKeeper found malware in the file.' }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'withdrawn', code: 'infected' })
    expect(bench.store.keys(event.key)).toEqual([])
    expect(await waiting(bench)).toEqual([])
    expect(kindsOf(await link(after(bench, DAY_MS), [scanned(event)]))).toEqual(['ignored'])
  })

  it('is withdrawn after it was linked when a later scan finds something in it', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    bench.tags.set('one', CLEAN)
    await link(bench, [event])
    expect(kindsOf(await link(bench, [scanned(event)]))).toEqual(['unchanged'])
    bench.tags.set('one', INFECTED)
    expect(await link(bench, [scanned(event)])).toMatchObject([
      { kind: 'parked', reason: expect.stringContaining('CKAN still points to it') },
    ])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'withdrawn', code: 'infected' })
    expect(bench.store.keys(event.key)).toEqual([])
  })

  it('is parked when it cannot be scanned, and linked when an operator accepts it', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    bench.tags.set('one', UNSCANNABLE)
    expect(await link(bench, [event])).toMatchObject([
      { kind: 'parked', reason: expect.stringMatching(/^GateKeeper could not scan the file: It has a password\. /u) },
    ])
    const place = { id: recordIdOf(keyOf(1)), version: await versionOf('one') }
    expect(await readVerdict(bench.store, place.id, place.version)).toMatchObject(UNSCANNABLE)
    await writeVerdict(bench.store, place, { ...CLEAN, by: 'Checked by hand.', at: NOW.toISOString() })
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
  })

  it('is parked after a day without a tag, and linked when the tag comes after all', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await link(bench, [event])
    const lister = createTableLister(bench.catalog)
    await reconcileAll({ ...after(bench, DAY_MS), lister })
    expect(bench.parked()).toMatchObject([{ reason: expect.stringContaining('check that GateKeeper scans') }])
    bench.tags.set('one', CLEAN)
    await reconcileAll({ ...after(bench, 2 * DAY_MS), lister })
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })

  it('no longer waits the night after it was removed', async () => {
    const bench = gated()
    const [removed, kept] = [1, 2].map((order) => bench.upload(keyOf(order), { content: { etag: String(order) } }))
    await link(bench, [removed ?? createdEvent(''), kept ?? createdEvent('')])
    await bench.store.remove(removed?.key ?? '')
    await reconcileAll({ ...after(bench, 1000), lister: createTableLister(bench.catalog) })
    expect(await waiting(bench)).toEqual([kept?.key])
  })

  it('leaves no mark when another linker takes the verdict meanwhile', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    const put = bench.store.put.bind(bench.store)
    const late: Gated = {
      ...bench,
      store: {
        ...bench.store,
        async put(key, bytes, options) {
          if (key.startsWith('uplink/scans/waiting/')) {
            bench.tags.set('one', CLEAN)
            await link(bench, [scanned(event)])
          }
          return put(key, bytes, options)
        },
      },
    }
    await link(late, [event])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(await waiting(bench)).toEqual([])
  })

  it('is not linked where the platform has no scanner', async () => {
    const bench = createBench({ settings })
    expect(await link(bench, [bench.upload(keyOf(1))])).toMatchObject([
      { kind: 'parked', reason: expect.stringContaining('no scanner of its own') },
    ])
    expect(bench.catalog.count('revise')).toBe(0)
  })
})

describe("with the platform's scanner, an image", () => {
  it('waits, and is linked or withdrawn as its tag says', async () => {
    const { platformScanner, tags } = gated()
    const bench = { ...createImageBench(settings), platformScanner }
    const [first, second] = [imageKeyOf(1), imageKeyOf(2)]
    const events = [bench.uploadImage(first), bench.uploadImage(second)]
    expect(kindsOf(await link(bench, events))).toEqual(['waiting', 'waiting'])
    tags.set(etagOf(first), CLEAN).set(etagOf(second), INFECTED)
    expect(
      kindsOf(
        await link(
          bench,
          events.map((event) => scanned(event)),
        ),
      ),
    ).toEqual(['linked', 'ignored'])
    expect(bench.image()).toBe(await imageUrlOf(first, etagOf(first)))
    expect(bench.imageRecord(second)).toMatchObject({ state: 'withdrawn' })
  })
})

import { describe, expect, it } from 'vitest'
import { link, type ObjectEvent, type Outcome, reconcile, type Settings, UnavailableError } from '../src/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, OTHER, RESOURCE, urlOf } from './support/fixtures.ts'
import { resourceOf } from './support/table-catalog.ts'

const resourceIds = (count: number): string[] => Array.from({ length: count }, (_, index) => `resource-${String(index).padStart(4, '0')}`)

function createBenchOf(count: number): { readonly bench: Bench; readonly events: readonly ObjectEvent[] } {
  const ids = resourceIds(count)
  const bench = createBench({ resources: ids.map((id) => resourceOf(id)) })
  return { bench, events: ids.map((id, index) => bench.upload(keyOf(index + 1, id))) }
}

async function run(bench: Bench): Promise<readonly { readonly event: ObjectEvent; readonly outcome: Outcome }[]> {
  const found = []
  for await (const { finding } of reconcile(bench)) if (finding?.kind === 'object') found.push(finding)
  return found
}

describe('reconciling', () => {
  it('finds the one upload whose event never came, and writes nothing else', async () => {
    const { bench, events } = createBenchOf(5)
    await link(bench, events.toSpliced(2, 1))
    const writes = bench.store.count('put')
    const found = await run(bench)
    expect(found.map(({ outcome }) => outcome.kind)).toEqual(['unchanged', 'unchanged', 'linked', 'unchanged', 'unchanged'])
    expect(found[2]?.event.key).toBe(events[2]?.key)
    expect(bench.catalog.revisions.at(-1)).toHaveLength(1)
    expect(bench.store.count('put')).toBe(writes + 1)
  })

  it('writes nothing at all where CKAN shows the truth', async () => {
    const { bench, events } = createBenchOf(3)
    await link(bench, events)
    const writes = [bench.store.count('put'), bench.catalog.count('revise')]
    await run(bench)
    expect([bench.store.count('put'), bench.catalog.count('revise')]).toEqual(writes)
  })

  it('reads of what was linked the record alone, and looks at what was put anew since', async () => {
    const { bench, events } = createBenchOf(3)
    await link(bench, events)
    bench.store.place(events[1]?.key ?? '', { bytes: 'other,content\n' })
    bench.store.calls.length = 0
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual(['unchanged', 'linked', 'unchanged'])
    expect([bench.store.count('get uplink/uploads/'), bench.store.count('get resources/'), bench.store.count('head')]).toEqual([3, 1, 0])
  })

  it('takes a hundred objects at a time, the last few too', async () => {
    const { bench } = createBenchOf(250)
    const found = await run(bench)
    expect(new Set(found.map(({ event }) => event.key)).size).toBe(250)
    expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual([100, 100, 50])
  })

  it('reads the listing no further than it has to', async () => {
    const { bench } = createBenchOf(250)
    for await (const { finding } of reconcile(bench)) {
      expect(finding).toMatchObject({ outcome: { kind: 'linked' } })
      break
    }
    expect(bench.store.listed()).toBe(100)
  })

  it.each([
    ['stays when it was set after the file was put', '2026-01-02T00:00:00', 'https://example.org/mine.csv', 'ignored'],
    ['gives way when it is older than the file', '2025-12-31T00:00:00', 'https://example.org/mine.csv', 'linked'],
    ['gives way when there is none', '2026-01-02T00:00:00', '', 'linked'],
  ])('what CKAN shows for a plain key without a record %s', async (_, lastModified, url, expected) => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url, lastModified })] })
    bench.store.place(`resources/api_uploads/${RESOURCE}`, { modifiedAt: new Date('2026-01-01T00:00:00Z') })
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual([expected])
  })

  it('looks at files and images, and at nothing outside their prefixes', async () => {
    const { bench } = createBenchOf(1)
    for (const key of ['images/user/someone/x.png', 'other.csv']) bench.store.place(key)
    expect((await run(bench)).map(({ event }) => event.key)).toEqual([createdEvent(keyOf(1, 'resource-0000')).key, 'images/user/someone/x.png'])
  })

  it('leaves the last upload linked where a bucket holds several', async () => {
    const bench = createBench({ resources: [resourceOf('resource-0000')] })
    for (const order of [1, 2, 3]) bench.upload(keyOf(order, 'resource-0000'))
    await run(bench)
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual(['superseded', 'superseded', 'unchanged'])
  })

  it('tells of what it could not do', async () => {
    const { bench } = createBenchOf(1)
    bench.store.place('resources/api_uploads/stray')
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual(['linked', 'parked'])
  })

  it('fails when the bucket cannot be listed', async () => {
    const { bench } = createBenchOf(1)
    bench.store.broken.add('resources/')
    await expect(run(bench)).rejects.toThrow('The store fails')
  })

  it('of an empty bucket is nothing', async () => expect(await run(createBench())).toEqual([]))
})

describe('a file that a later upload has replaced', () => {
  const DAYS = 86_400_000
  /** An upload and a later one, both linked in turn, looked at so many days after. */
  async function replaced(settings: Partial<Settings>, days: number, meanwhile: (bench: Bench, first: string) => Promise<void> | void = () => {}) {
    const bench = createBench({ settings, resources: [resourceOf(RESOURCE), resourceOf(OTHER)] })
    const [first, second] = [bench.upload(keyOf(1), { content: { etag: 'one' } }), bench.upload(keyOf(2), { content: { etag: 'two' } })]
    await link(bench, [first])
    await link(bench, [second])
    await meanwhile(bench, await urlOf(keyOf(1), 'one'))
    const clock = { ...bench.clock, now: () => new Date(NOW.getTime() + days * DAYS) }
    for await (const _ of reconcile({ ...bench, clock }));
    return { ...bench, left: bench.store.keys('resources/').map((key) => [first.key, second.key].indexOf(key) + 1) }
  }

  it.each<[string, Partial<Settings>, number, readonly number[]]>([
    ['stays when nobody asked for its removal', {}, 29, [1, 2]],
    ['stays for as many days as were asked for', { removeReplacedAfterDays: 10 }, 10, [1, 2]],
    ['is removed after them, and the later one stays', { removeReplacedAfterDays: 10 }, 10.1, [2]],
  ])('%s', async (_, settings, days, left) => {
    expect((await replaced(settings, days)).left).toEqual(left)
  })

  it('stays when a person has put it back', async () => {
    const { left } = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench, url) => bench.catalog.set(RESOURCE, { url }))
    expect(left).toEqual([1, 2])
  })

  it('stays when the later file is gone: then it is the only one left', async () => {
    const { left } = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench) => bench.store.remove(createdEvent(keyOf(2)).key))
    expect(left).toEqual([1])
  })

  it("stays when CKAN shows the upload of another resource under this one's address", async () => {
    const { left } = await replaced({ removeReplacedAfterDays: 1 }, 5, async (bench) => {
      await link(bench, [bench.upload(keyOf(3, OTHER), { content: { etag: 'three' } })])
      bench.catalog.set(RESOURCE, { url: await urlOf(keyOf(3), 'three') })
    })
    expect(left).toEqual([1, 2, 0])
  })

  it('stays when CKAN cannot be asked right before', async () => {
    const { left } = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench) => {
      let reads = 0
      bench.catalog.override.readDataset = () => {
        reads += 1
        // The first is the linker's own.
        if (reads > 1) throw new UnavailableError('CKAN is down.')
      }
    })
    expect(left).toEqual([1, 2])
  })

  it('stays when it is put back between the look at it and the removal', async () => {
    const { left } = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench, url) => {
      let reads = 0
      bench.catalog.override.readDataset = () => {
        reads += 1
        if (reads === 2) bench.catalog.set(RESOURCE, { url })
      }
    })
    expect(left).toEqual([1, 2])
  })
})

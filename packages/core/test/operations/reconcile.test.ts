import { describe, expect, it } from 'vitest'
import { link, type ObjectEvent, type Outcome } from '../../src/index.ts'
import { reconcile } from '../../src/operations/index.ts'
import { type Bench, createBench, createdEvent, keyOf, RESOURCE } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'

const resourceIds = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `resource-${String(index).padStart(4, '0')}`)

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
  it('links the one upload whose event was lost, and writes nothing else', async () => {
    const { bench, events } = createBenchOf(5)
    await link(bench, events.toSpliced(2, 1))
    const writes = bench.store.count('put')
    const found = await run(bench)
    expect(found.map(({ outcome }) => outcome.kind)).toEqual([
      'unchanged',
      'unchanged',
      'linked',
      'unchanged',
      'unchanged',
    ])
    expect(found[2]?.event.key).toBe(events[2]?.key)
    expect(bench.catalog.revisions.at(-1)).toHaveLength(1)
    expect(bench.store.count('put')).toBe(writes + 1)
  })

  it('writes nothing when CKAN is up to date', async () => {
    const { bench, events } = createBenchOf(3)
    await link(bench, events)
    const writes = [bench.store.count('put'), bench.catalog.count('revise')]
    await run(bench)
    expect([bench.store.count('put'), bench.catalog.count('revise')]).toEqual(writes)
  })

  it('reads only the record of linked objects, and inspects objects that were put again', async () => {
    const { bench, events } = createBenchOf(3)
    await link(bench, events)
    bench.store.place(events[1]?.key ?? '', { bytes: 'other,content\n' })
    bench.store.calls.length = 0
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual(['unchanged', 'linked', 'unchanged'])
    expect([
      bench.store.count('get uplink/uploads/'),
      bench.store.count('get resources/'),
      bench.store.count('head'),
    ]).toEqual([3, 1, 1])
  })

  it('handles a hundred objects at a time, also the last few', async () => {
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
    ['is replaced when it is older than the file', '2025-12-31T00:00:00', 'https://example.org/mine.csv', 'linked'],
    ['is set when there is none', '2026-01-02T00:00:00', '', 'linked'],
    ['stays when the resource was changed after the file was put', null, 'https://example.org/mine.csv', 'ignored'],
    [
      'is replaced when it leads to the file',
      null,
      `https://old.example.org/resources/api_uploads/${RESOURCE}`,
      'linked',
    ],
  ])('what CKAN shows for a plain key without a record %s', async (_, lastModified, url, expected) => {
    const metadataModified = lastModified ?? '2026-01-02T00:00:00'
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url, lastModified, metadataModified })] })
    bench.store.place(`resources/api_uploads/${RESOURCE}`, { modifiedAt: new Date('2026-01-01T00:00:00Z') })
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual([expected])
  })

  it('covers files and images, and nothing outside their prefixes', async () => {
    const { bench } = createBenchOf(1)
    for (const key of ['images/user/someone/x.png', 'other.csv']) bench.store.place(key)
    expect((await run(bench)).map(({ event }) => event.key)).toEqual([
      createdEvent(keyOf(1, 'resource-0000')).key,
      'images/user/someone/x.png',
    ])
  })

  it('leaves the last upload linked when a resource has several', async () => {
    const bench = createBench({ resources: [resourceOf('resource-0000')] })
    for (const order of [1, 2, 3]) bench.upload(keyOf(order, 'resource-0000'))
    await run(bench)
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual(['superseded', 'superseded', 'unchanged'])
  })

  it('reports retries', async () => {
    const { bench } = createBenchOf(1)
    bench.store.place('resources/api_uploads/stray')
    expect((await run(bench)).map(({ outcome }) => outcome.kind)).toEqual(['linked', 'parked'])
  })

  it('fails when the bucket cannot be listed', async () => {
    const { bench } = createBenchOf(1)
    bench.store.broken.add('resources/')
    await expect(run(bench)).rejects.toThrow('The store fails')
  })

  it('of an empty bucket finds nothing', async () => expect(await run(createBench())).toEqual([]))
})

import { describe, expect, it } from 'vitest'
import { link, type Resource, UnavailableError } from '../../src/index.ts'
import { type Finding, type ReconcileOptions, reconcile } from '../../src/operations/index.ts'
import {
  type Bench,
  createBench,
  createdEvent,
  keyOf,
  OTHER,
  RESOURCE,
  settingsOf,
  urlOf,
} from '../support/fixtures.ts'
import { DATASET_ID, resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

const KEY = createdEvent(keyOf(1)).key

async function gone(
  bench: Bench,
  options: ReconcileOptions = { lister: createTableLister(bench.catalog) },
): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const { finding } of reconcile(bench, options)) if (finding?.kind === 'object_gone') found.push(finding)
  return found
}

/** An upload that CKAN shows, without its file. */
async function lost(): Promise<Bench> {
  const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)] })
  await link(bench, [bench.upload(keyOf(1))])
  await bench.store.remove(KEY)
  return bench
}

describe('an object that CKAN points to', () => {
  it('is reported when it does not exist, with advice', async () => {
    const bench = await lost()
    const { url } = bench.catalog.resource(RESOURCE)
    const reason = `CKAN points to the object "${KEY}", which does not exist in the bucket.`
    const what_to_do = 'Upload the file again, restore the object from a backup, or give the resource another URL.'
    expect(await gone(bench)).toEqual([
      { kind: 'object_gone', datasetId: DATASET_ID, resourceId: RESOURCE, url, key: KEY, reason, what_to_do },
    ])
  })

  it.each<[string, (bench: Bench) => unknown]>([
    ['exists', (bench) => bench.store.place(KEY)],
    [
      "is replaced by a person's URL",
      (bench) => bench.catalog.set(RESOURCE, { url: 'https://example.org/theirs.csv' }),
    ],
    ['is in a deleted dataset', (bench) => Object.assign(bench.catalog.override, { dataset: { state: 'deleted' } })],
  ])('is not reported when it %s', async (_, happen) => {
    const bench = await lost()
    happen(bench)
    expect(await gone(bench)).toEqual([])
  })

  it.each<[string, (bench: Bench) => void]>([
    ['CKAN has been changed since', (bench) => bench.catalog.set(RESOURCE, { url: '' })],
    [
      'the dataset has been deleted since',
      (bench) => Object.assign(bench.catalog.override, { dataset: { state: 'deleted' } }),
    ],
    ['the file has arrived since', (bench) => bench.store.place(KEY)],
  ])('is not reported after an old listing, when %s', async (_, happen) => {
    const bench = await lost()
    const stale = [...bench.catalog.all()]
    const lister = {
      datasets: async function* () {
        yield { id: DATASET_ID, state: 'active', private: false, resources: stale, readAt: new Date() }
      },
    }
    bench.catalog.override.readDataset = () => happen(bench)
    expect(await gone(bench, { lister })).toEqual([])
  })

  it('is reported after a listing when CKAN cannot show the dataset, so that one failure hides no other object', async () => {
    const bench = await lost()
    const readDataset = async () => {
      throw new UnavailableError('CKAN answered package_show with 500.')
    }
    const found = await gone(
      { ...bench, catalog: { ...bench.catalog, readDataset } },
      { lister: createTableLister(bench.catalog), after: { phase: 'datasets' } },
    )
    expect(found).toMatchObject([{ resourceId: RESOURCE }])
  })

  it('is found by the URL of another resource, of a plain key and of an image, and in a public bucket', async () => {
    const settings = settingsOf({ publicBucketUrl: 'https://files.example.org' })
    const urls = [
      await urlOf(keyOf(2), 'x'),
      await urlOf(keyOf(0), 'x'),
      `${settings.gatewayUrl}/images/organization/some-owner/${keyOf(3).uploadId}/x.png?v=0123456789abcdef`,
      await urlOf(keyOf(4), 'x', settings),
    ]
    const bench = createBench({
      settings,
      resources: urls.map((url, index) => resourceOf(`resource-${index}`, { url })),
    })
    expect((await gone(bench)).map((finding) => 'key' in finding && finding.key)).toEqual([
      createdEvent(keyOf(2)).key,
      createdEvent(keyOf(0)).key,
      `images/organization/some-owner/${keyOf(3).uploadId}/x.png`,
      createdEvent(keyOf(4)).key,
    ])
  })

  it('costs one look at each object, and no call to CKAN except the listing', async () => {
    const bench = await lost()
    bench.store.place(KEY)
    const [heads, reads] = [bench.store.count('head'), bench.catalog.calls.length]
    await gone(bench, { lister: createTableLister(bench.catalog), after: { phase: 'datasets' } })
    expect([bench.store.count('head') - heads, bench.catalog.calls.length - reads]).toEqual([1, 0])
  })

  it('is not looked for without a lister', async () => expect(await gone(await lost(), {})).toEqual([]))

  it('is listed since a time and after an id', async () => {
    const bench = await lost()
    const lister = createTableLister(bench.catalog)
    const since = new Date(0)
    await gone(bench, { lister, since, after: { phase: 'datasets', after: 'c' } })
    expect(lister.calls).toEqual([{ after: 'c', since }])
  })
})

describe('reconciling one dataset', () => {
  const ELSEWHERE: Partial<Resource> = { datasetId: 'another' }

  it('covers only its files and the objects that it points to', async () => {
    const bench = createBench({
      resources: [
        resourceOf(RESOURCE),
        resourceOf(`${RESOURCE}-2`, ELSEWHERE),
        resourceOf(OTHER, { url: await urlOf(keyOf(9, OTHER), 'x') }),
      ],
    })
    const [first, plain] = [bench.upload(keyOf(1)), bench.upload(keyOf(0))]
    bench.upload(keyOf(2, `${RESOURCE}-2`), {
      record: { entity: { type: 'resource', id: `${RESOURCE}-2`, dataset_id: 'another' } },
    })
    bench.store.place('images/user/someone/x.png')
    const found: Finding[] = []
    for await (const { finding } of reconcile(bench, { dataset: DATASET_ID, lister: createTableLister(bench.catalog) }))
      if (finding) found.push(finding)
    expect(found.map((finding) => (finding.kind === 'object' ? finding.event.key : finding.kind))).toEqual([
      plain.key,
      first.key,
      'object_gone',
    ])
  })

  it('finds nothing when CKAN has no such dataset', async () => {
    const bench = createBench({ resources: [] })
    bench.catalog.readDataset = async () => undefined
    const found = []
    for await (const step of reconcile(bench, { dataset: 'none' })) found.push(step)
    expect(found).toEqual([])
  })
})

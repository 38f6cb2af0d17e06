import { describe, expect, it } from 'vitest'
import {
  type CleanCandidate,
  findCleanable,
  link,
  NotAllowedError,
  type OperationDeps,
  parkEvent,
  removeCleanable,
  type Settings,
  timeOfUploadId,
  type UploadRecord,
} from '../src/index.ts'
import { type Bench, createBench, createdEvent, keyOf, OTHER, RESOURCE, recordOf, uploadId, urlOf } from './support/fixtures.ts'
import { createImageBench, imageKeyOf, imageUrlOf, OWNER_ID } from './support/image-bench.ts'
import { DATASET_ID, resourceOf } from './support/table-catalog.ts'
import { createTableLister } from './support/table-lister.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const keyText = (order: number, resourceId = RESOURCE): string => createdEvent(keyOf(order, resourceId)).key

type Site = Bench & { readonly deps: OperationDeps }

/** So many days after the uploads of a bench. */
function later(bench: Bench, days = DAYS + 1): Site {
  const now = () => new Date(timeOfUploadId(uploadId(1)) + days * DAY_MS)
  return { ...bench, deps: { ...bench, lister: createTableLister(bench.catalog), clock: { ...bench.clock, now } } }
}

async function candidates({ deps }: Site, options: { readonly after?: string } = {}): Promise<readonly CleanCandidate[]> {
  const found: CleanCandidate[] = []
  for await (const candidate of findCleanable(deps, { olderThanDays: DAYS, ...options })) found.push(candidate)
  return found
}

async function keysOf(site: Site, options: { readonly after?: string } = {}): Promise<readonly string[]> {
  return (await candidates(site, options)).map(({ key }) => key)
}

/** Two uploads of a resource, linked in turn. */
async function replaced(days?: number, settings: Partial<Settings> = {}): Promise<Site> {
  const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)], settings })
  for (const order of [1, 2]) await link(bench, [bench.upload(keyOf(order), { content: { etag: `etag-${order}` } })])
  return later(bench, days)
}

/** An upload that was never linked, to a resource that shows a person's URL. */
function useless(record: Partial<UploadRecord> | null, url = 'https://example.org/theirs.csv'): Site {
  const bench = createBench({ resources: [resourceOf(RESOURCE, { url }), resourceOf(OTHER)] })
  if (record === null) bench.store.place(keyText(1))
  else bench.upload(keyOf(1), { record })
  return later(bench)
}

describe('a file that a later upload has replaced', () => {
  it('is needed by nothing, and says why', async () => {
    const site = await replaced()
    const foundAt = site.deps.clock.now()
    const reason = `A later upload, ${uploadId(2)}, is what CKAN shows.`
    expect(await candidates(site)).toEqual([{ key: keyText(1), size: 8, etag: 'etag-1', modifiedAt: new Date(0), reason, foundAt }])
  })

  it.each<[string, (site: Site) => unknown]>([
    ['the later file is gone: then it is the only one left', (site) => site.store.remove(keyText(2))],
    ['the later file is another one by now', (site) => site.store.place(keyText(2), { etag: 'changed' })],
    ['a person has put it back', async (site) => site.catalog.set(RESOURCE, { url: await urlOf(keyOf(1), 'etag-1') })],
    [
      'a person has put it back without its version',
      (site) => site.catalog.set(RESOURCE, { url: `https://up.example.org/resource/${RESOURCE}/download/${uploadId(1)}/data.csv` }),
    ],
    ['CKAN shows something else', (site) => site.catalog.set(RESOURCE, { url: 'https://example.org/theirs.csv' })],
    ['CKAN shows the upload of another resource', async (site) => site.catalog.set(RESOURCE, { url: await urlOf(keyOf(3, OTHER), 'x') })],
    ['another resource points to it', async (site) => site.catalog.set(OTHER, { url: await urlOf(keyOf(1), 'etag-1') })],
    ['another resource points to it at an address that the gateway had', (site) => site.catalog.set(OTHER, { url: `http://old.example.org/x/${uploadId(1)}` })],
    ['the dataset is deleted, and can be restored', (site) => Object.assign(site.catalog.override, { dataset: { state: 'deleted' } })],
    ['it was put a short while ago', (site) => site.store.place(keyText(1), { modifiedAt: site.deps.clock.now() })],
    ['its record cannot be read', (site) => site.store.place(`uplink/uploads/${uploadId(1)}.json`, { bytes: '{}' })],
  ])('stays when %s', async (_, happen) => {
    const site = await replaced()
    await happen(site)
    expect(await keysOf(site)).not.toContain(keyText(1))
  })

  it('stays for as many days as were asked for', async () => {
    expect(await keysOf(await replaced(DAYS))).toEqual([])
    expect(await keysOf(await replaced(DAYS + 0.01))).toEqual([keyText(1)])
  })

  it('is found in a public bucket as well', async () => {
    expect(await keysOf(await replaced(undefined, { publicBucketUrl: 'https://files.example.org' }))).toEqual([keyText(1)])
  })

  it('at a plain key gives way to what was asked for after it was put', async () => {
    const bench = createBench()
    bench.store.place(keyText(0))
    await link(bench, [createdEvent(keyOf(0)), bench.upload(keyOf(1), { record: { previous_url: 'x' } })])
    bench.catalog.set(RESOURCE, { url: await urlOf(keyOf(1), (await bench.store.head(keyText(1)))?.etag ?? 'none') })
    expect(await keysOf(later(bench))).toEqual([keyText(0)])
    bench.store.place(keyText(0), { modifiedAt: new Date(timeOfUploadId(uploadId(1)) + 1) })
    expect(await keysOf(later(bench))).toEqual([])
  })
})

describe('a file of a resource that is not in CKAN', () => {
  it('is needed by nothing, linked or not, announced or not', async () => {
    const bench = createBench()
    await link(bench, [bench.upload(keyOf(1)), bench.upload(keyOf(2, OTHER))])
    bench.store.place(keyText(0, 'some-other'))
    bench.catalog.remove(RESOURCE)
    const found = await candidates(later(bench))
    expect(found.map(({ key }) => key)).toEqual([keyText(1), keyText(2, OTHER), keyText(0, 'some-other')])
    expect(found[0]?.reason).toBe(`The resource ${RESOURCE} isn't in CKAN.`)
  })

  it('stays when it is in another dataset by now', async () => {
    const bench = createBench()
    await link(bench, [bench.upload(keyOf(1))])
    bench.catalog.set(RESOURCE, { ...bench.catalog.resource(RESOURCE), datasetId: 'another' })
    expect(await keysOf(later(bench))).toEqual([])
  })

  it('is not guessed at when CKAN does not allow to look', async () => {
    const site = later(createBench())
    site.upload(keyOf(1))
    site.catalog.override.readDataset = () => {
      throw new NotAllowedError('CKAN does not allow package_show.')
    }
    await expect(candidates(site)).rejects.toThrow('does not allow')
  })
})

describe('a file of an upload that was never linked', () => {
  it.each<[UploadRecord['state']]>([['failed'], ['aborted'], ['superseded'], ['expired']])('is needed by nothing when the upload is %s', async (state) => {
    const [found] = await candidates(useless({ state, reason: 'Words.' }))
    expect(found).toMatchObject({ key: keyText(1), reason: `The upload was never linked, and is ${state}: Words.` })
  })

  it.each<[string, Partial<UploadRecord> | null]>([
    ['may yet be linked', { state: 'issued' }],
    ['was linked once', { state: 'failed', linked: { version: 'v', size: 8, at: '2026-01-01T00:00:00Z' } }],
    ['was never announced', null],
  ])('stays when it %s', async (_, record) => expect(await keysOf(useless(record))).toEqual([]))

  it('stays when the record that bears its id was announced for another key', async () => {
    const site = useless({ state: 'failed' })
    const other = recordOf(keyOf(1), { state: 'failed', key: keyText(9) })
    site.store.place(`uplink/uploads/${other.id}.json`, { bytes: JSON.stringify(other) })
    expect(await keysOf(site)).toEqual([])
  })

  it('stays while its parked message waits for an operator', async () => {
    const site = useless({ state: 'failed', code: 'parked' })
    await parkEvent(site.deps, createdEvent(keyOf(1)), 'CKAN refused it.')
    expect(await keysOf(site)).toEqual([])
  })

  it('stays when its key names nothing', async () => {
    const site = later(createBench())
    for (const key of ['resources/api_uploads/x', 'images/x', 'other/x']) site.store.place(key)
    expect(await keysOf(site)).toEqual([])
  })
})

describe('an image', () => {
  async function shown(order: number) {
    const bench = createImageBench()
    for (const each of [1, 2]) bench.uploadImage(imageKeyOf(each))
    bench.show(await imageUrlOf(imageKeyOf(order), `etag of ${order}`))
    return { ...later(bench), show: bench.show }
  }

  it('is needed by nothing when a later one is shown', async () => {
    expect(await keysOf(await shown(2))).toEqual([createdEvent(`images/organization/${OWNER_ID}/${uploadId(1)}/logo.png`).key])
  })

  it('stays when it is shown, and a later one that may yet be linked as well', async () => expect(await keysOf(await shown(1))).toEqual([]))

  it('stays when its owner is deleted, and not when its owner is gone', async () => {
    const site = await shown(2)
    site.show('', { state: 'deleted' })
    expect(await keysOf(site)).toEqual([])
    site.catalog.owners.clear()
    expect((await candidates(site)).map(({ reason }) => reason)).toEqual([1, 2].map(() => `The organization ${OWNER_ID} isn't in CKAN.`))
  })
})

describe('looking for what nothing needs', () => {
  it('writes nothing, and asks CKAN once for the datasets and once for each dataset of a batch', async () => {
    const site = later(createBench({ resources: Array.from({ length: 150 }, (_, index) => resourceOf(`resource-${index}`)) }))
    for (let index = 0; index < 150; index += 1) site.upload(keyOf(index + 1, `resource-${index}`))
    await candidates(site)
    expect([site.store.count('put'), site.store.count('remove'), site.catalog.calls]).toEqual([0, 0, [DATASET_ID, DATASET_ID].map((id) => `readDataset ${id}`)])
  })

  it('goes on after a key, over both prefixes', async () => {
    const bench = createImageBench()
    bench.catalog.owners.clear()
    for (const order of [1, 2]) bench.uploadImage(imageKeyOf(order))
    for (const order of [1, 2]) bench.upload(keyOf(order, 'never-made'))
    const site = later(bench)
    const all = await keysOf(site)
    expect(all).toHaveLength(4)
    for (const [index, after] of all.entries()) expect(await keysOf(site, { after })).toEqual(all.slice(index + 1))
  })
})

describe('removing what nothing needs', () => {
  async function found(site: Site): Promise<CleanCandidate> {
    const [candidate] = await candidates(site)
    if (candidate === undefined) throw new Error('There is no candidate.')
    return candidate
  }

  it('takes away the file, and nothing else', async () => {
    const site = await replaced()
    const before = site.store.keys()
    expect(await removeCleanable(site.deps, await found(site))).toBe(true)
    expect(site.store.keys()).toEqual(before.filter((key) => key !== keyText(1)))
    expect(await keysOf(site)).toEqual([])
  })

  it.each<[string, (site: Site) => unknown]>([
    ['was put anew since', (site) => site.store.place(keyText(1), { etag: 'anew' })],
    ['is gone', (site) => site.store.remove(keyText(1))],
    ['is shown again', async (site) => site.catalog.set(RESOURCE, { url: await urlOf(keyOf(1), 'etag-1') })],
    [
      'is what a copy points to that was made since',
      async (site) => site.catalog.set('copied-since', { datasetId: 'e', url: await urlOf(keyOf(1), 'etag-1') }),
    ],
    ['is the only one left', (site) => site.store.remove(keyText(2))],
  ])('takes away nothing when it %s', async (_, happen) => {
    const site = await replaced()
    const candidate = await found(site)
    await happen(site)
    site.store.calls.length = 0
    expect(await removeCleanable(site.deps, candidate)).toBe(false)
    expect(site.store.count('remove')).toBe(0)
  })

  it('asks CKAN only for the datasets that were changed since it looked', async () => {
    const site = await replaced()
    const candidate = await found(site)
    const lister = createTableLister(site.catalog)
    await removeCleanable({ ...site.deps, lister }, candidate)
    expect(lister.calls).toEqual([{ since: new Date(candidate.foundAt.getTime() - 600_000) }])
  })

  it('has the record say first that the upload will not be linked, so that no linker links it any more', async () => {
    const site = useless({ state: 'failed', reason: 'Words.' })
    const candidate = await found(site)
    let calls: readonly unknown[] = []
    site.catalog.override.readDataset = () => {
      calls = [site.record(keyOf(1))]
    }
    expect(await removeCleanable(site.deps, candidate)).toBe(true)
    expect(calls).toMatchObject([{ state: 'aborted', reason: `The file was removed. ${candidate.reason}` }])
    site.store.place(keyText(1))
    site.catalog.set(RESOURCE, { url: '' })
    expect(await link(site, [createdEvent(keyOf(1))])).toMatchObject([{ kind: 'ignored' }])
  })

  it('leaves what a linker has linked since, and its record says so', async () => {
    const site = useless({ state: 'failed', previous_url: '' }, '')
    const candidate = await found(site)
    expect(await link(site, [createdEvent(keyOf(1))])).toMatchObject([{ kind: 'linked' }])
    expect(await removeCleanable(site.deps, candidate)).toBe(false)
    expect(site.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(site.store.keys('resources/')).toEqual([keyText(1)])
  })

  it('leaves what a linker links in the middle of it', async () => {
    const site = useless({ state: 'failed', previous_url: '' }, '')
    const candidate = await found(site)
    const deps = {
      ...site.deps,
      store: {
        ...site.store,
        put: async (...put: Parameters<Bench['store']['put']>) => {
          // Right before the record would say that it won't be linked.
          if (site.catalog.count('revise') === 0) await link(site, [createdEvent(keyOf(1))])
          return site.store.put(...put)
        },
      },
    }
    expect(await removeCleanable(deps, candidate)).toBe(false)
    expect(site.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(site.store.keys('resources/')).toEqual([keyText(1)])
  })

  it('is not done when CKAN cannot be asked', async () => {
    const site = await replaced()
    const candidate = await found(site)
    site.catalog.override.readDataset = () => {
      throw new NotAllowedError('CKAN does not allow package_show.')
    }
    await expect(removeCleanable(site.deps, candidate)).rejects.toThrow('does not allow')
    expect(site.store.keys('resources/')).toHaveLength(2)
  })
})

import { describe, expect, it } from 'vitest'
import { dryRun, type MovedLink, moveLinks } from '../../src/operations/index.ts'
import type { Settings } from '../../src/settings/index.ts'
import { buildImageKey } from '../../src/uploads/index.ts'
import { type Bench, createBench, keyOf, OTHER, RESOURCE, settingsOf, urlOf } from '../support/fixtures.ts'
import { createImageBench, imageKeyOf, imageUrlOf, OWNER_ID } from '../support/image-bench.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

const FROM = 'https://old.example.org'
const old = (settings: Partial<Settings> = {}) => settingsOf({ gatewayUrl: FROM, ...settings })

async function moved(bench: Bench, isDryRun = false): Promise<readonly MovedLink[]> {
  const deps = { ...bench, lister: createTableLister(bench.catalog) }
  const links: MovedLink[] = []
  for await (const link of moveLinks(isDryRun ? dryRun(deps) : deps, { from: FROM })) links.push(link)
  return links
}

/** A dataset with a linked file at the former address, and a link of a person. */
async function createOldSite(settings: Partial<Settings> = {}, url?: string): Promise<Bench> {
  const shown = url ?? (await urlOf(keyOf(1), 'a', old(settings)))
  const bench = createBench({
    resources: [
      resourceOf(RESOURCE, { url: shown, format: 'CSV', lastModified: '2026-03-01T00:00:00' }),
      resourceOf(OTHER, { url: `${FROM}/about.html` }),
    ],
  })
  bench.upload(keyOf(1), { content: { etag: 'a' } })
  return bench
}

describe('links with a former address', () => {
  it('get the present address, and nothing else changes', async () => {
    const bench = await createOldSite()
    const [before, others] = [bench.catalog.resource(RESOURCE), bench.catalog.resource(OTHER)]
    expect(await moved(bench)).toEqual([
      {
        kind: 'moved',
        entity: { type: 'resource', id: RESOURCE, dataset_id: before.datasetId },
        from: before.url,
        to: await urlOf(keyOf(1), 'a'),
      },
    ])
    expect(bench.catalog.resource(RESOURCE)).toEqual({ ...before, url: await urlOf(keyOf(1), 'a') })
    expect(bench.catalog.resource(OTHER)).toEqual(others)
    expect(await moved(bench)).toEqual([])
  })

  it('are only reported by a dry run', async () => {
    const bench = await createOldSite()
    const before = bench.catalog.resource(RESOURCE)
    expect((await moved(bench, true)).map(({ to }) => to)).toEqual([await urlOf(keyOf(1), 'a')])
    expect(bench.catalog.resource(RESOURCE)).toEqual(before)
  })

  it('of a public host become links of the gateway, when there is no public host any more', async () => {
    const bench = await createOldSite({ publicBucketUrl: FROM })
    await moved(bench)
    expect(bench.catalog.resource(RESOURCE).url).toBe(await urlOf(keyOf(1), 'a'))
  })

  it('are written together for each dataset', async () => {
    const bench = await createOldSite()
    bench.catalog.set(OTHER, { url: await urlOf(keyOf(1), 'a', old()) })
    expect(await moved(bench)).toHaveLength(2)
    expect(bench.catalog.revisions.map((changes) => changes.length)).toEqual([2])
  })

  it('stay when the bucket does not have the file', async () => {
    const bench = await createOldSite({}, await urlOf(keyOf(9), 'a', old()))
    expect(await moved(bench)).toMatchObject([{ kind: 'not_moved', reason: expect.stringContaining('bucket') }])
    expect(bench.catalog.revisions).toEqual([])
  })

  it('are read again after another writer was faster', async () => {
    const bench = await createOldSite()
    bench.catalog.override.revise = () => {
      delete bench.catalog.override.revise
      bench.catalog.set(RESOURCE, { url: 'https://example.org/theirs.csv' })
      return undefined
    }
    expect(await moved(bench)).toEqual([])
    expect(bench.catalog.resource(RESOURCE).url).toBe('https://example.org/theirs.csv')
  })

  it('stay when another writer is faster each time', async () => {
    const bench = await createOldSite()
    bench.catalog.override.revise = () => ({ kind: 'conflict' })
    expect(await moved(bench)).toMatchObject([{ kind: 'not_moved', reason: expect.stringContaining('again') }])
  })

  it('that CKAN refuses do not stop the others of the dataset', async () => {
    const bench = await createOldSite()
    bench.catalog.set(OTHER, { url: await urlOf(keyOf(1), 'a', old()) })
    bench.catalog.override.revise = (changes) =>
      changes.some(({ resource: { id } }) => id === OTHER)
        ? { kind: 'refused', resourceIds: [OTHER], message: 'Missing value' }
        : undefined
    expect((await moved(bench)).map(({ kind, entity: { id } }) => [kind, id])).toEqual([
      ['not_moved', OTHER],
      ['moved', RESOURCE],
    ])
  })

  it('of images get the present address too', async () => {
    const bench = createImageBench()
    const [key, url] = [imageKeyOf(1), await imageUrlOf(imageKeyOf(1), 'a')]
    bench.store.place(buildImageKey(key), { etag: 'a' })
    const imageUrl = url.replace(bench.settings.gatewayUrl, FROM)
    bench.catalog.owners.set(`organization ${OWNER_ID}`, {
      type: 'organization',
      id: OWNER_ID,
      state: 'active',
      imageUrl,
    })
    expect(await moved(bench)).toMatchObject([{ kind: 'moved', from: imageUrl, to: url }])
    expect(bench.catalog.owners.get(`organization ${OWNER_ID}`)?.imageUrl).toBe(url)
  })
})

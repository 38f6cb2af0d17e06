import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { link, NotAllowedError } from '../../src/index.ts'
import { removeUnneededFile, type UnneededFile } from '../../src/operations/index.ts'
import { parseKey } from '../../src/uploads/index.ts'
import { candidates, keysOf, keyText, later, replaced, type Site, useless } from '../support/clean-bench.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, RESOURCE, uploadId, urlOf } from '../support/fixtures.ts'
import { build, plans } from '../support/plans.ts'
import { createTableLister } from '../support/table-lister.ts'

describe('removing what nothing needs', () => {
  async function found(site: Site): Promise<UnneededFile> {
    const [candidate] = await candidates(site)
    if (candidate === undefined) throw new Error('There is no candidate.')
    return candidate
  }

  it('takes away the file, and nothing else', async () => {
    const site = await replaced()
    const before = site.store.keys()
    expect(await removeUnneededFile(site.deps, await found(site))).toBe(true)
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
    expect(await removeUnneededFile(site.deps, candidate)).toBe(false)
    expect(site.store.count('remove')).toBe(0)
  })

  it('takes away nothing that a person has pointed to since by hand, though no listing says so yet', async () => {
    const site = useless({ state: 'failed' })
    const candidate = await found(site)
    site.catalog.set(RESOURCE, { url: `https://up.example.org/resource/${RESOURCE}/download/${uploadId(1)}/data.csv` })
    const lister = { datasets: async function* () {} }
    expect(await removeUnneededFile({ ...site.deps, lister }, candidate)).toBe(false)
    expect(site.store.keys('resources/')).toHaveLength(1)
    expect(site.record(keyOf(1))).toMatchObject({ state: 'failed' })
  })

  it('takes away nothing that was put again right before, be it the same content', async () => {
    const site = await replaced()
    const candidate = await found(site)
    let reads = 0
    site.catalog.override.readDataset = () => {
      reads += 1
      if (reads === 2) site.store.place(keyText(1), { etag: candidate.etag, modifiedAt: NOW })
    }
    expect(await removeUnneededFile(site.deps, candidate)).toBe(false)
    expect(site.store.keys('resources/')).toEqual([keyText(1), keyText(2)])
  })

  it('asks CKAN only for the datasets that were changed since it looked', async () => {
    const site = await replaced()
    const candidate = await found(site)
    const lister = createTableLister(site.catalog)
    await removeUnneededFile({ ...site.deps, lister }, candidate)
    expect(lister.calls).toEqual([{ since: new Date(candidate.foundAt.getTime() - 600_000), complete: true }])
  })

  it('has the record say first that the upload will not be linked, so that no linker links it any more', async () => {
    const site = useless({ state: 'failed', reason: 'Words.' })
    const candidate = await found(site)
    let calls: readonly unknown[] = []
    site.catalog.override.readDataset = () => {
      calls = [site.record(keyOf(1))]
    }
    expect(await removeUnneededFile(site.deps, candidate)).toBe(true)
    expect(calls).toMatchObject([{ state: 'aborted', reason: `The file is being removed. ${candidate.reason}` }])
    site.store.place(keyText(1))
    site.catalog.set(RESOURCE, { url: '' })
    expect(await link(site, [createdEvent(keyOf(1))])).toMatchObject([{ kind: 'ignored' }])
  })

  it('leaves a plain key free for the next file', async () => {
    const bench = createBench()
    bench.upload(keyOf(0), { record: { state: 'failed', code: 'changed_in_ckan' } })
    const site = later(bench)
    expect(await removeUnneededFile(site.deps, await found(site))).toBe(true)
    expect(site.record(keyOf(0))).toMatchObject({ state: 'failed', reason: expect.stringContaining('being removed') })
    site.store.place(keyText(0), { etag: 'next' })
    expect(await link(site, [createdEvent(keyOf(0))])).toMatchObject([{ kind: 'linked' }])
    expect(site.record(keyOf(0))).toMatchObject({ state: 'linked' })
  })

  it('says no more in the record of a plain key when it is tried again', async () => {
    const bench = createBench()
    bench.upload(keyOf(0), { record: { state: 'failed', reason: 'Words.' } })
    const site = later(bench)
    const store = { ...site.store, remove: () => Promise.reject(new Error('The store fails.')) }
    for (const _ of [1, 2])
      await expect(removeUnneededFile({ ...site.deps, store }, await found(site))).rejects.toThrow('fails')
    expect(site.record(keyOf(0))).toMatchObject({
      reason: 'The file is being removed. The upload was never linked. Its state is failed: Words.',
    })
  })

  it('leaves what a linker has linked since, and its record says so', async () => {
    const site = useless({ state: 'failed', previous_url: '' }, '')
    const candidate = await found(site)
    expect(await link(site, [createdEvent(keyOf(1))])).toMatchObject([{ kind: 'linked' }])
    expect(await removeUnneededFile(site.deps, candidate)).toBe(false)
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
    expect(await removeUnneededFile(deps, candidate)).toBe(false)
    expect(site.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(site.store.keys('resources/')).toEqual([keyText(1)])
  })

  it('is not done when CKAN cannot be asked', async () => {
    const site = await replaced()
    const candidate = await found(site)
    site.catalog.override.readDataset = () => {
      throw new NotAllowedError('CKAN does not allow package_show.')
    }
    await expect(removeUnneededFile(site.deps, candidate)).rejects.toThrow('does not allow')
    expect(site.store.keys('resources/')).toHaveLength(2)
  })
})

describe('cleaning', () => {
  it('leaves all that CKAN points to as it was, whatever else is there', async () => {
    let removed = 0
    const property = fc.asyncProperty(plans, async (plan) => {
      const site = later(await build(plan))
      const before = await pointedTo(site)
      for (const candidate of await candidates(site)) if (await removeUnneededFile(site.deps, candidate)) removed += 1
      expect(await pointedTo(site)).toEqual(before)
    })
    await fc.assert(property, { numRuns: 300 })
    expect(removed).toBeGreaterThan(0)
  })
})

/** What each URL in CKAN leads to, however it is written. */
async function pointedTo({ settings, store, catalog }: Site): Promise<unknown> {
  const urls = catalog.all().map(({ url }) => url)
  const keys = store.keys(settings.keyPrefix).filter((key) => {
    const parsed = parseKey(settings.keyPrefix, key)
    if (parsed?.kind !== 'resource') return true
    const { resourceId, uploadId } = parsed
    return urls.some(
      (url) =>
        url.includes(resourceId) && (uploadId === undefined ? !url.includes('019cb700') : url.includes(uploadId)),
    )
  })
  return Promise.all(keys.map((key) => store.get(key)))
}

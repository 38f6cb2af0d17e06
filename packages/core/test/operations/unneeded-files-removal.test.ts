import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { link, NotAllowedError } from '../../src/index.ts'
import { removeUnneededFile, type UnneededFile } from '../../src/operations/index.ts'
import { parseKey } from '../../src/uploads/index.ts'
import { candidates, keysOf, keyText, later, replaced, type Site, useless } from '../support/clean-bench.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, RESOURCE, uploadId, urlOf } from '../support/fixtures.ts'
import { build, plans } from '../support/plans.ts'
import { createTableLister } from '../support/table-lister.ts'

describe('removing an unneeded file', () => {
  async function found(site: Site): Promise<UnneededFile> {
    const [candidate] = await candidates(site)
    if (candidate === undefined) throw new Error('There is no candidate.')
    return candidate
  }

  it('removes only the file', async () => {
    const site = await replaced()
    const before = site.store.keys()
    expect(await removeUnneededFile(site.deps, await found(site))).toBe(true)
    expect(site.store.keys()).toEqual(before.filter((key) => key !== keyText(1)))
    expect(await keysOf(site)).toEqual([])
  })

  it.each<[string, (site: Site) => unknown]>([
    ['was put again since', (site) => site.store.place(keyText(1), { etag: 'put-again' })],
    ['is gone', (site) => site.store.remove(keyText(1))],
    ['is shown again', async (site) => site.catalog.set(RESOURCE, { url: await urlOf(keyOf(1), 'etag-1') })],
    [
      'is referenced by a copy that was made since',
      async (site) => site.catalog.set('copied-since', { datasetId: 'e', url: await urlOf(keyOf(1), 'etag-1') }),
    ],
    ['has no later file any more', (site) => site.store.remove(keyText(2))],
  ])('does not remove a file that %s', async (_, happen) => {
    const site = await replaced()
    const candidate = await found(site)
    await happen(site)
    site.store.calls.length = 0
    expect(await removeUnneededFile(site.deps, candidate)).toBe(false)
    expect(site.store.count('remove')).toBe(0)
  })

  it('does not remove a file that a person has pointed to since, even if no listing shows it yet', async () => {
    const site = useless({ state: 'failed' })
    const candidate = await found(site)
    site.catalog.set(RESOURCE, { url: `https://up.example.org/resource/${RESOURCE}/download/${uploadId(1)}/data.csv` })
    const lister = { datasets: async function* () {} }
    expect(await removeUnneededFile({ ...site.deps, lister }, candidate)).toBe(false)
    expect(site.store.keys('resources/')).toHaveLength(1)
    expect(site.record(keyOf(1))).toMatchObject({ state: 'failed' })
  })

  it('does not remove a file that was put again right before, even with the same content', async () => {
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

  it('reads only datasets that were changed since the search', async () => {
    const site = await replaced()
    const candidate = await found(site)
    const lister = createTableLister(site.catalog)
    await removeUnneededFile({ ...site.deps, lister }, candidate)
    expect(lister.calls).toEqual([{ since: new Date(candidate.foundAt.getTime() - 600_000), complete: true }])
  })

  it('marks the record first, so that no linker links the upload', async () => {
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

  it('does not change the record of a plain key again in a retry', async () => {
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

  it('leaves a file that a linker has linked since, according to its record', async () => {
    const site = useless({ state: 'failed', previous_url: '' }, '')
    const candidate = await found(site)
    expect(await link(site, [createdEvent(keyOf(1))])).toMatchObject([{ kind: 'linked' }])
    expect(await removeUnneededFile(site.deps, candidate)).toBe(false)
    expect(site.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(site.store.keys('resources/')).toEqual([keyText(1)])
  })

  it('leaves a file that a linker links during the removal', async () => {
    const site = useless({ state: 'failed', previous_url: '' }, '')
    const candidate = await found(site)
    const deps = {
      ...site.deps,
      store: {
        ...site.store,
        put: async (...put: Parameters<Bench['store']['put']>) => {
          // Right before the write that marks the record.
          if (site.catalog.count('revise') === 0) await link(site, [createdEvent(keyOf(1))])
          return site.store.put(...put)
        },
      },
    }
    expect(await removeUnneededFile(deps, candidate)).toBe(false)
    expect(site.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(site.store.keys('resources/')).toEqual([keyText(1)])
  })

  it('fails when CKAN is unreachable', async () => {
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
  it('keeps all files that CKAN points to, in any bucket', async () => {
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

/** The object of each URL in CKAN, in every spelling. */
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

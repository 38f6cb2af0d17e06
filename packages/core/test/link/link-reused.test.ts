import { describe, expect, it } from 'vitest'
import { link, type Outcome } from '../../src/index.ts'
import { type ResourceKey, recordKey, versionOf } from '../../src/uploads/index.ts'
import { createBench, createdEvent, keyOf, RESOURCE, recordOf, urlOf } from '../support/fixtures.ts'
import { createImageBench, imageKeyOf, imageUrlOf } from '../support/image-bench.ts'
import { resourceOf } from '../support/table-catalog.ts'

const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ kind }) => kind)

/** A bench whose URL was used twice: with content `b`, which is linked, and with `a`, which is not linked yet. */
async function benchOfReused(key: ResourceKey) {
  const bench = createBench()
  const event = bench.upload(key, { content: { etag: 'b' } })
  expect(kinds(await link(bench, [event]))).toEqual(['linked'])
  const { url } = bench.catalog.resource(RESOURCE)
  const [a, b] = await Promise.all([versionOf('a'), versionOf('b')])
  bench.store.place(event.key, { etag: 'a' })
  /** The URL is used a third time, and another linker handles that notification. */
  const putAgain = async (outcome: Outcome['kind']): Promise<undefined> => {
    bench.catalog.override.revise = () => undefined
    bench.catalog.override.afterRevise = () => undefined
    bench.store.place(event.key, { etag: 'b' })
    expect(kinds(await link(bench, [event]))).toEqual([outcome])
  }
  return { bench, event, a, b, putAgain, urls: { a: url.replace(b, a), b: url } }
}

describe.each([
  ['a URL that is used a third time with the first content', keyOf(1)],
  ['a plain key that is put a third time with the first content', keyOf(0)],
])('%s', (_, key) => {
  it('is linked again over the second content, which a slow linker wrote', async () => {
    const { bench, event, urls } = await benchOfReused(key)
    bench.store.place(event.key, { etag: 'b' })
    bench.catalog.set(RESOURCE, { url: urls.a, lastModified: '2026-03-04T05:06:08' })
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.catalog.resource(RESOURCE).url).toBe(urls.b)
  })

  it('is linked although another linker found it linked right before the second content was written', async () => {
    const { bench, event, urls, b, putAgain } = await benchOfReused(key)
    bench.catalog.override.revise = () => putAgain('unchanged')
    expect(kinds(await link(bench, [event]))).toEqual(['retry'])
    expect(bench.catalog.resource(RESOURCE).url).toBe(urls.a)
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.catalog.resource(RESOURCE).url).toBe(urls.b)
    expect(bench.record(key)).toMatchObject({ state: 'linked', linked: { version: b } })
  })

  it('is in the record, although the second content was written there after the third', async () => {
    const { bench, event, urls, b, putAgain } = await benchOfReused(key)
    bench.catalog.override.afterRevise = () => putAgain('linked')
    expect(kinds(await link(bench, [event]))).toEqual(['retry'])
    expect(kinds(await link(bench, [event]))).toEqual(['unchanged'])
    expect(bench.catalog.resource(RESOURCE).url).toBe(urls.b)
    expect(bench.record(key)).toMatchObject({ state: 'linked', linked: { version: b } })
  })

  it('is not confused with the second content by an older listing', async () => {
    const { bench, event, urls } = await benchOfReused(key)
    bench.catalog.set(RESOURCE, { url: urls.a, lastModified: '2026-03-04T05:06:08' })
    expect(kinds(await link(bench, [{ ...event, kind: 'listed', etag: 'b' }]))).toEqual(['unchanged'])
    expect(bench.catalog.resource(RESOURCE).url).toBe(urls.a)
  })
})

describe('a plain key that was claimed for content that is gone', () => {
  it('gets a record of the version that CKAN shows', async () => {
    const { bench, event, a, b } = await benchOfReused(keyOf(0))
    bench.catalog.override.revise = () => ({ kind: 'refused', resourceIds: [RESOURCE], message: 'Not now.' })
    await link(bench, [event])
    expect(bench.record(keyOf(0))).toMatchObject({ claimed: a })
    bench.store.place(event.key, { etag: 'b' })
    expect(kinds(await link(bench, [event]))).toEqual(['unchanged'])
    expect(bench.record(keyOf(0))).toMatchObject({ state: 'linked', claimed: b, linked: { version: b } })
  })
})

describe('a plain key that is put again with content that was refused before', () => {
  it('is linked over content that a slow linker wrote after another one had refused it again', async () => {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url: 'https://example.org/by-hand.csv' })] })
    const event = createdEvent(keyOf(0))
    const refused = {
      claimed: await versionOf('a'),
      state: 'failed',
      code: 'changed_in_ckan',
      previous_url: '',
    } as const
    bench.store.place(recordKey(`plain-${RESOURCE}`), { bytes: JSON.stringify(recordOf(keyOf(0), refused)) })
    bench.store.place(event.key, { etag: 'a' })
    expect(kinds(await link(bench, [event]))).toEqual(['ignored'])
    bench.store.place(event.key, { etag: 'b' })
    bench.catalog.override.revise = () => {
      delete bench.catalog.override.revise
      bench.store.place(event.key, { etag: 'a' })
    }
    expect(kinds(await link(bench, [event]))).toEqual(['retry'])
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.catalog.resource(RESOURCE).url).toContain(refused.claimed)
  })
})

describe('a plain key that is put again while the linker claims it', () => {
  it('is linked with its present content alone', async () => {
    const bench = createBench()
    const event = createdEvent(keyOf(0))
    bench.store.place(event.key, { etag: 'a' })
    const put: typeof bench.store.put = async (key, ...rest) => {
      if (bench.store.count('put') === 0) bench.store.place(event.key, { etag: 'b' })
      return bench.store.put(key, ...rest)
    }
    expect(kinds(await link({ ...bench, store: { ...bench.store, put } }, [event]))).toEqual(['linked'])
    expect(bench.catalog.revisions).toHaveLength(1)
    expect(bench.record(keyOf(0))).toMatchObject({ state: 'linked', linked: { version: await versionOf('b') } })
  })
})

describe('a plain key whose linker ended before it wrote the record', () => {
  it('is not linked again with the same content after a person has removed it', async () => {
    const bench = createBench()
    const event = createdEvent(keyOf(0))
    const claimed = { claimed: await versionOf('a'), previous_url: '', previous_last_modified: null }
    bench.store.place(recordKey(`plain-${RESOURCE}`), { bytes: JSON.stringify(recordOf(keyOf(0), claimed)) })
    bench.catalog.set(RESOURCE, { url: await urlOf(keyOf(0), 'a') })
    bench.store.place(event.key, { etag: 'b' })
    bench.catalog.override.revise = () => {
      delete bench.catalog.override.revise
      bench.catalog.set(RESOURCE, { url: '', lastModified: '2026-03-04T05:06:08' })
      return { kind: 'conflict' }
    }
    expect(kinds(await link(bench, [event]))).toEqual(['ignored'])
    bench.store.place(event.key, { etag: 'a' })
    expect(kinds(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.catalog.resource(RESOURCE).url).toBe('')
  })
})

describe('a version that was linked once', () => {
  it('needs no further look at the object', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    await link(bench, [event])
    await link(bench, [event])
    expect(bench.store.count('head')).toBe(0)
  })
})

describe('an image whose URL is used a third time with the first content', () => {
  it('is shown again over the second content, which a slow linker wrote and noted', async () => {
    const bench = createImageBench()
    const key = imageKeyOf(1)
    const event = bench.uploadImage(key, { content: { etag: 'b' } })
    await link(bench, [event])
    bench.show(await imageUrlOf(key, 'a'))
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.image()).toBe(await imageUrlOf(key, 'b'))
  })
})

describe('two images with the same content', () => {
  it('show the later one after a slow linker has overwritten it with the earlier one', async () => {
    const bench = createImageBench()
    const [first, second] = [imageKeyOf(1), imageKeyOf(2)]
    bench.uploadImage(first, { content: { etag: 'same' } })
    const event = bench.uploadImage(second, { content: { etag: 'same' } })
    await link(bench, [event])
    bench.show(await imageUrlOf(first, 'same'))
    expect(kinds(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.image()).toBe(await imageUrlOf(second, 'same'))
  })
})

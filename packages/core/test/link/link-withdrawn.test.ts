import { describe, expect, it } from 'vitest'
import { link, UnavailableError } from '../../src/index.ts'
import { recordIdOf, recordKey } from '../../src/uploads/index.ts'
import type { Withdrawal } from '../../src/uploads/upload-record.ts'
import { createBench, createdEvent, keyOf, NOW, RESOURCE, urlOf } from '../support/fixtures.ts'
import { createImageBench, etagOf, imageKeyOf, imageUrlOf, kindsOf, OLD } from '../support/image-bench.ts'
import { resourceOf } from '../support/table-catalog.ts'

const AT = new Date(NOW.getTime() - 600_000)
const withdrawn: Withdrawal = { at: AT.toISOString(), by: 'emma', reason: 'It holds names of persons.' }
const record = { state: 'withdrawn', withdrawn } as const
const justNow = { state: 'withdrawn', withdrawn: { ...withdrawn, at: NOW.toISOString() } } as const
const BEFORE = new Date(AT.getTime() - 60_000)
const LATER = new Date(AT.getTime() + 60_000)

describe('an upload that was withdrawn', () => {
  it.each([
    ['before the withdrawal: the reconciliation removes it', BEFORE, true],
    ['after it, by a URL that was still valid: it is removed at once', LATER, false],
  ])('is not linked when its object was put %s', async (_, modifiedAt, isKept) => {
    const bench = createBench()
    const event = bench.upload(keyOf(1), { record, content: { modifiedAt } })
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.store.keys(event.key)).toHaveLength(isKept ? 1 : 0)
    expect(bench.catalog.count('revise')).toBe(0)
    expect(bench.record(keyOf(1))).toMatchObject(record)
  })

  it('lets another upload of the same batch be linked', async () => {
    const bench = createBench()
    const events = [
      bench.upload(keyOf(2), { record, content: { modifiedAt: LATER } }),
      bench.upload(keyOf(1), { content: { etag: 'one' } }),
    ]
    expect(kindsOf(await link(bench, events))).toEqual(['ignored', 'linked'])
    expect(bench.catalog.resource(RESOURCE)?.url).toBe(await urlOf(keyOf(1), 'one'))
  })

  it('is parked, and its object kept, while CKAN points to it', async () => {
    const url = await urlOf(keyOf(1), 'one')
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url })] })
    const event = bench.upload(keyOf(1), { record, content: { etag: 'one', modifiedAt: LATER } })
    const [outcome] = await link(bench, [event])
    expect(outcome).toMatchObject({ kind: 'parked', reason: expect.stringContaining('withdrawn by emma') })
    expect(bench.store.keys(event.key)).toHaveLength(1)
    expect(kindsOf(await link(bench, [{ ...event, kind: 'listed' }]))).toEqual(['ignored'])
  })

  it.each(['created', 'listed'] as const)(
    'waits for two minutes, in which the gateway may restore its record: %s',
    async (kind) => {
      const bench = createBench()
      const event = bench.upload(keyOf(1), { record: justNow, content: { modifiedAt: LATER } })
      expect(await link(bench, [{ ...event, kind }])).toMatchObject([{ kind: 'retry', afterSeconds: 120 }])
      expect(bench.store.keys(event.key)).toHaveLength(1)
      const clock = { ...bench.clock, now: () => new Date(NOW.getTime() + 120_000) }
      expect(kindsOf(await link({ ...bench, clock }, [{ ...event, kind }]))).toEqual(['ignored'])
    },
  )

  it.each([119_000, -119_000])("also waits when the gateway's clock is %i ms ahead", async (ahead) => {
    const bench = createBench()
    const at = new Date(NOW.getTime() + ahead)
    const event = bench.upload(keyOf(1), {
      record: { state: 'withdrawn', withdrawn: { ...withdrawn, at: at.toISOString() } },
      content: { modifiedAt: new Date(at.getTime() + 1) },
    })
    const afterSeconds = 120 + ahead / 1000
    expect(await link(bench, [event])).toMatchObject([{ kind: 'retry', afterSeconds }])
    expect(bench.store.keys(event.key)).toHaveLength(1)
  })

  it('keeps its object when its record was restored while the linker read CKAN', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1), { record, content: { modifiedAt: LATER } })
    const { withdrawn: _, ...before } = bench.record(keyOf(1)) ?? {}
    const catalog = {
      ...bench.catalog,
      readDataset: async (id: string) => {
        bench.store.place(recordKey(recordIdOf(keyOf(1))), { bytes: JSON.stringify({ ...before, state: 'issued' }) })
        return await bench.catalog.readDataset(id)
      },
    }
    expect(kindsOf(await link({ ...bench, catalog }, [event]))).toEqual(['retry'])
    expect(bench.store.keys(event.key)).toHaveLength(1)
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
  })

  it('while the linker wrote CKAN also waits, and is linked when its record is restored', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    const before = bench.record(keyOf(1))
    const place = (changes: object) =>
      bench.store.place(recordKey(recordIdOf(keyOf(1))), { bytes: JSON.stringify({ ...before, ...changes }) })
    bench.catalog.override.afterRevise = () => place(justNow)
    expect(kindsOf(await link(bench, [event]))).toEqual(['retry'])
    delete bench.catalog.override.afterRevise
    place({})
    expect(kindsOf(await link(bench, [event]))).toEqual(['unchanged'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.parked()).toEqual([])
  })

  it('while the linker refused it also waits, and is refused when its record is restored', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    const before = bench.record(keyOf(1))
    const place = (changes: object) =>
      bench.store.place(recordKey(recordIdOf(keyOf(1))), { bytes: JSON.stringify({ ...before, ...changes }) })
    bench.catalog.set(RESOURCE, { url: 'https://example.org/by-hand.csv' })
    bench.catalog.override.readDataset = () => place(justNow)
    expect(kindsOf(await link(bench, [event]))).toEqual(['retry'])
    delete bench.catalog.override.readDataset
    place({})
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'changed_in_ckan' })
  })

  it('while the linker wrote CKAN is parked, so that an operator gives the resource another file', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    bench.catalog.override.afterRevise = () => {
      bench.store.place(recordKey(recordIdOf(keyOf(1))), {
        bytes: JSON.stringify({ ...bench.record(keyOf(1)), ...record }),
      })
    }
    const [outcome] = await link(bench, [event])
    expect(outcome).toMatchObject({ kind: 'parked', reason: expect.stringContaining('points to it') })
    expect(bench.record(keyOf(1))).toMatchObject(record)
    expect(bench.parked()).toHaveLength(1)
  })

  it('waits when the object cannot be removed, and does not delay others', async () => {
    const bench = createBench()
    const events = [
      bench.upload(keyOf(1), { record, content: { modifiedAt: LATER } }),
      bench.upload(keyOf(2), { content: { etag: 'two' } }),
    ]
    bench.store.broken.add(createdEvent(keyOf(1)).key)
    expect(kindsOf(await link(bench, events))).toEqual(['retry', 'linked'])
  })

  it('is not linked as an image, nor found as a later image', async () => {
    const bench = createImageBench()
    const later = bench.uploadImage(imageKeyOf(2), { record, content: { modifiedAt: LATER } })
    const event = bench.uploadImage(imageKeyOf(1))
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.image()).toBe(await imageUrlOf(imageKeyOf(1), etagOf(imageKeyOf(1))))
    expect(kindsOf(await link(bench, [later]))).toEqual(['ignored'])
    expect(bench.store.keys(later.key)).toEqual([])
  })
})

describe('the object of a refused image', () => {
  const content = { bytes: 'no image', etag: 'refused' }

  it('is removed at once, and its record names the reason', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1), { content })
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.store.keys(event.key)).toEqual([])
    expect(bench.imageRecord(imageKeyOf(1))).toMatchObject({ state: 'failed', code: 'type_not_allowed' })
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.image()).toBe(OLD)
  })

  it('stays while CKAN points to it, also by a URL that a person wrote', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1), { content })
    bench.show(`https://up.example.org/${event.key}`)
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.store.keys(event.key)).toHaveLength(1)
  })

  it('stays while CKAN is unreachable, and so does its record', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1), { content })
    const { readImageOwner } = bench.catalog
    bench.catalog.readImageOwner = () => Promise.reject(new UnavailableError('CKAN is down.'))
    expect(kindsOf(await link(bench, [event]))).toEqual(['retry'])
    expect(bench.store.keys(event.key)).toHaveLength(1)
    expect(bench.imageRecord(imageKeyOf(1))).toMatchObject({ state: 'issued' })
    bench.catalog.readImageOwner = readImageOwner
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.store.keys(event.key)).toEqual([])
  })

  it('stays when a linker with other settings has linked it meanwhile', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1))
    const strict = { ...bench, settings: { ...bench.settings, maxImageBytes: 10 }, store: { ...bench.store } }
    strict.store.put = async (...put) => {
      await link(bench, [event])
      return bench.store.put(...put)
    }
    await link(strict, [event])
    expect(bench.image()).toBe(await imageUrlOf(imageKeyOf(1), etagOf(imageKeyOf(1))))
    expect(bench.store.keys(event.key)).toHaveLength(1)
  })

  it('stays when another object has replaced it meanwhile', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1), { content })
    const { put } = bench.store
    bench.store.put = async (key, ...more) => {
      bench.store.place(event.key, { bytes: 'another', etag: 'another' })
      return put(key, ...more)
    }
    await link(bench, [event])
    expect((await bench.store.head(event.key))?.etag).toBe('another')
  })

  it('stays when it has no record', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1), { content })
    await bench.store.remove(recordKey(recordIdOf(imageKeyOf(1))))
    await link(bench, [event])
    expect(bench.store.keys(event.key)).toHaveLength(1)
  })
})

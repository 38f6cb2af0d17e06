import { describe, expect, it } from 'vitest'
import { pngOf } from '../../../testing/src/sample-images.ts'
import { link } from '../../src/index.ts'
import { createdEvent, keyOf, RESOURCE } from '../support/fixtures.ts'
import { createImageBench, etagOf, imageKeyOf, imageUrlOf, kindsOf, OLD, OWNER_ID } from '../support/image-bench.ts'

const THEIRS = 'https://example.org/theirs.png'
const SVG = { bytes: '<svg xmlns="http://www.w3.org/2000/svg"/>' }
const urlOfOrder = (order: number) => imageUrlOf(imageKeyOf(order), etagOf(imageKeyOf(order)))

describe('an image that was uploaded', () => {
  it.each(['organization', 'group', 'user'] as const)('is shown by its %s, and its record is linked', async (type) => {
    const bench = createImageBench()
    const key = imageKeyOf(1, type)
    const [outcome] = await link(bench, [bench.uploadImage(key)])
    const url = await imageUrlOf(key, etagOf(key))
    expect(outcome).toEqual({ kind: 'linked', url })
    expect(bench.image(type)).toBe(url)
    expect(bench.imageRecord(key)).toMatchObject({
      id: `image-${key.uploadId}`,
      state: 'linked',
      entity: { type, id: OWNER_ID },
      linked: { size: 138 },
    })
  })

  it('costs one read and one write of CKAN, and one read of its content', async () => {
    const bench = createImageBench()
    await link(bench, [bench.uploadImage(imageKeyOf(1))])
    expect(bench.catalog.calls).toEqual([
      `readImageOwner organization ${OWNER_ID}`,
      `setImage organization ${OWNER_ID}`,
    ])
    expect(bench.store.calls.map((call) => call.replace(/ .*/u, ''))).toEqual(['get', 'get', 'list', 'put'])
  })

  it('is not written again when its notification is repeated', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1))
    await link(bench, [event])
    expect(kindsOf(await link(bench, [event, event]))).toEqual(['unchanged', 'unchanged'])
    expect(bench.catalog.count('setImage')).toBe(1)
    expect(bench.store.count('put')).toBe(1)
    expect(bench.store.count('get images/')).toBe(1)
    expect(bench.store.count('get uplink/')).toBe(2)
  })

  it('is linked once when a notification and a listing report it at the same time', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1))
    expect(kindsOf(await link(bench, [event, { ...event, kind: 'listed' }]))).toEqual(['linked', 'linked'])
    expect(bench.catalog.count('setImage')).toBe(1)
  })

  it('is linked in one batch with files of resources', async () => {
    const bench = createImageBench()
    const events = [bench.uploadImage(imageKeyOf(1)), bench.upload(keyOf(2)), bench.uploadImage(imageKeyOf(3, 'user'))]
    expect(kindsOf(await link(bench, events))).toEqual(['linked', 'linked', 'linked'])
    expect(bench.catalog.resource(RESOURCE).url).toContain('/download/')
  })

  it('is linked with its new content when its URL is used again', async () => {
    const bench = createImageBench()
    const key = imageKeyOf(1)
    const event = bench.uploadImage(key)
    await link(bench, [event])
    bench.store.place(event.key, { bytes: pngOf(5, 5), etag: 'put-again' })
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.image()).toBe(await imageUrlOf(key, 'put-again'))
  })

  it('is linked when a listing finds it without a notification', async () => {
    const bench = createImageBench()
    const { key } = bench.uploadImage(imageKeyOf(1))
    expect(kindsOf(await link(bench, [createdEvent(key, { kind: 'listed' })]))).toEqual(['linked'])
  })

  it('is linked without a record only if its owner has no image', async () => {
    const bench = createImageBench()
    const [first, second] = [imageKeyOf(1), imageKeyOf(2, 'group')]
    const events = [first, second].map((key) => bench.uploadImage(key))
    for (const key of [first, second]) await bench.store.remove(`uplink/uploads/image-${key.uploadId}.json`)
    bench.show('', { type: 'group' })
    expect(kindsOf(await link(bench, events))).toEqual(['ignored', 'linked'])
    expect(bench.image()).toBe(OLD)
  })
})

describe('the old image stays', () => {
  it.each<[string, Parameters<ReturnType<typeof createImageBench>['uploadImage']>[1], string]>([
    ['is not an image', { content: { bytes: '<html></html>' } }, 'type_not_allowed'],
    ['is an SVG', { content: SVG }, 'type_not_allowed'],
    ['has too many pixels', { content: { bytes: pngOf(4097, 1) } }, 'too_large'],
    ['has no pixels', { content: { bytes: pngOf(0, 4) } }, 'too_large'],
    ['has too many bytes', { record: { limits: { max_bytes: 100 } } }, 'too_large'],
    ['does not have the declared size', { record: { declared: { size: 3 } } }, 'size_mismatch'],
  ])('when the new one %s', async (_, more, code) => {
    const bench = createImageBench()
    const key = imageKeyOf(1)
    expect(kindsOf(await link(bench, [bench.uploadImage(key, more)]))).toEqual(['ignored'])
    expect(bench.image()).toBe(OLD)
    expect(bench.imageRecord(key)).toMatchObject({ state: 'failed', code, reason: expect.any(String) })
    expect(bench.catalog.count('setImage')).toBe(0)
  })

  it('unless an SVG is allowed', async () => {
    const bench = createImageBench({ allowSvg: true })
    expect(kindsOf(await link(bench, [bench.uploadImage(imageKeyOf(1), { content: SVG })]))).toEqual(['linked'])
  })

  it('when the new one is gone', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1))
    await bench.store.remove(event.key)
    expect(kindsOf(await link(bench, [event]))).toEqual(['retry'])
    expect(kindsOf(await link(bench, [{ ...event, attempt: 3 }]))).toEqual(['parked'])
    expect(bench.image()).toBe(OLD)
  })

  it('when a person has chosen another image meanwhile, at every delivery', async () => {
    const bench = createImageBench()
    const [key, later] = [imageKeyOf(1), imageKeyOf(2)]
    const event = bench.uploadImage(key)
    bench.show(THEIRS)
    expect(kindsOf(await link(bench, [event]))).toEqual(['ignored'])
    expect(bench.imageRecord(key)).toMatchObject({
      state: 'failed',
      code: 'changed_in_ckan',
      reason: expect.stringContaining('The organization was changed'),
    })
    const another = bench.uploadImage(later, { record: { previous_url: THEIRS } })
    await link(bench, [another])
    bench.show(OLD)
    expect(kindsOf(await link(bench, [event, another]))).toEqual(['ignored', 'ignored'])
    expect(bench.image()).toBe(OLD)
  })

  it('when a person has put an earlier upload back', async () => {
    const bench = createImageBench()
    const events = []
    for (const order of [1, 2]) {
      events.push(bench.uploadImage(imageKeyOf(order)))
      await link(bench, events)
    }
    bench.show(await urlOfOrder(1))
    expect(kindsOf(await link(bench, events))).toEqual(['unchanged', 'ignored'])
    expect(bench.image()).toBe(await urlOfOrder(1))
  })
})

describe('the image that was requested last', () => {
  it('wins in a batch, in any order', async () => {
    for (const orders of [
      [1, 2, 3],
      [3, 1, 2],
    ]) {
      const bench = createImageBench()
      const outcomes = await link(
        bench,
        orders.map((order) => bench.uploadImage(imageKeyOf(order))),
      )
      expect(bench.image()).toBe(await urlOfOrder(3))
      expect(kindsOf(outcomes).toSorted()).toEqual(['linked', 'superseded', 'superseded'])
      expect(bench.imageRecord(imageKeyOf(1))).toMatchObject({
        state: 'superseded',
        reason: expect.stringContaining('image-019cb700'),
      })
      expect(bench.catalog.count('setImage')).toBe(1)
    }
  })

  it('is found in the bucket by the linker of an earlier image', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1))
    bench.uploadImage(imageKeyOf(2))
    expect(kindsOf(await link(bench, [event]))).toEqual(['superseded'])
    expect(bench.image()).toBe(await urlOfOrder(2))
  })

  it('is not a later upload that is not an image', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1))
    bench.uploadImage(imageKeyOf(2), { content: { bytes: 'x' } })
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.image()).toBe(await urlOfOrder(1))
  })

  it('is shown again after a slow linker has overwritten it', async () => {
    const bench = createImageBench()
    const events = [1, 2].map((order) => bench.uploadImage(imageKeyOf(order)))
    bench.catalog.override.setImage = async () => {
      delete bench.catalog.override.setImage
      expect(kindsOf(await link(bench, events.slice(1)))).toEqual(['linked'])
    }
    expect(kindsOf(await link(bench, events.slice(0, 1)))).toEqual(['superseded'])
    expect(bench.image()).toBe(await urlOfOrder(2))
  })

  it('is shown again after a linker that was slower than two others has overwritten it', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1))
    bench.catalog.override.setImage = async () => {
      delete bench.catalog.override.setImage
      expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
      expect(kindsOf(await link(bench, [bench.uploadImage(imageKeyOf(2))]))).toEqual(['linked'])
    }
    expect(kindsOf(await link(bench, [event]))).toEqual(['superseded'])
    expect(bench.image()).toBe(await urlOfOrder(2))
  })

  it('is shown again when the slow linker was interrupted and its message is delivered again', async () => {
    const bench = createImageBench()
    const events = [1, 2].map((order) => bench.uploadImage(imageKeyOf(order)))
    await link(bench, events.slice(1))
    bench.show(await urlOfOrder(1))
    expect(kindsOf(await link(bench, events.slice(0, 1)))).toEqual(['superseded'])
    expect(bench.image()).toBe(await urlOfOrder(2))
  })
})

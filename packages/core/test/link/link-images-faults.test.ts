import { describe, expect, it } from 'vitest'
import { consume, link, NotAllowedError, RefusedError, TokenInvalidError, UnavailableError } from '../../src/index.ts'
import { createdEvent } from '../support/fixtures.ts'
import { createImageBench, imageKeyOf, kindsOf, OLD, OWNER_ID } from '../support/image-bench.ts'

describe('an image that CKAN refuses', () => {
  it.each<[string, Error, string]>([
    ['is refused', new RefusedError('CKAN refused organization_patch: title: Missing value'), 'parked'],
    ['needs another role', new NotAllowedError('CKAN does not allow organization_patch'), 'parked'],
    ['needs a valid token', new TokenInvalidError('CKAN does not know the service token'), 'retry'],
    ['is written while CKAN is unreachable', new UnavailableError('CKAN is down'), 'retry'],
  ])('%s', async (_, error, expected) => {
    const bench = createImageBench()
    bench.catalog.override.setImage = () => {
      throw error
    }
    const key = imageKeyOf(1)
    expect(await link(bench, [bench.uploadImage(key)])).toEqual([expect.objectContaining({ kind: expected })])
    expect(bench.image()).toBe(OLD)
    expect(bench.imageRecord(key)?.['state']).toBe(expected === 'parked' ? 'failed' : 'issued')
    expect(bench.parked()).toHaveLength(expected === 'parked' ? 1 : 0)
  })

  it('is linked when CKAN has accepted it and then closed the connection', async () => {
    const bench = createImageBench()
    bench.catalog.override.afterSetImage = () => {
      throw new UnavailableError('CKAN broke off')
    }
    expect(kindsOf(await link(bench, [bench.uploadImage(imageKeyOf(1))]))).toEqual(['linked'])
    expect(bench.catalog.count('setImage')).toBe(1)
  })

  it.each(['deleted', 'gone'])('is parked when its owner is %s', async (state) => {
    const bench = createImageBench()
    if (state === 'gone') bench.catalog.owners.clear()
    else bench.show(OLD, { state })
    const [outcome] = await link(bench, [bench.uploadImage(imageKeyOf(1))])
    expect(outcome).toMatchObject({ kind: 'parked', reason: expect.stringContaining(`The organization ${OWNER_ID}`) })
  })

  it('waits when the bucket cannot be read or listed', async () => {
    for (const broken of ['images/', `images/organization/${OWNER_ID}/0`, 'uplink/uploads/']) {
      const bench = createImageBench()
      const event = bench.uploadImage(imageKeyOf(1))
      bench.store.broken.add(broken)
      expect(kindsOf(await link(bench, [event]))).toEqual(['retry'])
      bench.store.broken.clear()
      expect(['linked', 'unchanged']).toContain(kindsOf(await link(bench, [event]))[0])
      expect(bench.imageRecord(imageKeyOf(1))).toMatchObject({ state: 'linked' })
    }
  })

  it.each(['images/logo.png', `images/organization/${OWNER_ID}/logo.png`])(
    'is parked when its key is %s',
    async (key) => {
      const bench = createImageBench()
      expect(kindsOf(await link(bench, [createdEvent(key)]))).toEqual(['parked'])
    },
  )

  it('has its owner in the log', async () => {
    const bench = createImageBench()
    const event = bench.uploadImage(imageKeyOf(1, 'user'))
    await consume(bench, () => ({ events: [event] }), [{ id: '1', attempt: 1, lastAttempt: false, body: {} }])
    expect(bench.lines.at(-1)?.fields).toMatchObject({
      outcome: 'linked',
      user: OWNER_ID,
      upload: imageKeyOf(1).uploadId,
    })
  })
})

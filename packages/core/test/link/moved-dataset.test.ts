import { describe, expect, it } from 'vitest'
import { link } from '../../src/index.ts'
import type { UploadRecord } from '../../src/uploads/index.ts'
import { createBench, keyOf, RESOURCE, recordOf } from '../support/fixtures.ts'

const key = keyOf(1)
const { entity } = recordOf(key)
const owned: Partial<UploadRecord> = { entity: { ...entity, owner_org: 'transport' } }

describe('an upload whose dataset was moved to another organization', () => {
  it.each([
    ['another one', 'finance'],
    ['none', undefined],
  ])('is not linked when the dataset now belongs to %s', async (_, ownerOrg) => {
    const bench = createBench()
    bench.catalog.override.dataset = ownerOrg === undefined ? {} : { ownerOrg }
    expect(await link(bench, [bench.upload(key, { record: owned })])).toEqual([
      { kind: 'ignored', reason: expect.stringContaining('Request a new URL and upload again.') },
    ])
    expect(bench.record(key)).toMatchObject({ state: 'failed', code: 'moved', reason: expect.any(String) })
    expect(bench.catalog.resource(RESOURCE).url).toBe('')
  })

  it('stays refused, with the same words, when the dataset is moved back', async () => {
    const bench = createBench()
    const event = bench.upload(key, { record: owned })
    bench.catalog.override.dataset = { ownerOrg: 'finance' }
    await link(bench, [event])
    const told = bench.record(key)
    bench.catalog.override.dataset = { ownerOrg: 'transport' }
    expect(await link(bench, [event])).toMatchObject([{ kind: 'ignored' }])
    expect(bench.record(key)).toEqual(told)
    expect(bench.catalog.resource(RESOURCE).url).toBe('')
  })

  it('stays linked when it was linked before', async () => {
    const bench = createBench()
    const event = bench.upload(key, { record: owned })
    bench.catalog.override.dataset = { ownerOrg: 'transport' }
    expect(await link(bench, [event])).toMatchObject([{ kind: 'linked' }])
    bench.catalog.override.dataset = { ownerOrg: 'finance' }
    expect(await link(bench, [event])).toMatchObject([{ kind: 'unchanged' }])
    expect(bench.record(key)).toMatchObject({ state: 'linked' })
  })

  it('does not stop an upload that was requested after the move', async () => {
    const bench = createBench()
    bench.catalog.override.dataset = { ownerOrg: 'finance' }
    const later: Partial<UploadRecord> = { entity: { ...entity, owner_org: 'finance' } }
    const events = [bench.upload(keyOf(2), { record: owned }), bench.upload(key, { record: later })]
    expect(await link(bench, events)).toMatchObject([{ kind: 'ignored' }, { kind: 'linked' }])
  })
})

describe('an upload whose record has no owner of the dataset', () => {
  it('is linked with any owner now: older records have none', async () => {
    const bench = createBench()
    bench.catalog.override.dataset = { ownerOrg: 'finance' }
    expect(await link(bench, [bench.upload(key)])).toMatchObject([{ kind: 'linked' }])
  })
})

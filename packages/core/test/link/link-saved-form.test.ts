import { describe, expect, it } from 'vitest'
import { link } from '../../src/index.ts'
import { createBench, keyOf, RESOURCE, urlOf } from '../support/fixtures.ts'

describe('a file whose form was saved after a later upload was linked', () => {
  it('replaces it, also when both messages arrive again', async () => {
    const bench = createBench()
    const later = bench.upload(keyOf(2), { content: { etag: 'two' } })
    await link(bench, [later])
    const { url: previous_url, lastModified: previous_last_modified } = bench.catalog.resource(RESOURCE)
    const saved = { previous_url, previous_last_modified }
    const ofForm = bench.upload(keyOf(1), { content: { etag: 'one' }, record: saved })
    expect(await link(bench, [ofForm])).toMatchObject([{ kind: 'linked' }])
    await link(bench, [later, ofForm])
    expect(bench.catalog.resource(RESOURCE).url).toBe(await urlOf(keyOf(1), 'one'))
    expect([bench.record(keyOf(1)), bench.record(keyOf(2))]).toMatchObject([{ state: 'linked' }, { state: 'linked' }])
  })

  it('replaces it also when the linker stopped before it noted the later upload', async () => {
    const bench = createBench()
    const later = bench.upload(keyOf(2), { content: { etag: 'two' } })
    const { put } = bench.store
    bench.store.put = () => Promise.reject(new Error('The store failed.'))
    expect(await link(bench, [later])).toMatchObject([{ kind: 'retry' }])
    bench.store.put = put
    const { url: previous_url, lastModified: previous_last_modified } = bench.catalog.resource(RESOURCE)
    expect(previous_url).toBe(await urlOf(keyOf(2), 'two'))
    const ofForm = bench.upload(keyOf(1), {
      content: { etag: 'one' },
      record: { previous_url, previous_last_modified },
    })
    await link(bench, [ofForm])
    expect(await link(bench, [later])).toMatchObject([{ kind: 'ignored' }])
    expect(bench.catalog.resource(RESOURCE).url).toBe(await urlOf(keyOf(1), 'one'))
    expect(bench.record(keyOf(2))).toMatchObject({ state: 'superseded' })
  })
})

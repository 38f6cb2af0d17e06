import { describe, expect, it } from 'vitest'
import { link, UnavailableError } from '../../src/index.ts'
import { registerFiles, scanFiles } from '../../src/operations/index.ts'
import { type Bench, createBench, keyOf, RESOURCE, uploadId } from '../support/fixtures.ts'

async function listed<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** A bucket whose files were linked before the setting. */
async function linkedBefore(uploads: readonly number[]): Promise<Bench> {
  const bench = createBench({ settings: { filesStorage: 'uplink' } })
  const before = { ...bench, settings: { ...bench.settings } }
  Reflect.deleteProperty(before.settings, 'filesStorage')
  for (const upload of uploads) await link(before, [bench.upload(keyOf(upload))])
  bench.catalog.calls.length = 0
  return bench
}

const statesOf = async (bench: Bench) => (await listed(scanFiles(bench))).map(({ state, file }) => [state, file])

describe('a scan', () => {
  it('tells tracked objects from others, to the end of the bucket, without a call of CKAN', async () => {
    const bench = await linkedBefore([1])
    bench.upload(keyOf(2))
    await bench.store.put(`resources/api_uploads/${RESOURCE}`, new Uint8Array([1]))
    for (let extra = 0; extra < 2500; extra += 1)
      await bench.store.put(`resources/api_uploads/zzz-foreign/${extra}`, new Uint8Array([1]))
    const states = (await listed(scanFiles(bench))).map(({ state }) => state)
    expect([states.length, states.filter((state) => state === 'untracked').length]).toEqual([2503, 1])
    expect(bench.catalog.calls).toEqual([])
  })

  it('shows the id of a tracked file, and files of other owners', async () => {
    const bench = createBench({ settings: { filesStorage: 'uplink' } })
    await link(bench, [bench.upload(keyOf(1))])
    expect(await statesOf(bench)).toEqual([['tracked', 'file-0']])
  })
})

describe('a registration in bulk', () => {
  it('registers what CKAN shows, and once', async () => {
    const bench = await linkedBefore([1, 2])
    expect(await statesOf(bench)).toEqual([
      ['untracked', undefined],
      ['untracked', undefined],
    ])
    expect(await listed(registerFiles(bench))).toMatchObject([
      { outcome: { kind: 'superseded', by: uploadId(2) } },
      { file: 'file-0', outcome: { kind: 'unchanged' } },
    ])
    expect([...bench.catalog.files.values()]).toMatchObject([{ owner: RESOURCE, pinned: true }])
    expect(await statesOf(bench)).toEqual([
      ['untracked', undefined],
      ['tracked', 'file-0'],
    ])
    bench.catalog.calls.length = 0
    await listed(registerFiles(bench))
    expect(bench.catalog.calls.filter((call) => call.includes('File'))).toEqual([])
  })

  it('continues a registration that was cut short', async () => {
    const bench = await linkedBefore([1])
    bench.catalog.override.file = (step) => {
      if (step === 'give') throw new UnavailableError('CKAN is away.')
    }
    expect(await listed(registerFiles(bench))).toMatchObject([{ outcome: { kind: 'retry' } }])
    expect(await statesOf(bench)).toEqual([['untracked', undefined]])
    bench.catalog.override.file = () => {}
    expect(await listed(registerFiles(bench))).toMatchObject([{ file: 'file-0' }])
  })
})

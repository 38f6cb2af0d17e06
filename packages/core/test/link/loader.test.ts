import { describe, expect, it } from 'vitest'
import { link, RefusedError, UnavailableError } from '../../src/index.ts'
import { type Bench, createBench, keyOf, OTHER, RESOURCE, urlOf } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'

function createBenchWithLoader(): Bench {
  return createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)], settings: { loader: 'xloader' } })
}

/** Content with which a file of this name begins. */
function beginningOf(fileName: string): string | Uint8Array {
  if (/\.(?:xlsx|xlsm|ods|zip)$/u.test(fileName)) return 'PK\u0003\u0004'
  return fileName.endsWith('.gz') ? Uint8Array.of(0x1f, 0x8b) : fileName.endsWith('.pdf') ? '%PDF-1.7' : 'a,b\n1,2\n'
}

const submissions = (bench: Bench): number => bench.catalog.count('submit')

describe('a loader', () => {
  it('gets one call per version, after CKAN shows it', async () => {
    const bench = createBenchWithLoader()
    const event = bench.upload(keyOf(1))
    await link(bench, [event, event])
    await link(bench, [event])
    expect(submissions(bench)).toBe(1)
    expect(bench.catalog.calls.slice(0, 3).map((call) => call.split(' ')[0])).toEqual([
      'readDataset',
      'revise',
      'submit',
    ])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked', submitted_at: '2026-03-04T05:00:00.000Z' })
    expect(bench.store.count('put uplink/uploads/')).toBe(1)
  })

  it('gets another call for a new version', async () => {
    const bench = createBenchWithLoader()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await link(bench, [event])
    bench.store.place(event.key, { bytes: 'new', etag: 'two' })
    expect(await link(bench, [event])).toMatchObject([{ kind: 'linked' }])
    expect(submissions(bench)).toBe(2)
  })

  it('that is busy gets another call after 30 seconds, and CKAN is not written twice', async () => {
    const bench = createBenchWithLoader()
    const event = bench.upload(keyOf(1))
    bench.catalog.override.submit = () => false
    const busy = { kind: 'retry', afterSeconds: 30, cause: expect.stringContaining(RESOURCE) }
    expect(await link(bench, [event])).toEqual([busy])
    expect(await link(bench, [event])).toEqual([busy])
    bench.catalog.override.submit = () => true
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    expect([submissions(bench), bench.catalog.count('revise')]).toEqual([3, 1])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked', submitted_at: expect.any(String) })
  })

  it.each<[string, () => boolean]>([
    ['is busy', () => false],
    [
      'is away',
      () => {
        throw new UnavailableError('The loader is away.')
      },
    ],
  ])('that %s does not undo the change of a person who restores the previous upload', async (_, submit) => {
    const bench = createBenchWithLoader()
    const first = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await link(bench, [first])
    const second = bench.upload(keyOf(2), { record: { previous_url: bench.catalog.resource(RESOURCE).url } })
    bench.catalog.override.submit = submit
    expect(await link(bench, [second])).toMatchObject([{ kind: 'retry' }])
    const byHand = await urlOf(keyOf(1), 'one')
    bench.catalog.set(RESOURCE, { url: byHand })
    await link(bench, [second])
    expect(bench.catalog.resource(RESOURCE).url).toBe(byHand)
  })

  it('that CKAN does not know leads to a parked message, and the record is linked', async () => {
    const bench = createBenchWithLoader()
    bench.catalog.override.submit = () => {
      throw new RefusedError('CKAN refused xloader_submit: Action name not known.')
    }
    expect(await link(bench, [bench.upload(keyOf(1))])).toEqual([
      { kind: 'parked', reason: 'CKAN refused xloader_submit: Action name not known.' },
    ])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })

  it('that is busy with one resource does not delay others', async () => {
    const bench = createBenchWithLoader()
    bench.catalog.override.submit = (id) => id !== RESOURCE
    expect(await link(bench, [bench.upload(keyOf(1)), bench.upload(keyOf(2, OTHER))])).toMatchObject([
      { kind: 'retry' },
      { kind: 'linked' },
    ])
  })

  it.each(['a.csv', 'a.CSV', 'a.tsv', 'a.xls', 'a.xlsx', 'a.xlsm', 'a.ods'])('gets a call for %s', async (fileName) => {
    const bench = createBenchWithLoader()
    await link(bench, [bench.upload(keyOf(1, RESOURCE, fileName), { content: { bytes: beginningOf(fileName) } })])
    expect(submissions(bench)).toBe(1)
  })

  it.each([
    ['gets no call for a file of a private dataset, which it cannot read', {}, 0],
    [
      'gets a call for a file of a private dataset in a public bucket',
      { publicBucketUrl: 'https://files.example.org' },
      1,
    ],
    ["gets a call for a file of a private dataset if CKAN's plugin lets it read the file", { loadPrivate: true }, 1],
  ])('%s', async (_, settings, asked) => {
    const bench = createBench({ settings: { loader: 'xloader', ...settings } })
    bench.catalog.override.dataset = { private: true }
    expect(await link(bench, [bench.upload(keyOf(1))])).toMatchObject([{ kind: 'linked' }])
    expect(submissions(bench)).toBe(asked)
  })

  it.each(['a.pdf', 'a.csv.gz', 'a.geojson', 'a.zip', 'data'])(
    'gets no call for %s, which it cannot load',
    async (fileName) => {
      const bench = createBenchWithLoader()
      const content = { bytes: beginningOf(fileName) }
      expect(await link(bench, [bench.upload(keyOf(1, RESOURCE, fileName), { content })])).toMatchObject([
        { kind: 'linked' },
      ])
      expect(submissions(bench)).toBe(0)
    },
  )

  it('gets no call for failed and superseded uploads', async () => {
    const bench = createBenchWithLoader()
    await link(bench, [
      bench.upload(keyOf(1)),
      bench.upload(keyOf(2)),
      bench.upload(keyOf(3), { record: { declared: { size: 1 } } }),
    ])
    expect(submissions(bench)).toBe(1)
  })

  it('that is not configured gets no call', async () => {
    const bench = createBench()
    await link(bench, [bench.upload(keyOf(1))])
    expect(submissions(bench)).toBe(0)
    expect(bench.record(keyOf(1))).not.toHaveProperty('submitted_at')
  })

  it('that is switched off later does not change records', async () => {
    const bench = createBenchWithLoader()
    const event = bench.upload(keyOf(1))
    await link(bench, [event])
    const { loader: _, ...settings } = bench.settings
    expect(await link({ ...bench, settings }, [event])).toEqual([{ kind: 'unchanged' }])
    expect(bench.record(keyOf(1))).toMatchObject({ submitted_at: expect.any(String) })
  })
})

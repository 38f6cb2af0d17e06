import { describe, expect, it } from 'vitest'
import { link, NotFoundError, RefusedError, UnavailableError } from '../../src/index.ts'
import { reconcile, scanFiles } from '../../src/operations/index.ts'
import { type Bench, createBench, keyOf, NOW, RESOURCE, uploadId } from '../support/fixtures.ts'

const FIRST = keyOf(1)
const LOCATION = `${RESOURCE}/${uploadId(1)}/data.csv`
const GIVEN = { id: 'file-0', name: 'data.csv', owner: RESOURCE, pinned: true }

function createBenchWithFiles(): Bench {
  return createBench({ settings: { filesStorage: 'uplink' } })
}

const stepsOf = (bench: Bench): readonly string[] =>
  bench.catalog.calls.filter((call) => call.includes('File')).map((call) => call.split(' ')[0] ?? '')

async function reconcileAll(bench: Bench): Promise<void> {
  for await (const _ of reconcile(bench));
}

describe('a linked file', () => {
  it('is registered once, after CKAN shows it, under the name of the upload, and given to the resource', async () => {
    const bench = createBenchWithFiles()
    const event = bench.upload(FIRST)
    expect(await link(bench, [event, event])).toMatchObject([{ kind: 'linked' }, { kind: 'linked' }])
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    expect(
      bench.catalog.calls.filter((call) => !call.startsWith('readDataset')).map((call) => call.split(' ')[0]),
    ).toEqual(['revise', 'registerFile', 'renameFile', 'giveFile'])
    expect(bench.catalog.calls).toContain(`registerFile uplink ${LOCATION}`)
    expect([...bench.catalog.files]).toEqual([[LOCATION, GIVEN]])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked', file: { id: 'file-0', step: 'given' } })
    expect(bench.store.count('put uplink/uploads/')).toBe(1)
  })

  it('gets the name that its sender declared', async () => {
    const bench = createBenchWithFiles()
    await link(bench, [bench.upload(FIRST, { record: { declared: { name: 'Budget 2026.csv' } } })])
    expect(bench.catalog.files.get(LOCATION)).toMatchObject({ name: 'Budget 2026.csv' })
  })

  it('is not registered without the setting', async () => {
    const bench = createBench()
    await link(bench, [bench.upload(FIRST)])
    expect(stepsOf(bench)).toEqual([])
  })

  it('is not registered at a plain key, where the next file would have the same place', async () => {
    const bench = createBenchWithFiles()
    expect(await link(bench, [bench.upload(keyOf(0))])).toMatchObject([{ kind: 'linked' }])
    expect(stepsOf(bench)).toEqual([])
  })

  it('that CKAN never showed is not registered', async () => {
    const bench = createBenchWithFiles()
    const events = [bench.upload(FIRST), bench.upload(keyOf(2))]
    expect(await link(bench, events)).toMatchObject([{ kind: 'superseded' }, { kind: 'linked' }])
    expect([...bench.catalog.files.keys()]).toEqual([`${RESOURCE}/${uploadId(2)}/data.csv`])
    bench.catalog.set(RESOURCE, { url: 'https://example.org/by-a-person.csv' })
    expect(await link(bench, [bench.upload(keyOf(3))])).toMatchObject([{ kind: 'ignored' }])
    expect(bench.catalog.files.size).toBe(1)
  })
})

describe('a linked file that CKAN cannot register', () => {
  const reason = 'It has no MD5.'

  it('stays linked, with the reason in its record, and CKAN is never asked', async () => {
    const bench = createBenchWithFiles()
    const event = bench.upload(FIRST)
    bench.store.place(event.key, { unregistrable: reason })
    expect(await link(bench, [event])).toMatchObject([{ kind: 'linked' }])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked', file: { step: 'given', reason } })
    expect(bench.record(FIRST)?.file).not.toHaveProperty('id')
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    await reconcileAll(bench)
    expect(stepsOf(bench)).toEqual([])
    expect(bench.parked()).toEqual([])
    expect(bench.lines.filter(({ fields }) => fields['reason'] === reason)).toHaveLength(1)
  })

  it('is found by a reconciliation, although a listing does not say it', async () => {
    const bench = createBenchWithFiles()
    const before = { ...bench, settings: { ...bench.settings } }
    Reflect.deleteProperty(before.settings, 'filesStorage')
    const event = bench.upload(FIRST)
    bench.store.place(event.key, { unregistrable: reason })
    await link(before, [event])
    await reconcileAll(bench)
    expect(bench.record(FIRST)).toMatchObject({ file: { step: 'given', reason } })
    expect(stepsOf(bench)).toEqual([])
    for await (const scanned of scanFiles(bench)) expect(scanned).toMatchObject({ state: 'unregistrable', reason })
  })
})

describe.each(['register', 'rename', 'give'] as const)('a registration that is cut short at the step %s', (step) => {
  const before = { register: undefined, rename: { step: 'registered' }, give: { step: 'renamed' } }[step]
  const left = {
    register: ['registerFile', 'renameFile', 'giveFile'],
    rename: ['renameFile', 'giveFile'],
    give: ['giveFile'],
  }

  it.each(['file', 'afterFile'] as const)('is continued by the next delivery: %s', async (when) => {
    const bench = createBenchWithFiles()
    const event = bench.upload(FIRST)
    bench.catalog.override[when] = (at) => {
      if (at === step) throw new UnavailableError('CKAN is away.')
    }
    expect(await link(bench, [event])).toMatchObject([{ kind: 'retry', cause: 'CKAN is away.' }])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked', ...(before && { file: before }) })
    bench.catalog.override[when] = () => {}
    bench.catalog.calls.length = 0
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    expect(stepsOf(bench)).toEqual(left[step])
    expect(bench.catalog.files.get(LOCATION)).toEqual(GIVEN)
    expect(bench.record(FIRST)).toMatchObject({ file: { id: 'file-0', step: 'given' } })
  })

  it('is continued by a reconciliation', async () => {
    const bench = createBenchWithFiles()
    bench.catalog.override.file = (at) => {
      if (at === step) throw new UnavailableError('CKAN is away.')
    }
    await link(bench, [bench.upload(FIRST)])
    bench.catalog.override.file = () => {}
    await reconcileAll(bench)
    expect(bench.catalog.files.get(LOCATION)).toEqual(GIVEN)
    bench.catalog.calls.length = 0
    await reconcileAll(bench)
    expect(stepsOf(bench)).toEqual([])
  })

  it('is parked with the words of CKAN when CKAN refuses the step', async () => {
    const bench = createBenchWithFiles()
    bench.catalog.override.file = (at) => {
      if (at === step) throw new RefusedError('CKAN refused it.')
    }
    const event = bench.upload(FIRST)
    expect(await link(bench, [event])).toEqual([{ kind: 'parked', reason: 'CKAN refused it.' }])
    expect(bench.parked()).toMatchObject([{ reason: 'CKAN refused it.' }])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked', reason: 'CKAN refused it.' })
  })

  it('has the latest refusal in its record, until CKAN has the file', async () => {
    const bench = createBenchWithFiles()
    const event = bench.upload(FIRST)
    for (const reason of ['There is no such storage.', 'There is no such owner.']) {
      bench.catalog.override.file = (at) => {
        if (at === step) throw new RefusedError(reason)
      }
      await link(bench, [event])
      await link(bench, [event])
      expect(bench.record(FIRST)).toMatchObject({ state: 'linked', reason, ...(before && { file: before }) })
    }
    expect(bench.store.count('put uplink/uploads/')).toBe(2)
    bench.catalog.override.file = () => {}
    await link(bench, [event])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked', file: { step: 'given' } })
    expect(bench.record(FIRST)).not.toHaveProperty('reason')
  })
})

describe('a registration before which the store fails', () => {
  it('is continued by the next delivery: CKAN is written once, and the loader gets one call', async () => {
    const bench = createBench({ settings: { filesStorage: 'uplink', loader: 'xloader' } })
    const event = bench.upload(FIRST)
    bench.catalog.override.submit = () => {
      bench.store.broken.add(event.key)
      return true
    }
    expect(await link(bench, [event])).toMatchObject([{ kind: 'retry', cause: expect.stringContaining(event.key) }])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked', submitted_at: expect.any(String) })
    expect(stepsOf(bench)).toEqual([])
    bench.store.broken.clear()
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    expect([bench.catalog.count('revise'), bench.catalog.count('submit')]).toEqual([1, 1])
    expect(bench.catalog.files.get(LOCATION)).toEqual(GIVEN)
  })

  it('does not undo the return of a person to the earlier URL', async () => {
    const bench = createBenchWithFiles()
    const event = bench.upload(FIRST)
    const before = bench.catalog.resource(RESOURCE)
    bench.catalog.override.afterRevise = () => void bench.store.broken.add(event.key)
    expect(await link(bench, [event])).toMatchObject([{ kind: 'retry' }])
    bench.store.broken.clear()
    bench.catalog.set(RESOURCE, before)
    await link(bench, [event])
    expect(bench.catalog.resource(RESOURCE)).toEqual(before)
  })
})

describe('a registered file', () => {
  it('is not given away while the object is another one than the linked one', async () => {
    const bench = createBenchWithFiles()
    const event = bench.upload(FIRST)
    bench.catalog.override.file = (step) => {
      if (step === 'register') bench.store.place(event.key, { etag: 'etag-late' })
    }
    expect(await link(bench, [event])).toMatchObject([{ kind: 'retry', cause: expect.stringContaining('replaced') }])
    expect(stepsOf(bench)).toEqual(['registerFile'])
    expect(bench.store.keys(event.key)).toEqual([event.key])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked', file: { step: 'registered' } })
    bench.catalog.override.file = () => {}
    await link({ ...bench, clock: { ...bench.clock, now: () => new Date(NOW.getTime() + 120_000) } }, [event])
    expect(bench.catalog.files.get(LOCATION)).toEqual(GIVEN)
  })

  it('of a linker that ended before it wrote the record is found again', async () => {
    const bench = createBenchWithFiles()
    const event = bench.upload(FIRST)
    await link(bench, [event])
    const { file: _, ...record } = bench.record(FIRST) ?? {}
    bench.store.place(`uplink/uploads/${uploadId(1)}.json`, { bytes: JSON.stringify(record) })
    bench.catalog.calls.length = 0
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    expect(stepsOf(bench)).toEqual(['registerFile'])
    expect(bench.record(FIRST)).toMatchObject({ file: { id: 'file-0', step: 'given' } })
  })

  it('that a person has given to somebody else stays there', async () => {
    const bench = createBenchWithFiles()
    bench.catalog.files.set(LOCATION, { id: 'file-0', name: 'mine.csv', owner: 'a person', pinned: false })
    expect(await link(bench, [bench.upload(FIRST)])).toMatchObject([{ kind: 'linked' }])
    expect(stepsOf(bench)).toEqual(['registerFile'])
    expect(bench.catalog.files.get(LOCATION)).toMatchObject({ name: 'mine.csv', owner: 'a person' })
    expect(bench.record(FIRST)).toMatchObject({ file: { step: 'given' } })
  })

  it('that a person deletes meanwhile is left alone', async () => {
    const bench = createBenchWithFiles()
    bench.catalog.override.file = (step) => {
      if (step === 'rename') throw new NotFoundError('There is no such file.')
    }
    expect(await link(bench, [bench.upload(FIRST)])).toMatchObject([{ kind: 'linked' }])
    expect(bench.record(FIRST)).toMatchObject({ file: { id: 'file-0', step: 'given' } })
  })
})

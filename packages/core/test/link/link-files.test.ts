import { describe, expect, it } from 'vitest'
import { link, RefusedError, UnavailableError } from '../../src/index.ts'
import { countQuotas, findUnneededFiles, reconcile, scanFiles } from '../../src/operations/index.ts'
import {
  buildFileKey,
  type FileKey,
  readQuota,
  type UploadRecord,
  type Verdict,
  versionOf,
  writeVerdict,
} from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, uploadId } from '../support/fixtures.ts'
import type { Content } from '../support/memory-store.ts'
import { createTableLister } from '../support/table-lister.ts'

const ORG = 'organization-1'
const ID = uploadId(1)
const FILE: Omit<FileKey, 'kind'> = { organization: ORG, uploadId: ID, fileName: 'data.csv' }
const PREFIX = 'resources/api_uploads/'
const KEY = buildFileKey(PREFIX, FILE)
const LOCATION = KEY.slice(PREFIX.length)
const OWNER = { type: 'package', id: 'dataset-1', pinned: false }
const GIVEN = { id: 'file-0', name: 'Data 2026.csv', owner: 'dataset-1', pinned: false }

/** A file of a dataset that no resource links to, and whose object has arrived. */
function startUpload(more: Partial<UploadRecord> = {}, content: Content = {}, settings: object = {}) {
  const bench = createBench({ settings: { filesStorage: 'uplink', ...settings } })
  const announced: UploadRecord = {
    version: 1,
    id: ID,
    entity: { type: 'file', id: ID, owner_org: ORG },
    key: KEY,
    owner: OWNER,
    requested_by: 'emma',
    declared: { name: 'Data 2026.csv' },
    limits: {},
    state: 'issued',
    ...more,
  }
  bench.store.place(`uplink/uploads/${ID}.json`, { bytes: JSON.stringify(announced) })
  bench.store.place(KEY, content)
  const event = createdEvent(KEY)
  const record = () => bench.store.json(`uplink/uploads/${ID}.json`)
  const change = (more: Partial<UploadRecord>) =>
    bench.store.place(`uplink/uploads/${ID}.json`, { bytes: JSON.stringify({ ...record(), ...more }) })
  /** What another linker writes. */
  const note = (file: NonNullable<UploadRecord['file']>) => change({ file })
  return { ...bench, event, record, change, note }
}

const stepsOf = ({ catalog }: Pick<Bench, 'catalog'>) => catalog.calls.map((call) => call.split(' ')[0])

async function reconcileAll(bench: Pick<Bench, 'settings' | 'store' | 'catalog' | 'clock' | 'logger'>) {
  const findings = []
  const lister = createTableLister(bench.catalog)
  for await (const { finding } of reconcile(bench, { lister })) if (finding) findings.push(finding)
  return findings
}

const LATER = new Date(NOW.getTime() + 400 * 86_400_000)

/** A resource that shows its own file, without which nothing is removed. */
async function showFile(site: ReturnType<typeof startUpload>) {
  const bench = createBench()
  const event = bench.upload(keyOf(2))
  site.store.place(event.key)
  site.store.place(`uplink/uploads/${uploadId(2)}.json`, { bytes: JSON.stringify(bench.record(keyOf(2))) })
  await link(site, [event])
}

describe('a file that no resource links to', () => {
  it('is registered, named and given to the owner in its record, in three calls of CKAN', async () => {
    const site = startUpload()
    expect(await link(site, [site.event, site.event])).toMatchObject([{ kind: 'linked' }, { kind: 'linked' }])
    expect(await link(site, [site.event])).toEqual([{ kind: 'unchanged' }])
    expect(stepsOf(site)).toEqual(['registerFile', 'renameFile', 'giveFile'])
    expect([...site.catalog.files]).toEqual([[LOCATION, GIVEN]])
    expect(site.record()).toMatchObject({
      state: 'linked',
      file: { id: 'file-0', step: 'given' },
      linked: { size: 8, mimetype: 'text/csv' },
    })
  })

  it('fails with the reason when CKAN cannot register its object', async () => {
    const site = startUpload({}, { unregistrable: 'It has no MD5.' })
    expect(await link(site, [site.event])).toEqual([{ kind: 'ignored', reason: 'It has no MD5.' }])
    expect(site.record()).toMatchObject({ state: 'failed', reason: 'It has no MD5.' })
    expect(site.catalog.calls).toEqual([])
  })

  it('keeps its id, also when another linker did not find it and wrote its record first', async () => {
    const site = startUpload()
    site.catalog.override.afterFile = (step) => {
      if (step === 'register') site.note({ step: 'given' })
    }
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    expect(site.record()).toMatchObject({ file: { id: 'file-0', step: 'given' } })
  })

  it('keeps its id in the record when this linker does not find it', async () => {
    const site = startUpload()
    site.catalog.files.set(LOCATION, { ...GIVEN, owner: 'another service' })
    site.catalog.override.afterFile = () => site.note({ id: 'file-0', step: 'registered' })
    await link(site, [site.event])
    expect(site.record()).toMatchObject({ file: { id: 'file-0', step: 'registered' } })
  })

  it('that was deleted in CKAN is not replaced by another object at its URL, which is removed', async () => {
    const site = startUpload()
    await link(site, [site.event])
    site.catalog.files.clear()
    const late = { etag: 'etag-late', modifiedAt: new Date(NOW.getTime() + 1000) }
    for (const content of [late, { ...late, etag: (await site.store.head(KEY))?.etag ?? '' }]) {
      site.store.place(KEY, content)
      expect(await link(site, [site.event])).toMatchObject([
        { kind: 'ignored', reason: expect.stringContaining('deleted in CKAN') },
      ])
      expect([site.store.keys(KEY), [...site.catalog.files]]).toEqual([[], []])
    }
  })

  it.each(['register', 'rename', 'give'] as const)(
    'is removed with its unchecked bytes if it was deleted and its URL used again before the step %s',
    async (step) => {
      const site = startUpload()
      site.catalog.override.file = (at) => {
        if (at === step) site.store.place(KEY, { etag: 'etag-late' })
      }
      site.catalog.override.removeObject = () => void site.store.remove(KEY)
      const reason = expect.stringContaining('begin a new upload')
      expect(await link(site, [site.event])).toMatchObject([{ kind: 'ignored', reason }])
      expect([site.store.keys(KEY), [...site.catalog.files]]).toEqual([[], []])
      expect(site.record()).toMatchObject({ state: 'failed', code: 'unusable_object', reason })
    },
  )

  it('is parked if CKAN does not remove it after its URL was used again', async () => {
    const site = startUpload()
    site.catalog.override.file = (at) => {
      site.store.place(KEY, { etag: 'etag-late' })
      if (at === 'remove') throw new RefusedError('The storage removes nothing.')
    }
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'parked', reason: 'The storage removes nothing.' }])
    expect(stepsOf(site)).not.toContain('giveFile')
  })

  it('is registered in no other version than the one in its record, and the later object is removed', async () => {
    const site = startUpload({ claimed: 'another version' })
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'ignored' }])
    expect([stepsOf(site), site.store.keys(KEY)]).toEqual([[], []])
  })

  it('waits if another linker notes its version first', async () => {
    const site = startUpload()
    const get: typeof site.store.get = async (key, range) => {
      const found = await site.store.get(key, range)
      if (key === KEY) site.change({ claimed: 'another version' })
      return found
    }
    expect(await link({ ...site, store: { ...site.store, get } }, [site.event])).toMatchObject([{ kind: 'retry' }])
    expect(stepsOf(site)).toEqual([])
  })

  it('that CKAN has stays when its object was restored from a backup', async () => {
    const site = startUpload()
    await link(site, [site.event])
    site.store.place(KEY, { etag: 'etag-restored', modifiedAt: new Date(NOW.getTime() + 1000) })
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    expect(site.store.keys(KEY)).toEqual([KEY])
  })

  it.each(['text/html', 'text/html; charset=utf-8', 'TEXT/HTML'])(
    'is refused if it was sent as %s, which CKAN would take over',
    async (contentType) => {
      const site = startUpload({}, { contentType })
      expect(await link(site, [site.event])).toMatchObject([{ kind: 'ignored' }])
      expect(stepsOf(site)).toEqual([])
      expect(site.record()).toMatchObject({ state: 'failed', reason: expect.stringContaining('for text/csv') })
    },
  )

  it.each([undefined, 'text/csv', 'Text/CSV; charset=utf-8', 'application/octet-stream'])(
    'is registered if it was sent as %s',
    async (contentType) => {
      const site = startUpload({}, contentType === undefined ? {} : { contentType })
      expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    },
  )

  it('that replaces another one is registered beside it, while that one is as it was', async () => {
    const site = startUpload({ replaces_file: { id: 'old', location: 'old.csv' } })
    site.catalog.files.set('old.csv', { ...GIVEN, id: 'old' })
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    expect(stepsOf(site)).toEqual(['readFile', 'registerFile', 'renameFile', 'giveFile'])
    expect([...site.catalog.files.keys()]).toEqual(['old.csv', LOCATION])
    site.catalog.files.delete('old.csv')
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'unchanged' }])
  })

  it('that replaces another one is registered when the other one was deleted, also after a crash', async () => {
    const site = startUpload({ replaces_file: { id: 'old', location: 'old.csv' } })
    const announced = site.record()
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    site.store.place(`uplink/uploads/${ID}.json`, { bytes: JSON.stringify(announced) })
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    expect(site.record()).toMatchObject({ file: { id: 'file-0', step: 'given' } })
    expect([...site.catalog.files.keys()]).toEqual([LOCATION])
  })

  it.each([
    ['has another owner', { ...GIVEN, id: 'old', owner: 'dataset-2' }],
    ['was pinned', { ...GIVEN, id: 'old', pinned: true }],
  ])('that replaces another one is not registered once that one %s', async (_, old) => {
    const site = startUpload({ replaces_file: { id: 'old', location: 'old.csv' } })
    site.catalog.files.set('old.csv', old)
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'ignored' }])
    expect(site.record()).toMatchObject({ state: 'failed', code: 'changed_in_ckan' })
    expect(stepsOf(site)).toEqual(['readFile'])
  })

  it('is pinned if its record says so', async () => {
    const site = startUpload({ owner: { ...OWNER, pinned: true } })
    await link(site, [site.event])
    expect(site.catalog.files.get(LOCATION)).toEqual({ ...GIVEN, pinned: true })
  })

  it.each([
    ['another size', { declared: { size: 9 } }, 'size_mismatch'],
    ['another checksum', { declared: { hash: `sha256:${'0'.repeat(64)}` } }, 'checksum_mismatch'],
    ['content that is no table', { declared: {} }, 'content_mismatch'],
  ])('is not registered with %s', async (what, record, code) => {
    const site = startUpload(record, what.includes('content') ? { bytes: '%PDF-1.7\n' } : {})
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'ignored' }])
    expect(site.record()).toMatchObject({ state: 'failed', code })
    expect(stepsOf(site)).toEqual([])
  })

  it('is not registered after its upload was aborted', async () => {
    const site = startUpload({ state: 'aborted' })
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'ignored' }])
    expect([stepsOf(site), site.record()?.['state']]).toEqual([[], 'aborted'])
  })

  it('is never registered without a record, also where other files need none', async () => {
    const bench = createBench({ settings: { filesStorage: 'uplink', requireUploadRecord: false } })
    bench.store.place(KEY)
    expect(await link(bench, [createdEvent(KEY)])).toMatchObject([
      { kind: 'parked', reason: expect.stringContaining('has no upload record') },
    ])
    expect(stepsOf(bench)).toEqual([])
  })

  it.each([
    ['another key', { key: buildFileKey(PREFIX, { ...FILE, organization: 'organization-2' }) }, {}],
    ['no owner', { owner: undefined }, {}],
    ['a linker without FILES_STORAGE', {}, { filesStorage: undefined }],
  ])('is parked and not registered with %s', async (_, record, settings) => {
    const site = startUpload(record as Partial<UploadRecord>, {}, settings)
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'parked' }])
    expect(stepsOf(site)).toEqual([])
  })

  it('waits for a virus scanner, and is removed if the scanner finds something', async () => {
    const site = startUpload({}, {}, { scanner: 'clamav' })
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'waiting' }])
    expect([stepsOf(site), site.record()?.['state']]).toEqual([[], 'scanning'])
    const version = await versionOf((await site.store.head(KEY))?.etag ?? '')
    await writeVerdict(
      site.store,
      { id: ID, version },
      { by: 'clamav', at: NOW.toISOString(), result: 'infected', found: 'EICAR' },
    )
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'ignored' }])
    expect(site.record()).toMatchObject({ state: 'withdrawn', code: 'infected' })
    expect([stepsOf(site), await site.store.head(KEY)]).toEqual([[], undefined])
  })

  it('is reported when the scanner finds something later, and the reconciliation removes it from CKAN', async () => {
    let verdict: Verdict = { result: 'clean' }
    const platformScanner = { name: 'GateKeeper', verdictOn: async () => verdict }
    const site = { ...startUpload({}, {}, { scanner: 'platform' }), platformScanner }
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    await showFile(site)
    verdict = { result: 'infected', found: 'malware' }
    const reason = expect.stringContaining('removes its file from CKAN')
    expect(await link(site, [{ ...site.event, kind: 'scanned' }])).toMatchObject([{ kind: 'parked', reason }])
    expect([site.record(), site.parked()]).toMatchObject([{ state: 'withdrawn' }, [{ reason }]])
    expect([site.store.keys(KEY), site.catalog.files.size]).toEqual([[], 2])
    await reconcileAll({ ...site, clock: { ...site.clock, now: () => LATER } })
    expect(site.catalog.files.has(LOCATION)).toBe(false)
  })

  it('that was withdrawn while it was registered is removed from CKAN by the reconciliation', async () => {
    const site = startUpload()
    await showFile(site)
    site.catalog.override.afterFile = () =>
      site.change({ state: 'withdrawn', withdrawn: { at: NOW.toISOString(), by: 'emma', reason: 'A mistake.' } })
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'retry' }])
    expect(site.record()).toMatchObject({ state: 'withdrawn', file: { id: expect.any(String), step: 'given' } })
    await reconcileAll({ ...site, clock: { ...site.clock, now: () => LATER } })
    expect([site.store.keys(KEY), site.catalog.files.has(LOCATION)]).toEqual([[], false])
  })
})

describe.each(['register', 'rename', 'give'] as const)('a registration that ends at the step %s', (step) => {
  it.each(['file', 'afterFile'] as const)('is continued by the next delivery: %s', async (when) => {
    const site = startUpload()
    site.catalog.override[when] = (at) => {
      if (at === step) throw new UnavailableError('CKAN is away.')
    }
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'retry', cause: 'CKAN is away.' }])
    expect(site.record()?.['state']).toBe('issued')
    site.catalog.override[when] = () => {}
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    expect(site.catalog.files.get(LOCATION)).toEqual(GIVEN)
    expect(site.record()).toMatchObject({ state: 'linked', file: { id: 'file-0', step: 'given' } })
  })

  it('is continued by a reconciliation, and the file is no orphan', async () => {
    const site = startUpload()
    site.catalog.override.file = (at) => {
      if (at === step) throw new UnavailableError('CKAN is away.')
    }
    await link(site, [site.event])
    site.catalog.override.file = () => {}
    expect(await reconcileAll(site)).toMatchObject([{ kind: 'object', outcome: { kind: 'linked' } }])
    expect(site.catalog.files.get(LOCATION)).toEqual(GIVEN)
    site.catalog.calls.length = 0
    expect(await reconcileAll(site)).toMatchObject([{ kind: 'object', outcome: { kind: 'unchanged' } }])
    expect(stepsOf(site)).not.toContain('registerFile')
  })

  it('is failed with the words of CKAN when CKAN refuses it, until a replay', async () => {
    const site = startUpload()
    site.catalog.override.file = (at) => {
      if (at === step) throw new RefusedError('CKAN refused it.')
    }
    expect(await link(site, [site.event])).toEqual([{ kind: 'parked', reason: 'CKAN refused it.' }])
    expect(site.record()).toMatchObject({ state: 'failed', code: 'parked', reason: 'CKAN refused it.' })
    site.catalog.override.file = () => {}
    expect(await link(site, [site.event])).toMatchObject([{ kind: 'linked' }])
    expect(site.record()).toMatchObject({ state: 'linked' })
    expect(site.record()).not.toHaveProperty('reason')
  })
})

describe('the operations', () => {
  const later = (site: ReturnType<typeof startUpload>) => ({
    ...site,
    clock: { ...site.clock, now: () => LATER },
    lister: createTableLister(site.catalog),
  })

  async function unneeded(site: ReturnType<typeof startUpload>) {
    const keys = []
    for await (const { key } of findUnneededFiles(later(site), { olderThanDays: 30 })) keys.push(key)
    return keys
  }

  it('leave a registered file, and a file that CKAN may show already', async () => {
    const site = startUpload()
    await showFile(site)
    await link(site, [site.event])
    expect(await unneeded(site)).toEqual([])
    const begun = startUpload({ state: 'failed', code: 'parked', file: { id: 'file-0', step: 'registered' } })
    await showFile(begun)
    expect(await unneeded(begun)).toEqual([])
  })

  it('find a file that was refused and never registered', async () => {
    const site = startUpload({ state: 'failed', code: 'size_mismatch' })
    await showFile(site)
    expect(await unneeded(site)).toEqual([KEY])
  })

  it('show the file as tracked', async () => {
    const site = startUpload()
    await link(site, [site.event])
    const scanned = []
    for await (const file of scanFiles(site)) scanned.push(file)
    expect(scanned).toEqual([{ key: KEY, size: 8, state: 'tracked', file: 'file-0' }])
  })

  it('count the file for the organization in its key', async () => {
    const site = startUpload({}, {}, { quotaBytes: 1000 })
    await link(site, [site.event])
    expect(await countQuotas(later(site))).toBe(1)
    expect((await readQuota(site.store, site.settings, ORG, LATER)).used).toMatchObject({ bytes: 8, files: 1 })
  })
})

import { describe, expect, it } from 'vitest'
import { NotAllowedError } from '../../src/index.ts'
import { dryRun, type Finding, type OperationDeps, parkEvent, reconcile } from '../../src/operations/index.ts'
import { DAY_MS } from '../../src/support/index.ts'
import { timeOfUploadId, type UploadRecord } from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, OTHER, RESOURCE, uploadId, urlOf } from '../support/fixtures.ts'
import { createImageBench, imageKeyOf } from '../support/image-bench.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

const ASKED = timeOfUploadId(uploadId(1))
const THEIRS = 'https://example.org/theirs.csv'

type Site<B extends Bench = Bench> = B & OperationDeps & { readonly lister: ReturnType<typeof createTableLister> }

/** A time so many days after the first upload of a bench. */
function later<B extends Bench>(bench: B, days: number): Site<B> {
  const clock = { ...bench.clock, now: () => new Date(ASKED + days * DAY_MS) }
  return { ...bench, clock, lister: createTableLister(bench.catalog) }
}

async function findingsOf(site: OperationDeps): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const { finding } of reconcile(site, { lister: site.lister })) if (finding) found.push(finding)
  return found
}

async function removedIn(site: OperationDeps): Promise<readonly string[]> {
  return (await findingsOf(site)).flatMap((finding) => (finding.kind === 'removed' ? [finding.key] : []))
}

describe('a file whose upload was never linked', () => {
  const key = createdEvent(keyOf(1)).key

  function refused(days: number, record: Partial<UploadRecord> = { state: 'failed', reason: 'Too large.' }) {
    const bench = createBench({
      resources: [resourceOf(RESOURCE, { url: THEIRS }), resourceOf(OTHER)],
      settings: { maxUploadBytes: 5 },
    })
    bench.upload(keyOf(1), { record: { previous_url: THEIRS, ...record }, content: { modifiedAt: new Date(ASKED) } })
    return later(bench, days)
  }

  it.each([
    ['stays for the days in the settings', 6.9, []],
    ['is removed afterwards', 7.1, [key]],
  ])('%s', async (_, days, removed) => {
    expect(await removedIn(refused(days))).toEqual(removed)
  })

  it.each<[string, Partial<UploadRecord>]>([
    ['was linked once', { state: 'linked', linked: { version: 'another', size: 1, at: '2026-03-04T05:00:00.000Z' } }],
    ['has no record', { id: 'another' }],
  ])('stays when it %s', async (_, record) => {
    const site = refused(30, record)
    if ('id' in record) await site.store.remove(`uplink/uploads/${uploadId(1)}.json`)
    expect(await removedIn(site)).toEqual([])
  })

  it('stays when it was put again since', async () => {
    const site = refused(30)
    site.store.place(key, { modifiedAt: new Date(ASKED + 25 * DAY_MS) })
    expect(await removedIn(site)).toEqual([])
  })

  it('stays when CKAN points to it, in a copied dataset too', async () => {
    const url = await urlOf(keyOf(1), 'any')
    for (const id of [RESOURCE, OTHER]) {
      const site = refused(30)
      site.catalog.set(id, { url })
      expect(await removedIn(site)).toEqual([])
    }
  })

  it('stays when CKAN points to it only after all datasets were read', async () => {
    const site = refused(30)
    const url = await urlOf(keyOf(1), 'any')
    let asked = 0
    const lister: OperationDeps['lister'] = {
      async *datasets(options) {
        yield* site.lister.datasets(options)
        asked += 1
        if (asked === 1) site.catalog.set(OTHER, { url })
      },
    }
    expect(await removedIn({ ...site, lister })).toEqual([])
  })

  it('stays while its message is parked', async () => {
    const site = refused(30)
    await parkEvent(site, createdEvent(keyOf(1)), 'It waits.')
    expect(await removedIn(site)).toEqual([])
  })

  it("stays without a sysadmin's token, and the log says so", async () => {
    const site = refused(30)
    const lister: OperationDeps['lister'] = {
      async *datasets({ complete } = {}) {
        if (complete) throw new NotAllowedError("The CKAN token is not a sysadmin's.")
        yield* []
      },
    }
    expect(await removedIn({ ...site, lister })).toEqual([])
    expect(site.lines).toMatchObject([{ level: 'warn', fields: { reason: "The CKAN token is not a sysadmin's." } }])
  })

  it('is reported by a dry run, which does not remove it', async () => {
    const site = refused(30)
    expect(await removedIn(dryRun(site))).toEqual([key])
    expect(site.store.keys(key)).toEqual([key])
  })

  it('reads all datasets only when there is a file to remove', async () => {
    const site = refused(1)
    await findingsOf(site)
    expect(site.lister.calls).toEqual([{}])
  })

  it('is an image as well', async () => {
    const site = later(createImageBench(), 8)
    const image = site.uploadImage(imageKeyOf(1), { record: { state: 'superseded' } })
    expect(await removedIn(site)).toEqual([image.key])
  })
})

describe('a file that was withdrawn', () => {
  const withdrawn = { at: '2026-03-04T06:00:00.000Z', by: 'emma', reason: 'It holds names.' }
  const key = createdEvent(keyOf(1)).key

  function site(url = THEIRS) {
    const bench = createBench({ resources: [resourceOf(RESOURCE, { url }), resourceOf(OTHER)] })
    bench.upload(keyOf(1), { record: { state: 'withdrawn', withdrawn }, content: { etag: 'one' } })
    return later(bench, 1)
  }

  it('is removed with all its versions in the next run, and its record has the time', async () => {
    const bench = site()
    expect(await findingsOf(bench)).toMatchObject([
      { kind: 'removed', key, reason: 'It was withdrawn by emma: It holds names.' },
    ])
    expect(bench.store.count(`purge ${key}`)).toBe(1)
    const removed_at = bench.clock.now().toISOString()
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'withdrawn', withdrawn: { ...withdrawn, removed_at } })
    expect(await removedIn(bench)).toEqual([])
  })

  it('stays in the two minutes in which the gateway may restore the record', async () => {
    const bench = site()
    bench.catalog.remove(RESOURCE)
    const now = () => new Date(Date.parse(withdrawn.at) + 60_000)
    expect(await removedIn({ ...bench, clock: { ...bench.clock, now } })).toEqual([])
    expect(await removedIn(bench)).toEqual([key])
  })

  it('has no withdrawal in its record when the gateway has restored the record meanwhile', async () => {
    const bench = site()
    const { withdrawn: _, ...before } = { ...bench.record(keyOf(1)), state: 'issued', withdrawn }
    bench.store.purge = async () => {
      bench.store.place(`uplink/uploads/${uploadId(1)}.json`, { bytes: JSON.stringify(before) })
      return undefined
    }
    await findingsOf(bench)
    expect(bench.record(keyOf(1))).toEqual(before)
  })

  it('has in its record until when the store keeps it', async () => {
    const bench = site()
    bench.store.purge = async () => new Date('2026-03-12T00:00:00Z')
    await findingsOf(bench)
    expect(bench.record(keyOf(1))).toMatchObject({ withdrawn: { kept_until: '2026-03-12T00:00:00.000Z' } })
  })

  it('stays while CKAN points to it, in its resource, in a copy, or in a deleted dataset', async () => {
    const url = await urlOf(keyOf(1), 'one')
    expect(await removedIn(site(url))).toEqual([])
    const copied = site()
    copied.catalog.set(OTHER, { url })
    expect(await removedIn(copied)).toEqual([])
    const deleted = site()
    deleted.catalog.override.dataset = { state: 'deleted' }
    expect(await removedIn(deleted)).toEqual([])
  })

  it('is removed when its resource is gone', async () => {
    const bench = site()
    bench.catalog.remove(RESOURCE)
    expect(await removedIn(bench)).toEqual([key])
  })

  it('has its versions removed once, even when no listing shows it', async () => {
    const bench = site()
    await bench.store.remove(key)
    expect(await findingsOf(bench)).toMatchObject([{ kind: 'removed', key, reason: expect.stringContaining('emma') }])
    expect(bench.store.count(`purge ${key}`)).toBe(1)
    expect(bench.record(keyOf(1))).toMatchObject({ withdrawn: { removed_at: bench.clock.now().toISOString() } })
    expect(await findingsOf(bench)).toEqual([])
    expect(bench.store.count(`purge ${key}`)).toBe(1)
  })

  it('has its versions removed a second time after its URL has expired, because a client may have used the URL again', async () => {
    const bench = site()
    const at = (hours: number) => ({ ...bench.clock, now: () => new Date(ASKED + hours * 3_600_000) })
    const expires_at = new Date(ASKED + 30 * 3_600_000).toISOString()
    bench.upload(keyOf(1), { record: { state: 'withdrawn', withdrawn, expires_at } })
    const purges: number[] = []
    for (const hours of [25, 49, 73, 97]) {
      await findingsOf({ ...bench, clock: at(hours) })
      purges.push(bench.store.count(`purge ${key}`))
    }
    expect(purges).toEqual([1, 1, 2, 2])
  })

  it('needs one pass over all datasets for all parts of the run', async () => {
    const bench = site()
    bench.upload(keyOf(2), { record: { state: 'withdrawn', withdrawn } })
    await bench.store.remove(createdEvent(keyOf(2)).key)
    expect(await removedIn(bench)).toEqual([key, createdEvent(keyOf(2)).key])
    expect(bench.lister.calls.filter((options) => JSON.stringify(options) === '{"complete":true}')).toHaveLength(1)
  })

  it('keeps its versions while CKAN points to it', async () => {
    const bench = site(await urlOf(keyOf(1), 'one'))
    await bench.store.remove(key)
    expect(await removedIn(bench)).toEqual([])
    expect(bench.store.count(`purge ${key}`)).toBe(0)
  })

  it('is left to the next run when the store fails, and the log says so', async () => {
    const bench = site()
    const { purge } = bench.store
    bench.store.purge = () => Promise.reject(new Error('The store fails.'))
    expect(await removedIn(bench)).toEqual([])
    expect(bench.lines).toMatchObject([{ level: 'warn', fields: { key, reason: 'The store fails.' } }])
    expect(bench.record(keyOf(1))).not.toHaveProperty('withdrawn.removed_at')
    bench.store.purge = purge
    expect(await removedIn(bench)).toEqual([key])
  })
})

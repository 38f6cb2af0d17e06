import { describe, expect, it } from 'vitest'
import { link } from '../../src/index.ts'
import { reconcile, reconcileAll } from '../../src/operations/index.ts'
import { recordIdOf, type Verdict, versionOf, waitingFiles, writeVerdict } from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, RESOURCE, urlOf } from '../support/fixtures.ts'
import { createImageBench, etagOf, imageKeyOf, imageUrlOf, kindsOf, OLD } from '../support/image-bench.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

const settings = { scanner: 'clamav' } as const
const CLEAN: Verdict = { result: 'clean' }
const INFECTED: Verdict = { result: 'infected', found: 'Eicar-Test-Signature' }
const DAY_MS = 86_400_000

function gated(resources = [resourceOf(RESOURCE)]): Bench {
  return createBench({ resources, settings })
}

async function judge(bench: Bench, id: string, etag: string, verdict: Verdict): Promise<void> {
  const version = await versionOf(etag)
  await writeVerdict(bench.store, { id, version }, { ...verdict, by: 'ClamAV', at: NOW.toISOString() })
}

const judgeUpload = (bench: Bench, verdict: Verdict, etag = 'one', order = 1) =>
  judge(bench, recordIdOf(keyOf(order)), etag, verdict)

async function waiting(bench: Bench): Promise<readonly string[]> {
  const keys = []
  for await (const { key } of waitingFiles(bench.store)) keys.push(key)
  return keys
}

function afterDays(bench: Bench, days: number): Bench {
  return { ...bench, clock: { ...bench.clock, now: () => new Date(NOW.getTime() + days * DAY_MS) } }
}

describe('with a scanner, a file', () => {
  it('waits until the scanner has looked at it, and CKAN is not written', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1))
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    expect(bench.record(keyOf(1))).toMatchObject({
      state: 'scanning',
      reason: expect.stringContaining('virus scanner'),
    })
    expect(await waiting(bench)).toEqual([event.key])
    expect(bench.catalog.count('revise')).toBe(0)
  })

  it('is linked once it is found clean, and its record says so before CKAN does', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await link(bench, [event])
    await judgeUpload(bench, CLEAN)
    bench.catalog.override.revise = () => {
      expect(bench.record(keyOf(1))).toMatchObject({ scanned: versionOfOne })
      return undefined
    }
    const versionOfOne = await versionOf('one')
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.catalog.resource(RESOURCE)?.url).toBe(await urlOf(keyOf(1), 'one'))
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.record(keyOf(1))).not.toHaveProperty('reason')
  })

  it('is withdrawn and removed when something is found in it, and may not come again', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await link(bench, [event])
    await judgeUpload(bench, INFECTED)
    expect(await link(bench, [event])).toMatchObject([
      { kind: 'ignored', reason: 'ClamAV found Eicar-Test-Signature in the file.' },
    ])
    expect(bench.store.keys(event.key)).toEqual([])
    expect(bench.store.keys('uplink/versions/')).toHaveLength(1)
    expect(bench.record(keyOf(1))).toMatchObject({
      state: 'withdrawn',
      code: 'infected',
      withdrawn: { by: 'ClamAV', reason: 'ClamAV found Eicar-Test-Signature in the file.' },
    })
    expect(bench.lines).toMatchObject([{ level: 'warn', fields: { key: event.key } }])
    bench.store.place(event.key, { etag: 'two', modifiedAt: new Date(NOW.getTime() + 1000) })
    expect(kindsOf(await link(afterDays(bench, 1), [event]))).toEqual(['ignored'])
    expect(bench.store.keys(event.key)).toEqual([])
  })

  it('is parked as well when CKAN points to it, so that an operator knows', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await judgeUpload(bench, CLEAN)
    await link(bench, [event])
    bench.store.place(event.key, { etag: 'two' })
    await judgeUpload(bench, INFECTED, 'two')
    expect(await link(bench, [event])).toMatchObject([
      { kind: 'parked', reason: expect.stringContaining('CKAN still points to it') },
    ])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'withdrawn', code: 'infected' })
    expect(bench.store.keys(event.key)).toEqual([])
  })

  it('waits again when it is put a second time, and the verdict on the first does not count', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await judgeUpload(bench, CLEAN)
    bench.store.place(event.key, { etag: 'two' })
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    await judgeUpload(bench, INFECTED)
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    expect(bench.store.keys(event.key)).toHaveLength(1)
  })

  it('is parked with its reason when it cannot be scanned, and linked when an operator accepts it', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await judgeUpload(bench, { result: 'unscannable', reason: 'It is too large.' })
    expect(await link(bench, [event])).toMatchObject([
      { kind: 'parked', reason: expect.stringMatching(/^ClamAV could not scan the file: It is too large\. /u) },
    ])
    await judgeUpload(bench, CLEAN)
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
  })

  it('is parked when no scanner has looked at it for a day, and linked when one does after all', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    await link(bench, [event])
    for await (const _ of reconcile(afterDays(bench, 0.9)));
    expect(bench.parked()).toEqual([])
    for await (const _ of reconcile(afterDays(bench, 1)));
    expect(bench.parked()).toMatchObject([{ reason: expect.stringContaining('start the scanner') }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'parked' })
    expect(await waiting(bench)).toEqual([event.key])
    await judgeUpload(bench, CLEAN)
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
  })

  it('stays linked without a scan when it was linked before there was a scanner', async () => {
    const bench = createBench()
    const event = bench.upload(keyOf(1))
    await link(bench, [event])
    expect(kindsOf(await link({ ...bench, settings: { ...bench.settings, ...settings } }, [event]))).toEqual([
      'unchanged',
    ])
    expect(await waiting(bench)).toEqual([])
  })

  it('is not linked by a person who writes its URL into CKAN', async () => {
    const bench = gated([resourceOf(RESOURCE, { url: await urlOf(keyOf(1), 'one') })])
    const event = bench.upload(keyOf(1), { content: { etag: 'one' } })
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    expect(bench.record(keyOf(1))).not.toHaveProperty('linked')
  })

  it('does not keep another file of its batch from being linked', async () => {
    const bench = gated()
    const events = [1, 2].map((order) => bench.upload(keyOf(order), { content: { etag: `etag ${order}` } }))
    await judgeUpload(bench, CLEAN, 'etag 1')
    expect(kindsOf(await link(bench, events))).toEqual(['linked', 'waiting'])
  })

  it('at a plain key waits without a record, and is linked after the scan', async () => {
    const bench = gated()
    const event = createdEvent(keyOf(0))
    bench.store.place(event.key, { etag: 'one' })
    expect(kindsOf(await link(bench, [event]))).toEqual(['waiting'])
    expect(await waiting(bench)).toEqual([event.key])
    await judgeUpload(bench, CLEAN, 'one', 0)
    expect(kindsOf(await link(bench, [event]))).toEqual(['linked'])
    expect(bench.record(keyOf(0))).toMatchObject({ state: 'linked', scanned: await versionOf('one') })
  })

  it('at a plain key is removed when it is infected, and the next file there is linked', async () => {
    const bench = gated()
    const event = createdEvent(keyOf(0))
    for (const [etag, verdict] of [
      ['one', CLEAN],
      ['two', INFECTED],
      ['three', CLEAN],
    ] as const) {
      bench.store.place(event.key, { etag })
      await judgeUpload(bench, verdict, etag, 0)
      expect(kindsOf(await link(afterDays(bench, 1), [event]))).toEqual([verdict === CLEAN ? 'linked' : 'parked'])
    }
    expect(bench.catalog.resource(RESOURCE)?.url).toContain(await versionOf('three'))
  })

  it('waits for another attempt while the verdict cannot be read', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1))
    bench.store.broken.add('uplink/scans/')
    expect(kindsOf(await link(bench, [event]))).toEqual(['retry'])
    expect(bench.catalog.count('revise')).toBe(0)
  })
})

describe('with a scanner, an image', () => {
  it('waits, and is linked or withdrawn as the scanner says', async () => {
    const bench = createImageBench(settings)
    const [first, second] = [imageKeyOf(1), imageKeyOf(2)]
    const events = [bench.uploadImage(first), bench.uploadImage(second)]
    expect(kindsOf(await link(bench, events))).toEqual(['waiting', 'waiting'])
    expect(bench.image()).toBe(OLD)
    await judge(bench, recordIdOf(first), etagOf(first), CLEAN)
    await judge(bench, recordIdOf(second), etagOf(second), INFECTED)
    expect(kindsOf(await link(bench, events))).toEqual(['linked', 'ignored'])
    expect(bench.image()).toBe(await imageUrlOf(first, etagOf(first)))
    expect(bench.imageRecord(second)).toMatchObject({ state: 'withdrawn' })
    expect(bench.store.keys(events[1]?.key)).toEqual([])
  })
})

describe('the nightly run', () => {
  it('removes verdicts after a month', async () => {
    const bench = gated()
    const ages = [29, 31]
    for (const days of ages)
      bench.store.place(`uplink/scans/verdicts/a/${days}.json`, { modifiedAt: new Date(NOW.getTime() - days * DAY_MS) })
    await reconcileAll({ ...bench, lister: createTableLister(bench.catalog) })
    expect(bench.store.keys('uplink/scans/verdicts/')).toEqual(['uplink/scans/verdicts/a/29.json'])
  })

  it('expires an upload whose file was removed before it was scanned', async () => {
    const bench = gated()
    const event = bench.upload(keyOf(1), { record: { expires_at: NOW.toISOString() } })
    await link(bench, [event])
    await bench.store.remove(event.key)
    for await (const _ of reconcile(afterDays(bench, 2)));
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'expired' })
  })
})

import { describe, expect, it } from 'vitest'
import { link } from '../../src/index.ts'
import {
  dryRun,
  type Finding,
  parkEvent,
  type ReconcileOptions,
  reconcile,
  reconcileAll,
} from '../../src/operations/index.ts'
import { DAY_MS } from '../../src/support/index.ts'
import { recordKey, timeOfUploadId, type UploadRecord } from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, RESOURCE, recordOf, uploadId } from '../support/fixtures.ts'

const ASKED = timeOfUploadId(uploadId(1))
const EXPIRES = new Date(ASKED + 3_600_000).toISOString()
const STUCK = { kind: 'stuck_record', uploadId: uploadId(1), key: createdEvent(keyOf(1)).key, state: 'issued' }

/** An upload without a file, requested so many days ago. */
function announced(days: number, more: Partial<UploadRecord> = {}): Bench {
  const bench = createBench()
  const record = recordOf(keyOf(1), { expires_at: EXPIRES, ...more })
  bench.store.place(recordKey(record.id), { bytes: JSON.stringify(record), modifiedAt: new Date(ASKED) })
  return { ...bench, clock: { ...bench.clock, now: () => new Date(ASKED + days * DAY_MS) } }
}

async function stuck(bench: Bench, options: ReconcileOptions = {}): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const { finding } of reconcile(bench, options)) if (finding?.kind === 'stuck_record') found.push(finding)
  return found
}

describe('the record of an upload whose file did not arrive', () => {
  it('expires a day after its URL, and is reported once', async () => {
    const bench = announced(2)
    expect(await stuck(bench)).toMatchObject([STUCK])
    expect(bench.record(keyOf(1))).toMatchObject({
      state: 'expired',
      reason: `No file arrived before the upload expired at ${EXPIRES}.`,
    })
    expect(await stuck(bench)).toEqual([])
  })

  it('is reported but not changed by a dry run', async () => {
    const bench = announced(2)
    expect(await stuck({ ...bench, ...dryRun(bench) } as Bench)).toMatchObject([STUCK])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'issued' })
  })

  it.each<[string, number, Partial<UploadRecord>]>([
    ['its URL expired less than a day ago', 1, {}],
    ['parts of it may yet be completed', 7.5, { expires_at: new Date(ASKED + 7 * DAY_MS).toISOString() }],
    ['it has already ended', 9, { state: 'failed' }],
    ['it was linked', 9, { state: 'linked', linked: { version: 'v', size: 1, at: EXPIRES } }],
  ])('is not changed when %s', async (_, days, more) => {
    const bench = announced(days, more)
    const before = bench.record(keyOf(1))
    expect(await stuck(bench)).toEqual([])
    expect(bench.record(keyOf(1))).toEqual(before)
  })

  it('is left to the linker when its file exists', async () => {
    const bench = announced(2)
    bench.store.place(createdEvent(keyOf(1)).key)
    expect(await stuck(bench)).toEqual([])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })

  it('is linked when the file arrives late', async () => {
    const bench = announced(2)
    await stuck(bench)
    bench.store.place(createdEvent(keyOf(1)).key)
    expect(await link(bench, [createdEvent(keyOf(1))])).toMatchObject([{ kind: 'linked' }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.record(keyOf(1))).not.toHaveProperty('reason')
  })

  it('names the reason when the late file is not valid', async () => {
    const bench = announced(2, { declared: { size: 3 } })
    await stuck(bench)
    bench.store.place(createdEvent(keyOf(1)).key)
    await link(bench, [createdEvent(keyOf(1))])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'size_mismatch' })
  })

  it('is not read when it is too young or too old for this run, or belongs to a plain key', async () => {
    const reads = async (days: number, options: ReconcileOptions) => {
      const bench = announced(days)
      bench.store.place(recordKey(`plain-${RESOURCE}`), { bytes: JSON.stringify(recordOf(keyOf(0))) })
      await stuck(bench, options)
      return bench.store.count('get uplink/uploads/')
    }
    expect(await reads(0.5, {})).toBe(0)
    expect(await reads(2, { recordsSince: new Date(ASKED + 1) })).toBe(0)
    expect(await reads(2, { since: new Date(ASKED + 1) })).toBe(0)
    expect(await reads(2, { dataset: 'one' })).toBe(0)
    expect(await reads(2, { recordsSince: new Date(ASKED) })).toBe(1)
  })

  it('does not stop the run when it is unreadable', async () => {
    const bench = announced(2)
    bench.store.place(recordKey(uploadId(0)), { bytes: '{"version":2}' })
    const unreadable = { kind: 'stuck_record', uploadId: uploadId(0), key: recordKey(uploadId(0)), state: 'unreadable' }
    expect(await stuck(bench)).toMatchObject([unreadable, STUCK])
  })

  it('is one of many, all of which are reported', async () => {
    const bench = announced(2)
    for (let order = 2; order <= 250; order += 1) {
      const record = recordOf(keyOf(order), { expires_at: EXPIRES })
      bench.store.place(recordKey(record.id), { bytes: JSON.stringify(record) })
    }
    expect(new Set((await stuck(bench)).map((finding) => 'uploadId' in finding && finding.uploadId)).size).toBe(250)
  })
})

describe('the record of an upload that was never linked', () => {
  async function removed(days: number, more: Partial<UploadRecord>, change: (bench: Bench) => unknown = () => {}) {
    const bench = announced(days, more)
    await change(bench)
    const kinds: string[] = []
    for await (const { finding } of reconcile(bench))
      if (finding?.kind === 'record_removed') kinds.push(finding.uploadId)
    expect(bench.record(keyOf(1)) === undefined).toBe(kinds.length > 0)
    return kinds
  }

  it.each<[string, number, Partial<UploadRecord>, number]>([
    ['stays for a week when no file arrived', 7, { state: 'expired' }, 0],
    ['is removed afterwards', 7.1, { state: 'expired' }, 1],
    ['stays for a month when it says why the file was refused', 29.9, { state: 'failed' }, 0],
    ['is removed after that, when the file is gone', 31, { state: 'failed' }, 1],
    ['stays forever when it was linked', 999, { state: 'failed', linked: { version: 'v', size: 1, at: EXPIRES } }, 0],
    ['stays forever when it was withdrawn', 999, { state: 'withdrawn' }, 0],
    [
      'counts from the end of an upload in parts',
      8,
      { state: 'expired', expires_at: new Date(ASKED + 7 * DAY_MS).toISOString() },
      0,
    ],
  ])('%s', async (_, days, more, count) => {
    expect(await removed(days, more)).toHaveLength(count)
  })

  it('stays while its file is there or its message is parked', async () => {
    const { key } = createdEvent(keyOf(1))
    expect(await removed(99, { state: 'aborted' }, (bench) => bench.store.place(key))).toEqual([])
    expect(await removed(99, { state: 'failed' }, (bench) => parkEvent(bench, createdEvent(keyOf(1)), 'Why.'))).toEqual(
      [],
    )
  })

  it('is removed by the scheduled run', async () => {
    const bench = announced(44, { state: 'failed' })
    await reconcileAll({ ...bench, lister: { datasets: async function* () {} } })
    expect(bench.record(keyOf(1))).toBeUndefined()
    expect(bench.lines.at(-1)?.fields).toMatchObject({ record_removed: 1 })
  })
})

import { describe, expect, it } from 'vitest'
import {
  type Finding,
  link,
  type ReconcileOptions,
  reconcile,
  recordKey,
  rehearse,
  timeOfUploadId,
  type UploadRecord,
} from '../src/index.ts'
import { type Bench, createBench, createdEvent, keyOf, RESOURCE, recordOf, uploadId } from './support/fixtures.ts'

const DAY_MS = 86_400_000
const ASKED = timeOfUploadId(uploadId(1))
const EXPIRES = new Date(ASKED + 3_600_000).toISOString()
const STUCK = { kind: 'stuck-record', uploadId: uploadId(1), key: createdEvent(keyOf(1)).key, state: 'issued' }

/** An upload that was announced and of which no file is there, so many days ago. */
function announced(days: number, more: Partial<UploadRecord> = {}): Bench {
  const bench = createBench()
  const record = recordOf(keyOf(1), { expires_at: EXPIRES, ...more })
  bench.store.place(recordKey(record.id), { bytes: JSON.stringify(record), modifiedAt: new Date(ASKED) })
  return { ...bench, clock: { ...bench.clock, now: () => new Date(ASKED + days * DAY_MS) } }
}

async function stuck(bench: Bench, options: ReconcileOptions = {}): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const { finding } of reconcile(bench, options)) if (finding?.kind === 'stuck-record') found.push(finding)
  return found
}

describe('the record of an upload for which nothing came', () => {
  it('expires a day after its URL, and is told of once', async () => {
    const bench = announced(2)
    expect(await stuck(bench)).toMatchObject([STUCK])
    expect(bench.record(keyOf(1))).toMatchObject({
      state: 'expired',
      reason: `No file came until ${EXPIRES}, when the upload's URL expired.`,
    })
    expect(await stuck(bench)).toEqual([])
  })

  it('is told of, and left as it is, in a rehearsal', async () => {
    const bench = announced(2)
    expect(await stuck({ ...bench, ...rehearse(bench) } as Bench)).toMatchObject([STUCK])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'issued' })
  })

  it.each<[string, number, Partial<UploadRecord>]>([
    ['its URL expired less than a day ago', 1, {}],
    ['parts of it may yet be completed', 7.5, { expires_at: new Date(ASKED + 7 * DAY_MS).toISOString() }],
    ['it says how it ended', 9, { state: 'failed' }],
    ['it was linked', 9, { state: 'linked', linked: { version: 'v', size: 1, at: EXPIRES } }],
  ])('stays as it is when %s', async (_, days, more) => {
    const bench = announced(days, more)
    const before = bench.record(keyOf(1))
    expect(await stuck(bench)).toEqual([])
    expect(bench.record(keyOf(1))).toEqual(before)
  })

  it("is the linker's when its file is there", async () => {
    const bench = announced(2)
    bench.store.place(createdEvent(keyOf(1)).key)
    expect(await stuck(bench)).toEqual([])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
  })

  it('is linked when the file comes late all the same', async () => {
    const bench = announced(2)
    await stuck(bench)
    bench.store.place(createdEvent(keyOf(1)).key)
    expect(await link(bench, [createdEvent(keyOf(1))])).toMatchObject([{ kind: 'linked' }])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'linked' })
    expect(bench.record(keyOf(1))).not.toHaveProperty('reason')
  })

  it('says why, when the file that comes late is not the one', async () => {
    const bench = announced(2, { declared: { size: 3 } })
    await stuck(bench)
    bench.store.place(createdEvent(keyOf(1)).key)
    await link(bench, [createdEvent(keyOf(1))])
    expect(bench.record(keyOf(1))).toMatchObject({ state: 'failed', code: 'size_mismatch' })
  })

  it('is not read where it is too young, too old for this run, or of a plain key', async () => {
    const reads = async (days: number, options: ReconcileOptions) => {
      const bench = announced(days)
      bench.store.place(recordKey(`plain-${RESOURCE}`), { bytes: JSON.stringify(recordOf({ resourceId: RESOURCE })) })
      await stuck(bench, options)
      return bench.store.count('get uplink/uploads/')
    }
    expect(await reads(0.5, {})).toBe(0)
    expect(await reads(2, { recordsSince: new Date(ASKED + 1) })).toBe(0)
    expect(await reads(2, { since: new Date(ASKED + 1) })).toBe(0)
    expect(await reads(2, { dataset: 'one' })).toBe(0)
    expect(await reads(2, { recordsSince: new Date(ASKED) })).toBe(1)
  })

  it('stops nothing when it is none', async () => {
    const bench = announced(2)
    bench.store.place(recordKey(uploadId(0)), { bytes: '{"version":2}' })
    const unreadable = { kind: 'stuck-record', uploadId: uploadId(0), key: recordKey(uploadId(0)), state: 'unreadable' }
    expect(await stuck(bench)).toMatchObject([unreadable, STUCK])
  })

  it('is one of many, all of which are told of', async () => {
    const bench = announced(2)
    for (let order = 2; order <= 250; order += 1) {
      const record = recordOf(keyOf(order), { expires_at: EXPIRES })
      bench.store.place(recordKey(record.id), { bytes: JSON.stringify(record) })
    }
    expect(new Set((await stuck(bench)).map((finding) => 'uploadId' in finding && finding.uploadId)).size).toBe(250)
  })
})

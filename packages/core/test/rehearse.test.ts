import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Finding, reconcile, rehearse, type UploadRecord } from '../src/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, recordOf, urlOf } from './support/fixtures.ts'
import { resourceOf } from './support/table-catalog.ts'
import { createTableLister } from './support/table-lister.ts'

interface UploadPlan {
  readonly resource: number
  readonly isPlain: boolean
  readonly content: 'good' | 'large' | 'none'
  /** What the record says of what CKAN showed; `none`: there is no record. */
  readonly record: 'none' | 'as it is' | 'as it was' | 'empty' | 'unreadable'
  readonly state: UploadRecord['state']
}

interface Plan {
  /** What CKAN shows: nothing, a person's URL, an upload's, or no such resource. */
  readonly resources: readonly ('' | 'theirs' | 'ours' | 'none')[]
  readonly uploads: readonly UploadPlan[]
  /** So many keys that go before, so that a batch ends anywhere. */
  readonly before: number
}

const THEIRS = 'https://example.org/theirs.csv'
const RESOURCES = ['resource-0', 'resource-1', 'resource-2'] as const

const plans = fc.record<Plan>({
  resources: fc.array(fc.constantFrom('', 'theirs', 'ours', 'none'), { minLength: 3, maxLength: 3 }),
  uploads: fc.array(
    fc.record<UploadPlan>({
      resource: fc.nat(2),
      isPlain: fc.constantFrom(false, false, false, true),
      content: fc.constantFrom('good', 'good', 'good', 'large', 'none'),
      record: fc.constantFrom('as it is', 'as it is', 'as it was', 'empty', 'none', 'unreadable'),
      state: fc.constantFrom('issued', 'issued', 'failed', 'aborted', 'superseded', 'expired'),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  before: fc.oneof(fc.constant(0), fc.integer({ min: 93, max: 100 })),
})

async function build({ resources, uploads, before }: Plan): Promise<Bench> {
  const urls = { '': '', theirs: THEIRS, none: '' }
  const rows = resources.map(async (shown, index) => {
    const url = shown === 'ours' ? await urlOf(keyOf(1, RESOURCES[index]), 'etag') : urls[shown]
    return shown === 'none' ? [] : [resourceOf(RESOURCES[index] ?? '', { url, lastModified: '2026-01-01T00:00:00' })]
  })
  const bench = createBench({ resources: (await Promise.all(rows)).flat(), settings: { maxUploadBytes: 10 } })
  for (let index = 0; index < before; index += 1) bench.store.place(`resources/api_uploads/!${index}`)
  for (const [index, upload] of uploads.entries()) place(bench, upload, index + 1)
  return { ...bench, clock: { ...bench.clock, now: () => new Date(NOW.getTime() + 5 * 86_400_000) } }
}

function place(bench: Bench, { resource, isPlain, content, record, state }: UploadPlan, order: number): void {
  const id = RESOURCES[resource] ?? ''
  const key = keyOf(isPlain ? 0 : order, id)
  const { url, lastModified } = bench.catalog.resource(id)
  const previous = { 'as it is': url, 'as it was': THEIRS, empty: '', none: '', unreadable: '' }[record]
  const announced = recordOf(key, { previous_url: previous, previous_last_modified: lastModified, state, expires_at: NOW.toISOString() })
  if (record !== 'none') bench.store.place(`uplink/uploads/${announced.id}.json`, { bytes: record === 'unreadable' ? '{}' : JSON.stringify(announced) })
  if (content !== 'none') bench.store.place(createdEvent(key).key, { bytes: content === 'good' ? 'a,b\n' : 'a,b,c,d,e,f\n', etag: `etag-${order}` })
}

async function findingsOf(bench: Bench, deps = rehearse(bench)): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const { finding } of reconcile(deps, { lister: createTableLister(bench.catalog) })) if (finding) found.push(finding)
  return found
}

async function everythingIn({ store, catalog }: Bench): Promise<unknown> {
  const objects = await Promise.all(store.keys().map((key) => store.get(key)))
  return { objects, resources: catalog.all(), writes: [store.count('put'), store.count('remove'), catalog.count('revise'), catalog.count('setImage')] }
}

describe('a rehearsal', () => {
  it('writes nothing, and says what would come of it', { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      const [rehearsed, real] = [await build(plan), await build(plan)]
      const before = await everythingIn(rehearsed)
      const told = await findingsOf(rehearsed)
      expect(await everythingIn(rehearsed)).toEqual(before)
      expect(rehearsed.lines).toEqual([])
      expect(told).toEqual(await findingsOf(real, real))
    })
    await fc.assert(property, { numRuns: 300 })
  })

  it('reads back what it has not written, and holds a write to its condition', async () => {
    const { store } = createBench()
    store.place('a', { etag: 'here' })
    const rehearsed = rehearse({ ...createBench(), store }).store
    const bytes = new TextEncoder().encode('b')
    expect(await rehearsed.put('a', bytes, { onlyIf: 'absent' })).toBeUndefined()
    expect(await rehearsed.put('a', bytes, { onlyIf: { etag: 'other' } })).toBeUndefined()
    const etag = (await rehearsed.put('a', bytes, { onlyIf: { etag: 'here' } })) ?? ''
    expect(await rehearsed.put('a', bytes, { onlyIf: { etag: 'here' } })).toBeUndefined()
    expect(await rehearsed.get('a')).toMatchObject({ bytes, object: { key: 'a', etag, size: 1 } })
    await rehearsed.remove('a')
    expect([await rehearsed.head('a'), await rehearsed.get('a')]).toEqual([undefined, undefined])
    expect(await rehearsed.put('a', bytes, { onlyIf: 'absent' })).toBeDefined()
    expect(await store.head('a')).toMatchObject({ etag: 'here', size: 8 })
  })
})

import fc from 'fast-check'
import type { UploadRecord } from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, recordOf, urlOf } from './fixtures.ts'
import { resourceOf } from './table-catalog.ts'

interface UploadPlan {
  readonly resource: number
  readonly isPlain: boolean
  readonly content: 'good' | 'large' | 'none'
  /** The record's previous URL; `none` when there is no record. */
  readonly record: 'none' | 'as it is' | 'as it was' | 'empty' | 'unreadable'
  readonly state: UploadRecord['state']
}

/**
 * What CKAN shows: nothing, a person's URL, an upload's, a plain key's at an address of before, either of the next
 * resource, or no such resource.
 */
const SHOWN = ['', 'theirs', 'ours', 'moved', 'copied', 'copied and moved', 'none'] as const

export interface Plan {
  readonly resources: readonly (typeof SHOWN)[number][]
  readonly uploads: readonly UploadPlan[]
  /** The number of keys before it, so that a batch may end anywhere. */
  readonly before: number
}

const THEIRS = 'https://example.org/theirs.csv'
const RESOURCES = ['resource-0', 'resource-1', 'resource-2'] as const

export const plans: fc.Arbitrary<Plan> = fc.record<Plan>({
  resources: fc.array(fc.constantFrom(...SHOWN), { minLength: 3, maxLength: 3 }),
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

/** The site of a plan, five days later. */
export async function build({ resources, uploads, before }: Plan): Promise<Bench> {
  const rows = resources.map(async (shown, index) => {
    const resource = RESOURCES[(shown.startsWith('copied') ? index + 1 : index) % RESOURCES.length]
    // The copy of an existing upload, in half of the cases.
    const linked = await urlOf(keyOf(index + 1, resource), `etag-${index + 1}`)
    const moved = `https://old.example.org/resource/${resource}/download/data.csv`
    const url = { '': '', theirs: THEIRS, none: '', ours: linked, copied: linked, moved, 'copied and moved': moved }[
      shown
    ]
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
  const announced = recordOf(key, {
    previous_url: previous,
    previous_last_modified: lastModified,
    state,
    expires_at: NOW.toISOString(),
  })
  if (record !== 'none')
    bench.store.place(`uplink/uploads/${announced.id}.json`, {
      bytes: record === 'unreadable' ? '{}' : JSON.stringify(announced),
    })
  if (content !== 'none')
    bench.store.place(createdEvent(key).key, {
      bytes: content === 'good' ? 'a,b\n' : 'a,b,c,d,e,f\n',
      etag: `etag-${order}`,
    })
}

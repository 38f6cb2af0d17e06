import { link } from '../../src/index.ts'
import {
  type DatasetLister,
  findUnneededFiles,
  type OperationDeps,
  type UnneededFile,
} from '../../src/operations/index.ts'
import type { Settings } from '../../src/settings/index.ts'
import { DAY_MS } from '../../src/support/index.ts'
import { timeOfUploadId, type UploadRecord } from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, OTHER, RESOURCE, uploadId } from './fixtures.ts'
import { resourceOf } from './table-catalog.ts'
import { createTableLister } from './table-lister.ts'

export const DAYS = 30
export const keyText = (order: number, resourceId = RESOURCE): string => createdEvent(keyOf(order, resourceId)).key

export type Site = Bench & { readonly deps: OperationDeps }

/** A time so many days after the uploads of a bench. */
export function later(bench: Bench, days = DAYS + 1): Site {
  const now = () => new Date(timeOfUploadId(uploadId(1)) + days * DAY_MS)
  return {
    ...bench,
    deps: { ...bench, lister: withHealthy(createTableLister(bench.catalog)), clock: { ...bench.clock, now } },
  }
}

/** Adds a dataset that proves that this is the bucket's CKAN. */
function withHealthy(lister: DatasetLister): DatasetLister {
  const url = 'https://up.example.org/resource/healthy/download/x.csv?v=0123456789abcdef'
  return {
    async *datasets(options) {
      yield* lister.datasets(options)
      yield { id: 'healthy', state: 'active', private: false, resources: [resourceOf('healthy', { url })], readAt: NOW }
    },
  }
}

export async function candidates({ deps }: Site): Promise<readonly UnneededFile[]> {
  const found: UnneededFile[] = []
  for await (const candidate of findUnneededFiles(deps, { olderThanDays: DAYS })) found.push(candidate)
  return found
}

export async function keysOf(site: Site): Promise<readonly string[]> {
  return (await candidates(site)).map(({ key }) => key)
}

/** Two uploads of a resource, linked in turn. */
export async function replaced(days?: number, settings: Partial<Settings> = {}): Promise<Site> {
  const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)], settings })
  for (const order of [1, 2]) await link(bench, [bench.upload(keyOf(order), { content: { etag: `etag-${order}` } })])
  return later(bench, days)
}

/** An upload that was never linked, to a resource that shows a person's URL. */
export function useless(record: Partial<UploadRecord> | null, url = 'https://example.org/theirs.csv'): Site {
  const bench = createBench({ resources: [resourceOf(RESOURCE, { url }), resourceOf(OTHER)] })
  if (record === null) bench.store.place(keyText(1))
  else bench.upload(keyOf(1), { record })
  return later(bench)
}

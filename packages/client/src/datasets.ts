import { RefusedError } from '@ckan-uplink/core'
import type { Act } from './actions.ts'

/** A dataset as CKAN shows it. The site's schema decides the other fields. */
export interface Dataset {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly resources: readonly Readonly<Record<string, unknown>>[]
  readonly [field: string]: unknown
}

export interface DatasetQuery {
  /** A Solr query, such as `title:water`. */
  readonly q?: string | undefined
  /** A Solr filter query, such as `organization:city`. */
  readonly fq?: string | undefined
  /** Datasets per answer, at most 1000. Default: 100. */
  readonly pageSize?: number | undefined
  readonly signal?: AbortSignal | undefined
}

interface Found {
  readonly results: readonly Dataset[]
}

/** All datasets that the caller may see, private ones too, oldest first. Datasets created meanwhile come last. */
export async function* datasets(
  act: Act,
  { q, fq, pageSize = 100, signal }: DatasetQuery = {},
): AsyncGenerator<Dataset, void> {
  const query = { q: q ?? '*:*', fq, rows: pageSize, sort: 'metadata_created asc', include_private: true }
  const seen = new Set<string>()
  for (let start = 0; ; ) {
    const { results } = await act<Found>('package_search', { ...query, start }, { signal })
    if (results.length === 0) return
    for (const dataset of results) {
      if (!seen.has(dataset.id)) yield dataset
      seen.add(dataset.id)
    }
    // A site may return fewer rows than requested: `ckan.search.rows_max`.
    start += results.length
  }
}

/** The dataset with exactly this title, or `undefined`. Throws `RefusedError` if several datasets have it. */
export async function findDataset(act: Act, title: string, signal?: AbortSignal): Promise<Dataset | undefined> {
  const found: Dataset[] = []
  for await (const dataset of datasets(act, { q: `"${title.replace(/["\\]/gu, '\\$&')}"`, signal }))
    if (dataset.title === title) found.push(dataset)
  if (found.length <= 1) return found[0]
  throw new RefusedError(
    `${found.length} datasets have the title ${JSON.stringify(title)}: give the name of one, ${found.map(({ name }) => name).join(' or ')}.`,
  )
}

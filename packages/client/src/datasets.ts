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
  /** Whether to list drafts, too. Default: false. */
  readonly drafts?: boolean | undefined
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
  { q, fq, drafts, pageSize = 100, signal }: DatasetQuery = {},
): AsyncGenerator<Dataset, void> {
  const scope = { include_private: true, include_drafts: drafts }
  const query = { q: q ?? '*:*', fq, rows: pageSize, sort: 'metadata_created asc', ...scope }
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

/**
 * The dataset with this title, or `undefined`. Upper and lower case are equal, unless only one dataset has exactly this
 * title. Throws `RefusedError` if several datasets have it.
 */
export async function findDataset(act: Act, title: string, signal?: AbortSignal): Promise<Dataset | undefined> {
  const found: Dataset[] = []
  const wanted = plain(title)
  for await (const dataset of datasets(act, { q: `"${title.replace(/["\\]/gu, '\\$&')}"`, signal }))
    if (plain(dataset.title) === wanted) found.push(dataset)
  const exact = found.filter((dataset) => dataset.title === title)
  if (exact.length === 1) return exact[0]
  if (found.length <= 1) return found[0]
  throw new RefusedError(
    `${found.length} datasets have the title ${JSON.stringify(title)}: give the name of one, ${found.map(({ name }) => name).join(' or ')}.`,
  )
}

/** Up to five datasets with some of the words of a title, the nearest first. */
export async function similarDatasets(act: Act, title: string, signal?: AbortSignal): Promise<readonly Dataset[]> {
  const q = title.match(/[\p{L}\p{N}]+/gu)?.join(' ')
  if (q === undefined) return []
  // `mm`: how many of the words have to match.
  // https://solr.apache.org/guide/solr/latest/query-guide/dismax-query-parser.html
  const { results } = await act<Found>('package_search', { q, mm: '1', rows: 5, include_private: true }, { signal })
  return results
}

function plain(title: string): string {
  return title.normalize('NFC').trim().toLowerCase()
}

import { invalid } from '../action-error.ts'
import type { Call } from '../call.ts'
import { showDataset } from '../dataset-view.ts'
import { type Fields, isFields, isTrue, type Json } from '../json.ts'
import { mayReadDataset } from '../permissions.ts'
import type { DatasetRow } from '../state.ts'

/**
 * `package_search`. Words are looked for in titles, names, notes and tags; `field:value` compares one field, as
 * `field:{"value" TO *]` does, `res_url:*text*` a part of resources' URLs. Newest first, or by id; counted by owner
 * where asked for. With `mm` 1 a dataset needs only one of the words of `q`.
 */
export function searchDatasets(call: Call, params: Fields): Json {
  const words = termsIn(params['q'])
  const filters = termsIn(params['fq'])
  const leastWords = params['mm'] === '1' ? Math.min(1, words.length) : words.length
  const sort = params['sort'] === 'id asc' ? 'id asc' : 'score desc, metadata_modified desc'
  const found = Object.values(call.state.datasets)
    .filter((row) => isSeen(call, row, params))
    .sort((a, b) => (sort === 'id asc' ? (a.id > b.id ? 1 : -1) : a.metadataModified < b.metadataModified ? 1 : -1))
    .map((row) => showDataset(call, row))
    .filter((dataset) => filters.every((term) => matchesTerm(dataset, term)))
    .filter((dataset) => words.filter((word) => matchesTerm(dataset, word)).length >= leastWords)
  const start = naturalNumber(params, 'start', 0)
  const rows = Math.min(naturalNumber(params, 'rows', 10), 1000)
  const facets = { ...(namesIn(params['facet.field']).includes('owner_org') && { owner_org: countOwners(found) }) }
  return { count: found.length, facets, results: found.slice(start, start + rows), sort, search_facets: {} }
}

function termsIn(query: Json | undefined): readonly string[] {
  return (
    String(query ?? '')
      .match(TERM)
      ?.filter((term) => term !== '*:*') ?? []
  )
}

function namesIn(list: Json | undefined): readonly Json[] {
  return Array.isArray(list) ? list : []
}

function countOwners(datasets: readonly Fields[]): Fields {
  const owners = datasets.map((dataset) => dataset['owner_org']).filter((owner) => typeof owner === 'string')
  return Object.fromEntries([...Map.groupBy(owners, (owner) => owner)].map(([owner, those]) => [owner, those.length]))
}

/** A range in brackets holds blanks. */
const TERM = /[+(]*\w+:[[{][^\]}]*[\]}]|\S+/gu

/** CKAN's index never contains deleted datasets. */
function isSeen(call: Call, row: DatasetRow, params: Fields): boolean {
  if (row.state === 'draft') return isTrue(params['include_drafts']) && mayReadDataset(call, row)
  return row.state === 'active' && (!row.private || (isTrue(params['include_private']) && mayReadDataset(call, row)))
}

function naturalNumber(params: Fields, name: string, fallback: number): number {
  const number = Number(params[name] ?? fallback)
  if (!Number.isInteger(number)) throw invalid({ [name]: ['Invalid integer'] })
  if (number < 0) throw invalid({ [name]: ['Must be a natural number'] })
  return number
}

function matchesTerm(dataset: Fields, term: string): boolean {
  const [, above, open, least = ''] = /^[+(]*(\w+):([[{])"((?:\\.|[^"\\])*)" TO \*\]$/u.exec(term) ?? []
  if (above !== undefined) return isAbove(String(dataset[above]), least.replaceAll(/\\(.)|Z$/gu, '$1'), open === '[')
  const [, part] = /^\+?res_url:\*(.*)\*$/u.exec(term) ?? []
  if (part !== undefined) return urlsOf(dataset).some((url) => url.includes(part.replaceAll(/\\(.)/gu, '$1')))
  const [, field, value = ''] = /^[+(]*(\w+):"?([^")]*)"?\)*$/u.exec(term) ?? []
  if (field !== undefined) return value === '*' || String(indexed(dataset, field)) === value
  const text = JSON.stringify([dataset['title'], dataset['name'], dataset['notes'], dataset['tags']]).toLowerCase()
  return text.includes(term.toLowerCase())
}

/** CKAN's index has some fields that a dataset does not show. */
function indexed(dataset: Fields, field: string): Json | undefined {
  if (field === 'organization') return ownerName(dataset)
  if (field === 'capacity') return dataset['private'] === true ? 'private' : 'public'
  return dataset[field]
}

function urlsOf({ resources }: Fields): readonly string[] {
  return Array.isArray(resources)
    ? resources.map((resource) => (isFields(resource) ? String(resource['url']) : ''))
    : []
}

function isAbove(value: string, least: string, isIncluded: boolean): boolean {
  return value > least || (isIncluded && value === least)
}

function ownerName({ organization }: Fields): Json | undefined {
  return typeof organization === 'object' && organization !== null && !Array.isArray(organization)
    ? organization['name']
    : undefined
}

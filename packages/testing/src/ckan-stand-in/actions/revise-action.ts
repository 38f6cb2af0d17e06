import { invalid, notFound } from '../action-error.ts'
import type { Action } from '../call.ts'
import { saveDataset } from '../dataset-save.ts'
import { showDataset } from '../dataset-view.ts'
import { differences, merge, mergeKey, resolveKey, toFault, toIntegrityError } from '../flattened-keys.ts'
import { filterGlobs } from '../glob-filter.ts'
import { copyJson, type Fields, isFields, type Json, parseJson } from '../json.ts'
import { checkRead, checkUpdate } from '../permissions.ts'
import { findDataset } from '../state.ts'

/** Matches, filters, updates and writes one dataset. Read permission suffices up to the match and the update's keys. */
export const reviseAction: Action = {
  lock: (state, params) => findDataset(state, readRevision(params).id)?.id,
  run(call, params) {
    checkDicts(params)
    const revision = readRevision(params)
    const dataset = findDataset(call.state, revision.id)
    if (dataset === undefined) throw revision.id === undefined ? invalid({ match__id: 'Missing value' }) : notFound()
    checkRead(call, dataset)
    const shown = showDataset(call, dataset)
    checkMatch(shown, revision, params)
    const revised = applyUpdate(shown, revision)
    if (revised['id'] !== dataset.id) throw notFound()
    checkUpdate(call, dataset)
    return included(saveDataset(call, dataset, revised), params['include'])
  },
}

interface Revision {
  readonly id: Json | undefined
  readonly match: Fields
  readonly matchKeys: readonly [string, Json][]
  readonly filter: Json
  readonly update: Fields
  readonly updateKeys: readonly [string, Json][]
}

function readRevision(params: Fields): Revision {
  const match = dictOf(params, 'match')
  const matchKeys = keysAfter('match__', params)
  const flat = Object.fromEntries(matchKeys)
  const id = [flat['id'], match['id'], flat['name'], match['name']].find(
    (value) => value !== undefined && value !== null && value !== '',
  )
  return {
    id,
    match,
    matchKeys,
    filter: params['filter'] ?? [],
    update: dictOf(params, 'update'),
    updateKeys: keysAfter('update__', params),
  }
}

function dictOf(params: Fields, name: string): Fields {
  const value = decoded(params[name] ?? {})
  return isFields(value) ? value : {}
}

function checkDicts(params: Fields): void {
  for (const name of ['match', 'update']) {
    if (!isFields(decoded(params[name] ?? {}))) throw invalid({ [name]: ['Must be a dict'] })
  }
}

/** Flattened keys in the order in which CKAN takes them, each value JSON-decoded if it can be. */
function keysAfter(prefix: string, params: Fields): [string, Json][] {
  return Object.entries(params)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]): [string, Json] => [key.slice(prefix.length), decoded(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** A string that is JSON counts as what it says: `"4"` is 4. */
function decoded(value: Json): Json {
  if (typeof value !== 'string') return value
  try {
    return parseJson(value)
  } catch {
    return value
  }
}

function checkMatch(shown: Fields, { match, matchKeys }: Revision, params: Fields): void {
  try {
    const inKeys = matchKeys.flatMap(([key, wanted]) => {
      const { value, path } = resolveKey(shown, key)
      return differences(value, wanted, path)
    })
    const unmatched = [...differences(shown, match), ...inKeys]
    if (unmatched.length > 0) throw invalid({ match: unmatched.map((path) => path.join('__')) })
  } catch (thrown) {
    throw toIntegrityError(thrown, params)
  }
}

function applyUpdate(shown: Fields, { filter, update, updateKeys }: Revision): Fields {
  const { id = null } = shown
  filterGlobs(shown, patterns(decoded(filter)))
  shown['id'] = id
  attempt('update', () => merge(shown, copyJson(update)))
  const extendFirst = [...updateKeys].sort(([a], [b]) => Number(b.endsWith('extend')) - Number(a.endsWith('extend')))
  for (const [key, value] of extendFirst) attempt(key, () => mergeKey(shown, key, copyJson(value)))
  return shown
}

function attempt(parameter: string, step: () => unknown): void {
  try {
    step()
  } catch (thrown) {
    throw toFault(thrown, parameter)
  }
}

function patterns(list: Json): string[] {
  return (typeof list === 'string' ? list.split(',') : Array.isArray(list) ? list : []).map(String)
}

/** CKAN takes a string here letter by letter, by which `-*` works and a list between commas doesn't. */
function included(dataset: Fields, include: Json | undefined): Fields {
  const answer = { package: dataset }
  if (include !== undefined && include !== null)
    filterGlobs(answer, typeof include === 'string' ? [...include] : patterns(include))
  return answer
}

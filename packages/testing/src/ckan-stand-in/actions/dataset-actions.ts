import { denied, invalid, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName } from '../call.ts'
import { newDataset } from '../dataset-fields.ts'
import { buildDataset, saveDataset } from '../dataset-save.ts'
import { showDataset } from '../dataset-view.ts'
import { type Fields, isTrue, type Json } from '../json.ts'
import { checkKnown, checkRead, checkUpdate, mayCreateDataset, mayReadDataset } from '../permissions.ts'
import { type DatasetRow, findDataset, findGroup, type State } from '../state.ts'

const byId = (state: State, params: Fields) => findDataset(state, params['id'])?.id

export const datasetActions: Readonly<Record<string, Action>> = {
  package_show: { sideEffectFree: true, run: (call, params) => showDataset(call, readable(call, params)) },
  package_list: { sideEffectFree: true, run: (call) => publicDatasets(call).map((dataset) => dataset.columns['name'] ?? null) },
  package_search: { sideEffectFree: true, run: search },
  package_create: { run: create },
  package_update: { lock: byId, run: (call, params) => saveDataset(call, updatable(call, params, 'package_update'), params) },
  package_patch: { lock: byId, run: patch },
  package_delete: { lock: byId, run: remove },
}

function existing(call: Call, params: Fields): DatasetRow {
  const dataset = findDataset(call.state, required(params, 'id'))
  if (dataset === undefined) throw notFound()
  return dataset
}

function readable(call: Call, params: Fields): DatasetRow {
  const dataset = existing(call, params)
  checkRead(call, dataset)
  return dataset
}

function updatable(call: Call, params: Fields, action: string): DatasetRow {
  checkKnown(call, action)
  const dataset = existing(call, params)
  checkUpdate(call, dataset, action)
  return dataset
}

function patch(call: Call, params: Fields): Json {
  const dataset = updatable(call, params, 'package_patch')
  return saveDataset(call, dataset, { ...showDataset(call, dataset), ...params, id: dataset.id })
}

function remove(call: Call, params: Fields): Json {
  const dataset = existing(call, params)
  checkUpdate(call, dataset, 'package_delete')
  call.state.datasets[dataset.id] = { ...dataset, state: 'deleted', metadataModified: call.timestamp(), collaborators: {} }
  return null
}

/** Only sysadmins choose a state or an id when they create. */
function create(call: Call, params: Fields): Json {
  checkKnown(call, 'package_create')
  const isSysadmin = call.caller?.sysadmin === true
  const owner = findGroup(call.state, params['owner_org'])
  const mayCreate = Object.values(call.state.groups).some((group) => mayCreateDataset(call, group))
  if (!isSysadmin && !mayCreate) throw denied(`User ${callerName(call)} not authorized to create packages`)
  if (owner !== undefined && !mayCreateDataset(call, owner)) {
    throw denied(`User ${callerName(call)} not authorized to add dataset to this organization`)
  }
  const { id, state = 'active', ...rest } = params
  if (!isSysadmin && id !== undefined) throw invalid({ id: ['The input field id was not expected.'] })
  if (findDataset(call.state, id) !== undefined) throw invalid({ id: ['Dataset id already exists'] })
  const fresh = newDataset(call)
  const input = { ...rest, resources: rest['resources'] ?? [], state: isSysadmin ? state : 'active' }
  const dataset = buildDataset(call, typeof id === 'string' ? { ...fresh, id } : fresh, input)
  call.state.datasets[dataset.id] = dataset
  return showDataset(call, dataset)
}

function publicDatasets({ state }: Call): DatasetRow[] {
  return Object.values(state.datasets)
    .filter((dataset) => dataset.state === 'active' && !dataset.private)
    .sort((a, b) => (String(a.columns['name']) < String(b.columns['name']) ? -1 : 1))
}

/** Words are looked for in titles, names, notes and tags; `field:value` compares one field. Newest first. */
function search(call: Call, params: Fields): Json {
  const withPrivate = isTrue(params['include_private'])
  const seen = Object.values(call.state.datasets).filter((row) => row.state === 'active' && (!row.private || (withPrivate && mayReadDataset(call, row))))
  const terms = `${params['q'] ?? ''} ${params['fq'] ?? ''}`.split(/\s+/u).filter((term) => term !== '' && term !== '*:*')
  const found = seen
    .sort((a, b) => (a.metadataModified < b.metadataModified ? 1 : -1))
    .map((row) => showDataset(call, row))
    .filter((dataset) => terms.every((term) => matchesTerm(dataset, term)))
  const start = Number(params['start'] ?? 0)
  const rows = Math.min(Number(params['rows'] ?? 10), 1000)
  return { count: found.length, facets: {}, results: found.slice(start, start + rows), sort: 'score desc, metadata_modified desc', search_facets: {} }
}

function matchesTerm(dataset: Fields, term: string): boolean {
  const [, field, value = ''] = /^[+(]*(\w+):"?([^")]*)"?\)*$/u.exec(term) ?? []
  if (field !== undefined) return value === '*' || String(field === 'organization' ? ownerName(dataset) : dataset[field]) === value
  const text = JSON.stringify([dataset['title'], dataset['name'], dataset['notes'], dataset['tags']]).toLowerCase()
  return text.includes(term.toLowerCase())
}

function ownerName({ organization }: Fields): Json | undefined {
  return typeof organization === 'object' && organization !== null && !Array.isArray(organization) ? organization['name'] : undefined
}

import { denied, internalError, invalid, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName } from '../call.ts'
import { newDataset } from '../dataset-fields.ts'
import { buildDataset, saveDataset } from '../dataset-save.ts'
import { showDataset } from '../dataset-view.ts'
import type { Fields, Json } from '../json.ts'
import { checkRead, checkSysadmin, checkUpdate, mayCreateDataset } from '../permissions.ts'
import { isUuid } from '../resource-fields.ts'
import { type DatasetRow, findDataset, findGroup, type State } from '../state.ts'
import { searchDatasets } from './search-action.ts'

const byId = (state: State, params: Fields) => findDataset(state, params['id'])?.id

export const datasetActions: Readonly<Record<string, Action>> = {
  package_show: { sideEffectFree: true, run: (call, params) => showDataset(call, readable(call, params)) },
  package_list: {
    sideEffectFree: true,
    run: (call) => publicDatasets(call).map((dataset) => dataset.columns['name'] ?? null),
  },
  package_search: { sideEffectFree: true, run: searchDatasets },
  package_create: { run: create },
  package_update: { lock: byId, run: (call, params) => saveDataset(call, updatable(call, params), params) },
  package_patch: { lock: byId, run: patch },
  package_delete: { lock: byId, run: remove },
  dataset_purge: { lock: byId, run: purge },
}

function existing(call: Call, params: Fields): DatasetRow {
  const dataset = findDataset(call.state, params['id'])
  if (dataset === undefined) throw notFound()
  return dataset
}

function readable(call: Call, params: Fields): DatasetRow {
  if (isMissing(params['id'])) throw invalid({ name_or_id: ['Missing value'] })
  if (typeof params['id'] !== 'string') throw internalError()
  const dataset = existing(call, params)
  checkRead(call, dataset)
  return dataset
}

function updatable(call: Call, params: Fields): DatasetRow {
  if (isMissing(params['id'])) throw invalid({ id: 'Missing value' })
  const dataset = existing(call, params)
  checkUpdate(call, dataset)
  return dataset
}

function isMissing(value: Json | undefined): boolean {
  return value === undefined || value === null || value === ''
}

function patch(call: Call, params: Fields): Json {
  if (isMissing(params['id']) && call.caller?.sysadmin !== true)
    throw invalid({ message: 'Missing id, can not get Package object' })
  required(params, 'id')
  const dataset = updatable(call, params)
  return saveDataset(call, dataset, { ...showDataset(call, dataset), ...params, id: dataset.id })
}

function remove(call: Call, params: Fields): Json {
  required(params, 'id')
  const dataset = existing(call, params)
  checkUpdate(call, dataset)
  call.state.datasets[dataset.id] = {
    ...dataset,
    state: 'deleted',
    metadataModified: call.timestamp(),
    collaborators: {},
  }
  return null
}

/** Without a trace. */
function purge(call: Call, params: Fields): Json {
  required(params, 'id')
  const { id } = existing(call, params)
  checkSysadmin(call, 'purge dataset')
  delete call.state.datasets[id]
  return null
}

/** Only sysadmins choose a state or an id when they create. */
function create(call: Call, params: Fields): Json {
  const isSysadmin = call.caller?.sysadmin === true
  const owner = findGroup(call.state, params['owner_org'])
  const mayCreate = Object.values(call.state.groups).some((group) => mayCreateDataset(call, group))
  if (!isSysadmin && !mayCreate) throw denied(`User ${callerName(call)} not authorized to create packages`)
  const ownerFits = isMissing(params['owner_org']) || (owner !== undefined && mayCreateDataset(call, owner))
  if (!isSysadmin && !ownerFits) {
    throw denied(`User ${callerName(call)} not authorized to add dataset to this organization`)
  }
  const { id, state = 'active', ...rest } = params
  if (!isSysadmin && id !== undefined) throw invalid({ id: ['The input field id was not expected.'] })
  if (typeof id === 'string' && call.version !== '2.10' && !isUuid(id)) throw invalid({ id: ['Invalid id provided'] })
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

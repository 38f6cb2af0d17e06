import { ActionError, denied, internalError, invalid, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName } from '../call.ts'
import { saveDataset } from '../dataset-save.ts'
import { showDataset } from '../dataset-view.ts'
import { type Fields, isFields, type Json } from '../json.ts'
import { isLoadable, submitLoad } from '../load-tasks.ts'
import { checkRead, mayReadDataset, mayUpdateDataset } from '../permissions.ts'
import { type DatasetRow, findByResource, findDataset, type State } from '../state.ts'
import { addDefaultViews } from './view-actions.ts'

const byResource = (state: State, params: Fields) => findByResource(state, params['id'])?.id

export const resourceActions: Readonly<Record<string, Action>> = {
  resource_show: { sideEffectFree: true, run: show },
  resource_create: { lock: (state, params) => findDataset(state, params['package_id'])?.id, run: create },
  resource_patch: { lock: byResource, run: patch },
  resource_update: { lock: byResource, run: update },
  resource_delete: { lock: byResource, run: remove },
}

function show(call: Call, params: Fields): Json {
  const id = required(params, 'id')
  const dataset = findByResource(call.state, id)
  if (dataset === undefined) throw notFound()
  if (!mayReadDataset(call, dataset)) throw denied(`User ${callerName(call)} not authorized to read resource ${id}`)
  return resourceIn(showDataset(call, dataset), id)
}

function create(call: Call, params: Fields): Json {
  const dataset = findDataset(call.state, required(params, 'package_id'))
  if (dataset === undefined) throw notFound()
  checkRead(call, dataset)
  if (!mayUpdateDataset(call, dataset)) {
    throw denied(`User ${callerName(call)} not authorized to create resources on dataset ${params['package_id']}`)
  }
  const input = { ...params, url: params['url'] || '' }
  const shown = showDataset(call, dataset)
  const resources = resourcesOf(shown)
  const saved = withOwnFaults(-1, () => saveDataset(call, dataset, { ...shown, resources: [...resources, input] }))
  const created = resourcesOf(saved).at(-1)
  if (created === undefined) throw notFound()
  addDefaultViews(call, created)
  loadCreated(call, dataset.id, String(created['id']))
  return created
}

function loadCreated(call: Call, datasetId: string, id: string): void {
  const row = call.state.datasets[datasetId]?.resources.find((resource) => resource.id === id)
  if (call.extensions.includes('xloader') && row !== undefined && isLoadable(row)) submitLoad(call, id)
}

/** What isn't sent stays. */
function patch(call: Call, params: Fields): Json {
  if (!params['id'] && call.caller?.sysadmin !== true)
    throw invalid({ message: 'Missing id, can not get Resource object' })
  const id = required(params, 'id')
  const dataset = findByResource(call.state, id)
  if (dataset === undefined) throw notFound()
  checkResourceUpdate(call, dataset, id)
  return replace(call, dataset, id, { ...resourceIn(showDataset(call, dataset), id), ...params })
}

function update(call: Call, params: Fields): Json {
  const id = required(params, 'id')
  const dataset = findByResource(call.state, id)
  if (dataset === undefined) throw notFound('Resource was not found.')
  checkResourceUpdate(call, dataset, id)
  return replace(call, dataset, id, params)
}

/** Puts a whole resource in the place of the present one; `datastore_active` alone survives unsent. */
function replace(call: Call, dataset: DatasetRow, id: string, input: Fields): Fields {
  const shown = showDataset(call, dataset)
  const present = resourceIn(shown, id)
  if (call.version === '2.12') checkPosition(resourcesOf(shown), present)
  const kept = present['datastore_active'] === undefined ? {} : { datastore_active: present['datastore_active'] }
  const sent = { ...kept, ...input, url: input['url'] || '' }
  const resources = resourcesOf(shown)
  const position = resources.findIndex((resource) => resource['id'] === id)
  const saved = withOwnFaults(position, () =>
    saveDataset(call, dataset, { ...shown, resources: resources.with(position, sent) }),
  )
  const replaced = resourceIn(saved, id)
  if (replaced['format'] !== present['format']) addDefaultViews(call, replaced)
  return replaced
}

/** CKAN 2.12 looks for a resource where its position says. */
function checkPosition(resources: readonly Fields[], present: Fields): void {
  const there = resources[Number(present['position'])]
  if (there === undefined) throw internalError()
  if (there['id'] !== present['id']) throw notFound('Resource was not found.')
}

function remove(call: Call, params: Fields): Json {
  const id = required(params, 'id')
  const dataset = findByResource(call.state, id)
  if (dataset === undefined) throw notFound()
  if (!mayUpdateDataset(call, dataset)) throw denied(`User ${callerName(call)} not authorized to delete resource ${id}`)
  const shown = showDataset(call, dataset)
  saveDataset(call, dataset, { ...shown, resources: resourcesOf(shown).filter((resource) => resource['id'] !== id) })
  return null
}

function checkResourceUpdate(call: Call, dataset: DatasetRow, id: string): void {
  if (!mayUpdateDataset(call, dataset)) throw denied(`User ${callerName(call)} not authorized to edit resource ${id}`)
}

function resourcesOf(dataset: Fields): Fields[] {
  return Array.isArray(dataset['resources']) ? dataset['resources'].filter(isFields) : []
}

function resourceIn(dataset: Fields, id: string): Fields {
  const found = resourcesOf(dataset).find((resource) => resource['id'] === id)
  if (found === undefined) throw notFound('Resource was not found.')
  return found
}

/** Gives the faults of the one resource in question as those of the call. */
function withOwnFaults(position: number, save: () => Fields): Fields {
  try {
    return save()
  } catch (thrown) {
    const faults = thrown instanceof ActionError && thrown.status === 409 ? thrown.error['resources'] : undefined
    const own = Array.isArray(faults) ? faults.at(position) : undefined
    throw isFields(own) ? invalid(own) : thrown
  }
}

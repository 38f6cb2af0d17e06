import { denied, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName } from '../call.ts'
import { type Fields, isFields, type Json } from '../json.ts'
import { mayReadDataset, mayUpdateDataset } from '../permissions.ts'
import { type DatasetRow, findByResource, type ViewRow } from '../state.ts'

/** CKAN's default of `ckan.preview.image_formats`. */
const IMAGE_FORMATS = ['png', 'jpeg', 'jpg', 'gif']

/** CKAN with the plugin `image_view`, which is one of its default views. */
export const viewActions: Readonly<Record<string, Action>> = {
  resource_view_list: { sideEffectFree: true, run: list },
  resource_view_delete: { run: remove },
  resource_create_default_resource_views: { run: createDefaults },
}

/** What `resource_create`, `package_create` and a changed format do. */
export function addDefaultViews(call: Call, resource: Fields): readonly ViewRow[] {
  const id = String(resource['id'])
  const present = viewsOf(call, id)
  const format = String(resource['format'] ?? '').toLowerCase()
  if (!IMAGE_FORMATS.includes(format) || present.some(({ type }) => type === 'image_view')) return []
  const view: ViewRow = { id: crypto.randomUUID(), type: 'image_view' }
  call.state.views = { ...call.state.views, [id]: [...present, view] }
  return [view]
}

function createDefaults(call: Call, params: Fields): Json {
  required(params, 'resource')
  const { resource } = params
  const id = isFields(resource) ? resource['id'] : undefined
  const dataset = existing(call, id)
  if (!mayUpdateDataset(call, dataset))
    throw denied(`User ${callerName(call)} not authorized to create resources on dataset ${dataset.id}`)
  return addDefaultViews(call, isFields(resource) ? resource : {}).map((view) => show(String(id), view))
}

function list(call: Call, params: Fields): Json {
  const id = required(params, 'id')
  const dataset = existing(call, id)
  if (!mayReadDataset(call, dataset)) throw denied(`User ${callerName(call)} not authorized to read resource ${id}`)
  return viewsOf(call, String(id)).map((view) => show(String(id), view))
}

function remove(call: Call, params: Fields): Json {
  const id = required(params, 'id')
  const [resource, views] =
    Object.entries(call.state.views ?? {}).find(([, rows]) => rows.some((view) => view.id === id)) ?? []
  if (resource === undefined || views === undefined) throw notFound()
  if (!mayUpdateDataset(call, existing(call, resource)))
    throw denied(`User ${callerName(call)} not authorized to delete resource view ${id}`)
  call.state.views = { ...call.state.views, [resource]: views.filter((view) => view.id !== id) }
  return null
}

function existing({ state }: Call, id: Json | undefined): DatasetRow {
  const dataset = findByResource(state, id)
  if (dataset === undefined) throw notFound()
  return dataset
}

function viewsOf({ state }: Call, resource: string): readonly ViewRow[] {
  return state.views?.[resource] ?? []
}

function show(resource: string, { id, type }: ViewRow): Fields {
  return { id, resource_id: resource, view_type: type, title: 'Image', description: '' }
}

import { denied, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName, type Extension } from '../call.ts'
import type { Fields, Json } from '../json.ts'
import { isPending, loadUpdated, submitLoad } from '../load-tasks.ts'
import { checkKnown, mayUpdateDataset } from '../permissions.ts'
import { findByResource } from '../state.ts'
import { extensionFileActions } from './file-actions.ts'

/** Actions that a plugin brings. */
export const extensionActions: Readonly<Record<Extension, Readonly<Record<string, Action>>>> = {
  files: extensionFileActions,
  xloader: { xloader_submit: { run: submit }, xloader_status: { sideEffectFree: true, run: status } },
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw notFound()
  return row
}

function submit(call: Call, params: Fields): Json {
  return submitLoad(call, loadable(call, params))
}

function status(call: Call, params: Fields): Json {
  const id = loadable(call, params)
  if (call.state.tasks[id] === undefined) throw notFound()
  return {
    status: isPending(call, id) ? 'pending' : 'complete',
    job_id: null,
    last_updated: loadUpdated(call, id),
    task_info: null,
    error: {},
  }
}

/** Users who may update a resource can start a load and read its status. */
function loadable(call: Call, params: Fields): string {
  const id = required(params, 'resource_id')
  const dataset = findByResource(call.state, id)
  checkKnown(call, 'xloader_submit')
  if (!mayUpdateDataset(call, found(dataset)))
    throw denied(`User ${callerName(call)} not authorized to update resource ${id}`)
  return id
}

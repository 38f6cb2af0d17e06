import { denied, internalError, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName, type Extension } from '../call.ts'
import { type Fields, type Json, textOf } from '../json.ts'
import { isPending, loadUpdated, submitLoad } from '../load-tasks.ts'
import { checkKnown, mayUpdateDataset, mayUpdateGroup } from '../permissions.ts'
import { findByResource, findDataset, findGroup, findUser } from '../state.ts'

/** Actions of core since 2.12. */
export const fileActions: Readonly<Record<string, Action>> = { file_owner_scan: { sideEffectFree: true, run: scan } }

/** Actions that a plugin brings. */
export const extensionActions: Readonly<Record<Extension, Readonly<Record<string, Action>>>> = {
  files: { files_file_scan: { sideEffectFree: true, run: scan } },
  xloader: { xloader_submit: { run: submit }, xloader_status: { sideEffectFree: true, run: status } },
}

/** The files of an owner: for whoever may update the owner, and so a question that writes nothing. No files are kept here. */
function scan(call: Call, params: Fields): Json {
  const type = textOf(params, 'owner_type') || 'user'
  const isAllowed = call.caller?.sysadmin === true || mayUpdateOwner(call, type, params['owner_id'])
  if (!isAllowed) throw denied('Not allowed to list files')
  return { count: 0, results: [] }
}

function mayUpdateOwner(call: Call, type: string, id: Json | undefined): boolean {
  if (type === 'user')
    return call.caller !== undefined && findUser(call.state, id ?? call.caller.id)?.id === call.caller.id
  if (type === 'package' || type === 'resource') {
    return mayUpdateDataset(
      call,
      found(type === 'package' ? findDataset(call.state, id) : findByResource(call.state, id)),
    )
  }
  if (type !== 'organization' && type !== 'group') throw internalError()
  return mayUpdateGroup(call, found(findGroup(call.state, id)))
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

/** Loads, and what became of them, are for whoever may update the resource. */
function loadable(call: Call, params: Fields): string {
  const id = required(params, 'resource_id')
  const dataset = findByResource(call.state, id)
  checkKnown(call, 'xloader_submit')
  if (!mayUpdateDataset(call, found(dataset)))
    throw denied(`User ${callerName(call)} not authorized to update resource ${id}`)
  return id
}

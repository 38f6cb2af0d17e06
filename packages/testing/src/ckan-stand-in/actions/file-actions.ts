import { allRequired, denied, invalid, notFound, required } from '../action-error.ts'
import type { Action, Call } from '../call.ts'
import { checkScan, checkSysadminForFiles, mayDo } from '../file-permissions.ts'
import { type FileRow, findFiles, showFile } from '../files.ts'
import { type Fields, isFields, isTrue, type Json, textOf } from '../json.ts'
import { checkKnown } from '../permissions.ts'

const STORAGE = 'default'

/** The files of CKAN 2.12. They are in one storage, `default`, whose content the stand-in does not keep. */
export const coreFileActions: Readonly<Record<string, Action>> = {
  file_create: { takesFile: true, run: forKnown('file_create', create) },
  file_register: { run: forKnown('file_register', register) },
  file_show: { sideEffectFree: true, run: show },
  file_rename: {
    run: forKnown('file_rename', (call, params) =>
      rename(call, params, (name) => name.toLowerCase().replaceAll(' ', '-')),
    ),
  },
  file_pin: { run: forKnown('file_pin', (call, params) => pin(call, params, true)) },
  file_unpin: { run: forKnown('file_unpin', (call, params) => pin(call, params, false)) },
  file_owner_scan: { sideEffectFree: true, run: scan },
  file_ownership_transfer: {
    run: forKnown('file_ownership_transfer', (call, params) => transfer(call, params, 'transfer ownership')),
  },
  file_delete: { run: forKnown('file_delete', remove) },
}

/** The files of ckanext-files 1.3. */
export const extensionFileActions: Readonly<Record<string, Action>> = {
  files_file_create: { takesFile: true, run: create },
  files_file_register: { run: register },
  files_file_show: { sideEffectFree: true, run: show },
  files_file_rename: { run: (call, params) => rename(call, params, (name) => name) },
  files_file_pin: { run: (call, params) => pin(call, params, true) },
  files_file_unpin: { run: (call, params) => pin(call, params, false) },
  files_file_search: { sideEffectFree: true, run: search },
  files_file_scan: { sideEffectFree: true, run: scan },
  files_transfer_ownership: { run: (call, params) => transfer(call, params, 'edit file') },
  files_file_delete: { run: remove },
}

/** The core's actions know no anonymous writers. */
function forKnown(name: string, run: Action['run']): Action['run'] {
  return (call, params) => {
    checkKnown(call, name)
    return run(call, params)
  }
}

function create(call: Call, params: Fields): Json {
  const { upload } = params
  if (!isFields(upload)) throw invalid({ upload: ['Missing value'] })
  checkSysadminForFiles(call)
  const name = textOf(params, 'name') || textOf(upload, 'filename')
  const storage = storageIn(params)
  if (filesOf(call).some(({ location }) => location === name)) throw invalid({ upload: ['File already exists'] })
  const facts = { contentType: textOf(upload, 'content_type'), size: upload['size'] ?? 0, hash: textOf(upload, 'md5') }
  return save(call, { ...newFile(call, storage, name), ...facts })
}

function register(call: Call, params: Fields): Json {
  const location = required(params, 'location')
  checkSysadminForFiles(call)
  const storage = storageIn(params)
  if (filesOf(call).some((file) => file.location === location && file.storage === storage))
    throw invalid({ location: ['File is already registered'] })
  if (!call.hasObject(location)) throw notFound('file')
  return save(call, newFile(call, storage, location))
}

function storageIn(params: Fields): string {
  const storage = textOf(params, 'storage') || STORAGE
  if (storage !== STORAGE) throw invalid({ storage: [`Storage ${storage} is not configured`] })
  return storage
}

function newFile(call: Call, storage: string, location: string): FileRow {
  return {
    id: crypto.randomUUID(),
    name: location,
    location,
    storage,
    contentType: 'application/octet-stream',
    size: 0,
    hash: '',
    created: `${call.timestamp()}+00:00`,
    owner: { type: 'user', id: call.caller?.id ?? '', pinned: false },
  }
}

function show(call: Call, params: Fields): Json {
  return showFile(permitted(call, params, 'show', 'read file'))
}

function rename(call: Call, params: Fields, munge: (name: string) => string): Json {
  const [, name = ''] = allRequired(params, ['id', 'name'])
  return save(call, { ...permitted(call, params, 'update', 'edit file'), name: munge(name) })
}

function pin(call: Call, params: Fields, pinned: boolean): Json {
  const file = permitted(call, params, 'update', 'edit file')
  return save(call, { ...file, owner: { ...file.owner, pinned } })
}

function transfer(call: Call, params: Fields, what: string): Json {
  const [id = '', owner = '', type = ''] = allRequired(params, ['id', 'owner_id', 'owner_type'])
  const present = call.state.files?.[id]
  const isStuck = present === undefined || (present.owner.pinned && !isTrue(params['force']))
  if (isStuck && call.caller?.sysadmin !== true) throw denied('File is pinned')
  const file = permitted(call, params, 'update', what)
  if (isStuck) throw invalid({ force: ['Must be enabled to transfer pinned files'] })
  if (!mayDo(call, { type, id: owner }, 'update')) throw denied(`Not allowed to ${what}`)
  return save(call, { ...file, owner: { type, id: owner, pinned: isTrue(params['pin']) } })
}

function remove(call: Call, params: Fields): Json {
  const file = permitted(call, params, 'delete', 'delete file')
  const { [file.id]: _, ...others } = call.state.files ?? {}
  call.state.files = others
  return showFile(file)
}

function scan(call: Call, params: Fields): Json {
  const type = textOf(params, 'owner_type') || 'user'
  const id = textOf(params, 'owner_id') || (type === 'user' ? (call.caller?.id ?? '') : '')
  checkScan(call, { type, id })
  return findFiles(filesOf(call), { owner_type: type, owner_id: id }, params)
}

function search(call: Call, params: Fields): Json {
  checkSysadminForFiles(call)
  return findFiles(filesOf(call), isFields(params['filters']) ? params['filters'] : {}, params)
}

/** As in CKAN, only sysadmins learn that a file does not exist. */
function permitted(call: Call, params: Fields, operation: 'show' | 'update' | 'delete', what: string): FileRow {
  const id = required(params, 'id')
  const file = call.state.files?.[id]
  if (call.caller?.sysadmin === true && file === undefined) throw notFound('file')
  if (file === undefined || !mayDo(call, file.owner, operation)) throw denied(`Not allowed to ${what}`)
  return file
}

function filesOf({ state }: Call): readonly FileRow[] {
  return Object.values(state.files ?? {})
}

function save(call: Call, file: FileRow): Json {
  call.state.files = { ...call.state.files, [file.id]: file }
  return showFile(file)
}

import { NotAllowedError, NotFoundError, UnavailableError } from '@ckan-uplink/core'
import { isObject, type JsonObject, parseJson } from '@ckan-uplink/core/support'
import { isUploadId } from '@ckan-uplink/core/uploads'
import type { ActionContext } from '../actions/define-action.ts'
import { toActionAnswer } from '../http/answers.ts'
import { badRequest, MAX_SHORT_BYTES } from '../http/body.ts'
import { tokenOf } from '../http/caller.ts'
import { readFields } from '../http/read-fields.ts'
import { entityIn, noteRequest } from '../http/request-notes.ts'
import { refusal } from '../http/validate.ts'
import { DELETE, type FileAction, SCAN, SEARCH, SHOW } from './file-actions.ts'
import { createFindFilesApi, type FilesApi } from './find-files-api.ts'
import { requireNotShown } from './require-not-shown.ts'
import { isGiven, readSearch, type Search, toSearchFields } from './search.ts'
import { isWhole, type Selection, selectFiles, selectionOfScan, selectionOfSearch } from './selection.ts'

/** The files of one owner that the gateway selects from. Together they have some megabytes. */
const MAX_SELECTED = 5000

const NOT_YET = 'CKAN does not have the file of this upload yet: upload_show says why.'

/** A request for a file action: its fields, and the API that CKAN has. */
interface Asked {
  readonly action: FileAction
  readonly api: FilesApi
  readonly request: Request
  readonly fields: JsonObject
}

/** Reads the file that the fields name, with the token of the request. Throws unless CKAN shows it to the caller. */
type ShowFile = (request: Request, fields: JsonObject) => Promise<JsonObject>

export type FileActions = ReturnType<typeof createFileActions>

/** Answers file actions by CKAN's own files API, with the caller's token. */
export function createFileActions(context: ActionContext) {
  const { settings, passThrough, records } = context
  const findFilesApi = createFindFilesApi(context)

  const showFile: ShowFile = async (request, sent) => {
    if (!isGiven(sent['id'])) throw refusal({ id: ['Missing value'] })
    const fields = await withFileId({ id: sent['id'] })
    const shown = await send({ api: await findFilesApi(request), request }, SHOW, fields)
    if (shown.status === 200) return resultOf(await shown.text())
    if (shown.status === 404) throw new NotFoundError('File was not found.')
    if (shown.status === 403) throw new NotAllowedError('Not authorized to read this file')
    if (shown.status === 409)
      throw refusal({ id: [`Expected the id of a file but received ${JSON.stringify(sent['id'])}`] })
    throw new UnavailableError(`CKAN at ${settings.ckanUrl} answered ${shown.status} to ${SHOW.name}.`)
  }

  const answer = async (action: FileAction, request: Request): Promise<Response> => {
    const sent = await fieldsOf(action, request)
    noteRequest(request, entityIn(sent))
    const fields = await withFileId(sent)
    const api = action.name === action.core ? 'core' : await findFilesApi(request)
    const asked = { action, api, request, fields }
    if (action === SEARCH) return search(asked)
    if (action === SCAN) return scan(asked)
    return action.core === DELETE.core ? remove(asked) : send(asked, action, fields)
  }
  return { answer, showFile, findFilesApi }

  /** The id of one of our uploads also names its file, as soon as the linker has registered it. */
  async function withFileId(fields: JsonObject): Promise<JsonObject> {
    const { id } = fields
    const isUpload = settings.filesStorage !== undefined && typeof id === 'string' && isUploadId(id)
    const record = isUpload ? await records.find(id) : undefined
    if (record === undefined) return fields
    const { id: file, reason = NOT_YET } = record.file ?? {}
    if (file === undefined) throw new NotFoundError(reason)
    return { ...fields, id: file }
  }

  function send({ api, request }: Pick<Asked, 'api' | 'request'>, { name, core }: FileAction, fields: JsonObject) {
    return passThrough.post(api === 'core' ? core : name, request, fields)
  }

  function search(asked: Asked): Promise<Response> {
    const wanted = readSearch(asked.fields)
    if (asked.api === 'extension') return send(asked, asked.action, toSearchFields(wanted))
    return select(asked, wanted, selectionOfSearch(wanted))
  }

  function scan(asked: Asked): Promise<Response> {
    const wanted = readSearch(asked.fields)
    return select(asked, wanted, selectionOfScan(wanted))
  }

  async function select(asked: Asked, { paging }: Search, selection: Selection): Promise<Response> {
    if (isWhole(selection)) return send(asked, SCAN, { ...selection.owner, ...paging })
    const all = { ...selection.owner, ...paging, start: 0, rows: MAX_SELECTED }
    const answer = await send(asked, SCAN, all)
    if (answer.status !== 200) return answer
    const { count, results } = resultOf(await answer.text())
    if (Number(count) > MAX_SELECTED) throw tooMany(Number(count))
    const page = selectFiles(Array.isArray(results) ? results : [], selection, paging)
    return toActionAnswer(settings, asked.action.name, page)
  }

  /** Reads the file first, with the same token. CKAN then decides about the deletion itself. */
  async function remove(asked: Asked): Promise<Response> {
    const shown = await send(asked, SHOW, asked.fields)
    if (shown.status !== 200) return shown
    const file = resultOf(await shown.text())
    await requireNotShown(context, tokenOf(asked.request.headers) ?? '', file)
    return send(asked, asked.action, asked.fields)
  }
}

async function fieldsOf({ reads }: FileAction, request: Request): Promise<JsonObject> {
  if (request.method === 'POST') {
    const { fields, unusable } = await readFields(request, MAX_SHORT_BYTES)
    if (unusable === undefined) return fields
    if ('fault' in unusable) throw unusable.fault
    throw refusal({ [unusable.fileField]: ['This action takes no file: send the fields without a file'] })
  }
  if (reads) return Object.fromEntries(new URL(request.url).searchParams)
  throw badRequest('JSON Error: Invalid request. Please use POST method for your request')
}

function resultOf(text: string): JsonObject {
  const answer = parseJson(text)
  const result = isObject(answer) ? answer['result'] : undefined
  return isObject(result) ? result : {}
}

function tooMany(count: number) {
  return refusal({
    filters: [
      `This owner has ${count} files, and at most ${MAX_SELECTED} can be searched: list them with files_file_scan`,
    ],
  })
}

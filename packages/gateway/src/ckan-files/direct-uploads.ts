import { NotFoundError, RefusedError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import { isUploadId } from '@ckan-uplink/core/uploads'
import { HTTPException } from 'hono/http-exception'
import type { Action, ActionContext } from '../actions/define-action.ts'
import { resourceUpload } from '../actions/resource-upload.ts'
import { uploadComplete } from '../actions/upload-complete.ts'
import { uploadListParts } from '../actions/upload-list-parts.ts'
import { MAX_PARTS_SIGNED, uploadSignParts } from '../actions/upload-sign-parts.ts'
import { toActionAnswer } from '../http/answers.ts'
import { isMultipart, MAX_JSON_BYTES, MAX_SHORT_BYTES, readBytes } from '../http/body.ts'
import { type KnownCaller, requireCaller } from '../http/caller.ts'
import { readFields, type Sent } from '../http/read-fields.ts'
import { entityIn, noteRequest } from '../http/request-notes.ts'
import { errorOf, refusal } from '../http/validate.ts'
import type { FileActions } from './answer-file-action.ts'
import { awaitFile, type CompleteFile } from './await-file.ts'
import { listStorages } from './list-storages.ts'
import { mayHaveBytes, refuseWithoutBytes } from './need-bytes.ts'
import { type BegunFile, beginFile } from './new-file.ts'
import { peekAtForm } from './part-in-form.ts'
import { createPassToCkan } from './pass-to-ckan.ts'
import { beginReplacement, noteOnReplaced } from './replace-file.ts'
import { toFile } from './to-file.ts'

/** A request for our own storage. */
interface Direct {
  readonly fields: JsonObject
  /** The result of one of the gateway's own actions with these fields, as the same caller. */
  own(action: Action, fields: JsonObject): Promise<JsonObject>
  /** Begins the upload of a file that no resource links to. */
  begin(fields: JsonObject): Promise<BegunFile>
  /** Begins the upload of a file that replaces another one. */
  replace(shown: JsonObject): Promise<BegunFile>
  /** A file as CKAN shows it to the caller. */
  show(): Promise<JsonObject>
  /** Waits for a limited time until CKAN has the file of the upload. */
  awaitFile(): Promise<CompleteFile>
}

/** What `storage_data` says, the id of the upload, and what the answer says beside the file. */
interface Begun {
  readonly id: string
  readonly data: JsonObject
  readonly more?: JsonObject
}
type Done = Begun | Extract<CompleteFile, { shown: JsonObject }>
type Handler = (direct: Direct) => Promise<Done>

/** Under this name CKAN 2.12 has the action itself. */
const createFile: Handler = async ({ fields, begin }) => {
  const { record, storageData } = await begin(fields)
  return { id: record.id, data: storageData }
}

/** The actions of ckanext-files by which files go straight to the bucket. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  async files_resource_upload({ fields, own }) {
    const { resource_id: id, content_type: mimetype, name, size, hash, multipart } = fields
    if (!id)
      throw refusal({ resource_id: ['Missing value: create the resource first, for example by resource_create'] })
    const { upload } = await own(resourceUpload, { id, name, size, mimetype, hash, multipart })
    const { method, url, headers, expires_at, part_size, part_count, id: uploadId } = isObject(upload) ? upload : {}
    const data = url
      ? { upload: { method, url, headers, expires_at } }
      : { uploaded: 0, parts: {}, part_size, part_count }
    return { id: String(uploadId), data }
  },
  files_file_create: createFile,
  file_create: createFile,
  async files_file_replace({ show, replace }) {
    const shown = await show()
    const { record, storageData } = await replace(shown)
    return { id: record.id, data: storageData, more: noteOnReplaced(shown) }
  },
  async files_multipart_start({ fields, begin }) {
    const { record, storageData } = await begin({ ...fields, multipart: true })
    return { id: record.id, data: storageData }
  },
  async files_multipart_update({ fields, own }) {
    const { id, part, upload } = fields
    if (upload) throw partWithBytes()
    const numbers = [part].flat()
    const areWhole = numbers.every((number) => /^\d{1,6}$/u.test(String(number)))
    if (!areWhole || numbers.length === 0 || numbers.length > MAX_PARTS_SIGNED)
      throw refusal({ part: [`Must be a whole number from 0, or a list of 1 to ${MAX_PARTS_SIGNED} such numbers`] })
    const asked = { id, part_numbers: numbers.map((number) => Number(number) + 1) }
    const { parts } = await own(uploadSignParts, asked).catch(explainPart)
    const signed = (parts as { part_number: number; url: string; headers: JsonObject }[]).map(
      ({ part_number, url, headers }) => [part_number - 1, { method: 'PUT', url, headers }] as const,
    )
    const data = Array.isArray(part) ? { uploads: Object.fromEntries(signed) } : { upload: signed[0]?.[1] }
    return { id: String(id), data }
  },
  async files_multipart_refresh({ fields, own }) {
    const parts = (await own(uploadListParts, { id: fields['id'] }))['parts'] as { part_number: number; size: number }[]
    const data = {
      uploaded: parts.reduce((sum, { size }) => sum + size, 0),
      parts: Object.fromEntries(parts.map(({ part_number, size }) => [part_number - 1, size])),
    }
    return { id: String(fields['id']), data }
  },
  async files_multipart_complete({ fields, own, awaitFile }) {
    await own(uploadComplete, { id: fields['id'] })
    const complete = await awaitFile()
    return 'shown' in complete ? complete : { id: String(fields['id']), data: {}, more: complete }
  },
}

const LIST = 'files_storage_list'
const UPDATE = 'files_multipart_update'
/** The actions on an upload that has begun. */
const CONTINUES = /^files_multipart_(?:update|refresh|complete)$/u

/**
 * `undefined` for an action that is not one of these. CKAN gets requests with bytes, and requests for its own storages.
 */
export function createDirectUploads(context: ActionContext, { showFile, findFilesApi }: FileActions) {
  const { settings, passThrough, records, authorizer, clock } = context
  const passToCkan = createPassToCkan(context, findFilesApi)
  /** CKAN's own ids are of another version of UUID. A new file with bytes, or for another storage, is for CKAN, too. */
  function isOurs(name: string, { id, upload, storage }: JsonObject): boolean {
    if (CONTINUES.test(name)) return isUploadId(String(id))
    return !upload && (!storage || storage === settings.filesStorage)
  }

  return async (name: string, request: Request): Promise<Response | undefined> => {
    if (name === LIST) return toActionAnswer(settings, name, listStorages(context))
    const { filesStorage } = settings
    const isOwn = Object.hasOwn(HANDLERS, name) && filesStorage !== undefined && request.method === 'POST'
    if (isOwn && !isMultipart(request)) return answerFields(name, request, filesStorage)
    return isOwn && name === UPDATE ? updateByForm(request) : passToCkan(name, request)
  }

  async function answerFields(name: string, request: Request, filesStorage: string): Promise<Response> {
    const begunAt = clock.now()
    const caller = await requireCaller(authorizer, request.headers)
    noteRequest(request, { by: caller.name })
    // CKAN also takes bytes in JSON.
    const maxBytes = mayHaveBytes(name) ? MAX_JSON_BYTES : MAX_SHORT_BYTES
    const held = await readBytes(request, maxBytes)
    const { url, headers } = request
    const sent = await readFields(new Request(url, { method: 'POST', headers, body: held }), maxBytes)
    noteRequest(request, entityIn(sent.fields))
    refuseWithoutBytes(name, sent.fields, filesStorage)
    const handler = isOurs(name, sent.fields) ? HANDLERS[name] : undefined
    if (handler === undefined) return (await passToCkan(name, request, held)) ?? passThrough.pass(name, request, held)
    const { fields } = sent
    const direct: Direct = {
      fields,
      own: ownActions(context, caller, { ...sent, request }),
      begin: (file) => beginFile(context, caller, file).catch((thrown) => explainRefusal(thrown, request)),
      replace: (shown) => beginReplacement(context, caller, fields, shown),
      show: () => showFile(request, fields),
      awaitFile: () => awaitFile(context, { id: String(fields['id']), begunAt }, (id) => showFile(request, { id })),
    }
    return answer(name, await handler(direct))
  }

  /** Clients of ckanext-files send each part in a form. CKAN gets it for an upload to its own storages. */
  async function updateByForm(request: Request): Promise<Response | undefined> {
    const { id, whole } = await peekAtForm(request)
    if (isUploadId(id ?? '')) throw partWithBytes()
    return passToCkan(UPDATE, whole)
  }

  /** Throws 400 instead if the plugin cannot be asked because CKAN has no files. */
  async function explainRefusal(thrown: unknown, request: Request): Promise<never> {
    if (thrown instanceof RefusedError && 'upload' in thrown.details)
      await findFilesApi(request).catch((fault: unknown) => {
        if (fault instanceof HTTPException) throw fault
      })
    throw thrown
  }

  async function answer(name: string, done: Done): Promise<Response> {
    if ('shown' in done) return toActionAnswer(settings, name, done.shown)
    const { id, data, more } = done
    const record = await records.find(id)
    if (record === undefined) throw new NotFoundError('Upload was not found.')
    return toActionAnswer(settings, name, { ...toFile(settings, record, data), ...more })
  }
}

function ownActions(context: ActionContext, caller: KnownCaller, asked: Sent & { readonly request: Request }) {
  return async (action: Action, fields: JsonObject) => {
    const result = await action.run(context, caller, { ...asked, fields, exact: () => fields })
    return isObject(result) ? result : {}
  }
}

function partWithBytes() {
  return refusal({ upload: ['Must be absent: put the bytes to storage_data.upload of the answer'] })
}

/** Here parts count from 0. Throws the error again. */
function explainPart(thrown: unknown): never {
  const last = /^Must be from 1 to (\d+)$/u.exec(String(errorOf(thrown)['part_numbers']))?.[1]
  throw last === undefined ? thrown : refusal({ part: [`Must be from 0 to ${Number(last) - 1}`] })
}

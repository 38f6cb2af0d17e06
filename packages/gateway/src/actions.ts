import { IMAGE_OWNER_TYPES } from '@ckan-uplink/core/uploads'
import { HTTPException } from 'hono/http-exception'
import { toActionAnswer } from './answers.ts'
import { checkAnnounced, isMultipart, MAX_OWN_BYTES, MAX_SHORT_BYTES } from './body.ts'
import { type KnownCaller, requireCaller } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import { type Fields, readFields } from './fields.ts'
import { createImageUpload } from './image-upload.ts'
import { createMultipartActions } from './multipart-actions.ts'
import { createPassThrough } from './pass-through.ts'
import type { Records } from './records.ts'
import { entityIn, noteRequest } from './request-notes.ts'
import { uploadShow } from './request-schemas.ts'
import { createResourceCreate } from './resource-create.ts'
import { createResourceUpload } from './resource-upload.ts'
import { createUploadList } from './upload-list.ts'
import { createUploadRemove } from './upload-remove.ts'
import type { createUploadShow } from './upload-show.ts'
import { createUploads } from './uploads.ts'
import { validate } from './validate.ts'

type Action = (request: Request) => Promise<Response>
type OwnAction = (caller: KnownCaller, fields: Fields) => Promise<unknown>

/** The Action API: the gateway's own actions, and CKAN's for all other names. */
export function createActions(deps: GatewayDeps, records: Records, showUpload: ReturnType<typeof createUploadShow>) {
  const { settings, authorizer } = deps
  const uploads = createUploads(deps)
  const passThrough = createPassThrough(deps)
  const createResource = createResourceCreate(deps, { records, uploads, passThrough })

  const own = new Map<string, Action>([
    ['resource_upload', enveloped('resource_upload', createResourceUpload(deps, records, uploads))],
    ...IMAGE_OWNER_TYPES.map(
      (type) =>
        [`${type}_upload`, enveloped(`${type}_upload`, createImageUpload(type, deps, records, uploads))] as const,
    ),
    ['upload_show', enveloped('upload_show', (caller, fields) => showUpload(caller, validate(uploadShow, fields).id))],
    ['upload_list', enveloped('upload_list', createUploadList(deps, records))],
    ['upload_remove', enveloped('upload_remove', createUploadRemove(deps, records))],
    ['resource_create', postedResource],
    ...Object.entries(createMultipartActions(deps, records, showUpload)).map(
      ([name, run]) => [name, enveloped(name, run)] as const,
    ),
  ])

  return (action: string, request: Request): Promise<Response> => {
    if (request.method !== 'POST' && request.method !== 'GET')
      throw new HTTPException(405, { message: 'An action takes GET or POST.' })
    const handle = own.get(action)
    if (handle === undefined) return passOn(action, request)
    if (request.method !== 'POST')
      throw new HTTPException(400, { message: 'JSON Error: Invalid request. Please use POST method for your request' })
    return handle(request)
  }

  function enveloped(name: string, run: OwnAction): Action {
    return async (request) => {
      const { caller, fields } = await readKnown(request, MAX_SHORT_BYTES)
      return toActionAnswer(settings, name, await run(caller, fields))
    }
  }

  /** The caller before the body: nothing is read for somebody whom CKAN doesn't know. */
  async function readKnown(request: Request, maxBytes: number) {
    checkAnnounced(request, maxBytes)
    const caller = await requireCaller(authorizer, request.headers)
    noteRequest(request, { by: caller.name })
    const fields = await readFields(request, maxBytes)
    noteRequest(request, entityIn(fields))
    return { caller, fields }
  }

  /** A file that comes along is for CKAN to take. */
  async function postedResource(request: Request): Promise<Response> {
    if (isMultipart(request)) return passThrough.pass('resource_create', request)
    const { caller, fields } = await readKnown(request, MAX_OWN_BYTES)
    return createResource(caller, fields, request)
  }

  async function passOn(action: string, request: Request): Promise<Response> {
    if (settings.passThrough && /^\w+$/u.test(action)) return passThrough.pass(action, request)
    throw new HTTPException(400, { message: `Action name not known: ${action}` })
  }
}

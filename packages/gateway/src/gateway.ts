import { NotFoundError } from '@ckan-uplink/core'
import { logStart } from '@ckan-uplink/core/settings'
import { parseDownloadName } from '@ckan-uplink/core/uploads'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { Hono } from 'hono/tiny'
import { createActionApi } from './actions/action-api.ts'
import type { ActionContext } from './actions/define-action.ts'
import { ACTIONS } from './actions/index.ts'
import type { GatewayDeps } from './deps.ts'
import { createDownload, type DownloadPath } from './files/download.ts'
import { createImage } from './files/image.ts'
import { createLinkedObjects } from './files/linked-objects.ts'
import { createPublicFile } from './files/public-file.ts'
import { addPublicFiles, allowPublicReading } from './files/public-host.ts'
import { addFilestoreRoutes } from './filestore/routes.ts'
import { createOpenGrant } from './grants/upload-grants.ts'
import { answerError } from './http/answer-error.ts'
import { MAX_STATUS_BYTES } from './http/body.ts'
import { requireCaller, tokenOf, withToken } from './http/caller.ts'
import { createPassThrough } from './http/pass-through.ts'
import { createPermissions, type Permissions } from './http/permissions.ts'
import {
  addSecurityHeaders,
  allowOrigins,
  limitAddresses,
  refuseGrantsAsTokens,
  refuseHttp,
} from './http/protection.ts'
import { createRateLimits, limitUsers } from './http/rate-limits.ts'
import { readFields } from './http/read-fields.ts'
import { entityIn, noteRequest } from './http/request-notes.ts'
import { validate } from './http/validate.ts'
import { createAskPlugin } from './links/ask-plugin.ts'
import { createOpenLink } from './links/open-link.ts'
import { createPostCheck } from './links/post-check.ts'
import { createRecallPlugin } from './links/recall-plugin.ts'
import { addServiceRoutes } from './service/routes.ts'
import { sendLinkPage, sendStatic, sendUploadPage } from './static/send-static.ts'
import { createNewUploads } from './uploads/new-uploads.ts'
import { createRecords } from './uploads/records.ts'
import { showRecord } from './uploads/show-record.ts'
import { showStatus, showStatuses, statusRequest } from './uploads/show-status.ts'
import { STATUS_KEY_HEADER } from './uploads/status-keys.ts'

const UNCACHED = { headers: { 'Cache-Control': 'no-store' } }

/**
 * The gateway: a function of web-standard requests, the same on every cloud. It never throws. Errors of the Action API
 * have CKAN's shape, all others are problem+json. It keeps only answers to anonymous readers, for a minute.
 *
 * @example
 * const gateway = createGateway({ settings, authorizer, store, signer, clock, logger, checks })
 * const response = await gateway.fetch(new Request('https://uploads.example.org/healthz'))
 */
export function createGateway(deps: GatewayDeps): { fetch(request: Request): Promise<Response> } {
  const { settings } = deps
  logStart(deps.logger, 'gateway', settings)
  const app = new Hono()
  const records = createRecords(deps.store)
  const limits = { ...createRateLimits(deps.clock, settings.requestsPerMinute), ...deps.rateLimits }
  addSecurityHeaders(app, settings)
  allowPublicReading(app, settings)
  allowOrigins(app, settings)
  refuseHttp(app, deps)
  limitAddresses(app, deps, limits.perAddress)
  refuseGrantsAsTokens(app, ACTIONS)
  addPublicFiles(app, settings, createPublicFile(deps, createLinkedObjects(deps, records)))
  addServiceRoutes(app, deps)
  const limited = { ...deps, authorizer: limitUsers(deps.authorizer, limits.perUser) }
  const permissions = limitUsers(createPermissions(deps), limits.perUser)
  const [uploads, passThrough] = [createNewUploads(limited), createPassThrough(limited)]
  const postCheck = createPostCheck(deps)
  const askPlugin = createAskPlugin(postCheck)
  const recallPlugin = createRecallPlugin(deps, askPlugin)
  const context = { ...limited, records, uploads, passThrough, permissions, postCheck, askPlugin, recallPlugin }
  forgetRefused(app, permissions)
  addActionRoutes(
    app,
    createActionApi(context, createOpenGrant(deps, limits.perUser), createOpenLink(deps, limits.perUser)),
    context,
  )
  addFileRoutes(app, context)
  addFilestoreRoutes(app, limited)
  app.get('/link', ({ req }) => sendLinkPage(deps, req.raw))
  app.get('/upload/:place', ({ req }) => sendUploadPage(deps, req.raw))
  refuseOtherMethods(app, deps)
  app.notFound(async ({ req }) => {
    const file = await sendStatic(deps, req.raw)
    return file ?? answerError(deps, new NotFoundError('There is no such route.'), req.raw)
  })
  app.onError((thrown, context) => answerError(deps, thrown, context.req.raw))
  return { fetch: async (request) => app.fetch(withToken(request, settings.ckanTokenHeader)) }
}

/** After any refusal of a caller, remembered permissions of this caller no longer count. */
function forgetRefused(app: Hono, { forget }: Permissions): void {
  app.use(async (context, next) => {
    await next()
    const token = context.res.status === 403 ? tokenOf(context.req.raw.headers) : undefined
    if (token !== undefined) await forget(token)
  })
}

function addActionRoutes(app: Hono, act: ReturnType<typeof createActionApi>, context: ActionContext): void {
  for (const path of ['/api/3/action/:action', '/api/action/:action'] as const)
    app.all(path, ({ req }) => act(req.param('action'), req.raw))
  app.post('/uploads/status', async ({ req }) => {
    const { fields } = await readFields(req.raw, MAX_STATUS_BYTES)
    const { uploads } = validate(statusRequest, fields)
    return Response.json(await showStatuses(context, uploads), UNCACHED)
  })
  app.get('/uploads/:id', async ({ req }) => {
    const id = req.param('id')
    const key = req.header(STATUS_KEY_HEADER)
    if (key !== undefined) return Response.json(await showStatus(context, { id, key }), UNCACHED)
    const caller = await requireCaller(context.authorizer, req.raw.headers)
    noteRequest(req.raw, { by: caller.name, ...entityIn(req.param()) })
    return Response.json(await showRecord(context, caller, id), UNCACHED)
  })
}

function addFileRoutes(app: Hono, context: ActionContext): void {
  const download = createDownload(context, createLinkedObjects(context, context.records))
  const sendImage = createImage(context, context.records)
  const sendDownload = ({ req }: Context) => download(req.raw, downloadPathOf(req.param()))
  app.get('/images/:type/:ownerId/:uploadId/:fileName', ({ req }) => {
    const { type, ownerId, uploadId, fileName } = req.param()
    return sendImage(`images/${type}/${ownerId}/${uploadId}/${fileName}`, req.query('v'))
  })
  for (const names of [':a', ':a/:b', ':a/:b/:c']) app.get(`/resource/:resourceId/download/${names}`, sendDownload)
}

/** Answers 405 for other methods on the routes above. The Action API checks its methods itself. */
function refuseOtherMethods(app: Hono, deps: GatewayDeps): void {
  const known = new Set(app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path))
  for (const path of known) {
    app.all(path, ({ req }) => {
      const response = answerError(
        deps,
        new HTTPException(405, { message: 'This address accepts only GET and HEAD.' }),
        req.raw,
      )
      response.headers.set('Allow', 'GET, HEAD')
      return response
    })
  }
}

/** Any version in the URL leads to the present object: it only keeps caches apart. */
function downloadPathOf({ resourceId = '', ...names }: Readonly<Record<string, string>>): DownloadPath {
  const name = parseDownloadName(Object.values(names))
  if (name === undefined) throw new NotFoundError('The resource has no such file.')
  const { uploadId, fileName } = name
  return { resourceId, ...(uploadId !== undefined && { uploadId }), fileName }
}

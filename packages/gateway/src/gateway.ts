import { NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import { isLoopbackHost } from '@ckan-uplink/core/support'
import type { Context } from 'hono'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { Hono } from 'hono/tiny'
import { createActions } from './actions.ts'
import { answerError } from './answer-error.ts'
import { requireCaller, withToken } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import { createDownload, type DownloadPath } from './download.ts'
import { createImage } from './image.ts'
import { createLinkedObjects } from './linked-objects.ts'
import { readDescription } from './openapi.ts'
import { createPublicFile } from './public-file.ts'
import { addPublicFiles, allowPublicReading, publicPartsOf } from './public-host.ts'
import { createRateLimits, limitUsers, networkOf, type RateLimit, tooManyRequests } from './rate-limits.ts'
import { createReadiness } from './readiness.ts'
import { createRecords, type Records } from './records.ts'
import { entityIn, noteRequest } from './request-notes.ts'
import { createUploadShow } from './upload-show.ts'

/** For whatever is answered: nothing here is a page, and a browser must not take it for one. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}
/** For a year browsers then ask this host and those below it by https alone. */
const HTTPS_HEADERS: Readonly<Record<string, string>> = {
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
}

/**
 * The gateway as a function of web-standard requests, the same on every cloud. It never throws: errors of the Action API have CKAN's
 * shape, all others are problem+json. It keeps nothing but answers to anonymous readers, for a minute.
 *
 * @example
 * const gateway = createGateway({ settings, authorizer, store, signer, clock, logger, checks })
 * const response = await gateway.fetch(new Request('https://uploads.example.org/healthz'))
 */
export function createGateway(deps: GatewayDeps): { fetch(request: Request): Promise<Response> } {
  const app = new Hono()
  const records = createRecords(deps.store)
  const limits = { ...createRateLimits(deps.clock, deps.settings.requestsPerMinute), ...deps.rateLimits }
  addHeaders(app, deps)
  refuseHttp(app, deps)
  limitAddresses(app, deps, limits.perAddress)
  addPublicFiles(app, deps.settings, createPublicFile(deps, createLinkedObjects(deps, records)))
  addServiceRoutes(app, deps)
  addUploadRoutes(app, { ...deps, authorizer: limitUsers(deps.authorizer, limits.perUser) }, records)
  refuseOtherMethods(app, deps)
  app.notFound((context) => answerError(deps, new NotFoundError('There is no such route.'), context.req.raw))
  app.onError((thrown, context) => answerError(deps, thrown, context.req.raw))
  return { fetch: async (request) => app.fetch(withToken(request, deps.settings.ckanTokenHeader)) }
}

function addHeaders(app: Hono, { settings }: GatewayDeps): void {
  const { allowedOrigins, ckanTokenHeader, gatewayUrl } = settings
  const headers = { ...SECURITY_HEADERS, ...(gatewayUrl.startsWith('https:') && HTTPS_HEADERS) }
  app.use(async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(headers)) if (!context.res.headers.has(name)) context.header(name, value)
  })
  allowPublicReading(app, settings)
  if (allowedOrigins.length === 0) return
  const origin = allowedOrigins.includes('*') ? '*' : [...allowedOrigins]
  const allowHeaders = [...new Set(['Authorization', 'Content-Type', 'X-CKAN-API-Key', ckanTokenHeader])]
  app.use(
    cors({ origin, allowHeaders, allowMethods: ['GET', 'HEAD', 'POST'], exposeHeaders: ['Retry-After'], maxAge: 3600 }),
  )
}

/**
 * By then a token has gone over the network in the clear: a redirect would hide that from the client's author. Public files take no
 * token, and old links to them may say `http:`.
 */
function refuseHttp(app: Hono, { settings, seesProtocol }: GatewayDeps): void {
  if (!seesProtocol || !settings.gatewayUrl.startsWith('https:')) return
  app.use(async ({ req }, next) => {
    const url = new URL(req.url)
    const isPlain = url.protocol === 'http:' && !isLoopbackHost(url.hostname)
    if (isPlain && publicPartsOf(settings, req.raw))
      return Response.redirect(url.href.replace(/^http:/u, 'https:'), 301)
    if (isPlain) throw new NotAllowedError('This takes https alone. If a token was sent along, revoke it in CKAN.')
    return next()
  })
}

/** `/healthz` stays free, so that a monitor behind a busy address sees the truth. */
function limitAddresses(app: Hono, { addressOf }: GatewayDeps, perAddress: RateLimit): void {
  app.use(async ({ req }, next) => {
    const address = req.path === '/healthz' ? undefined : addressOf?.(req.raw)
    if (address !== undefined && !(await perAddress.admits(networkOf(address))))
      throw tooManyRequests('This address has sent')
    await next()
  })
}

function addServiceRoutes(app: Hono, deps: GatewayDeps): void {
  const { gatewayUrl } = deps.settings
  const readReadiness = createReadiness(deps)
  app.get(
    '/',
    () =>
      new Response(
        `ckan-uplink: direct-to-cloud uploads for CKAN. The API is described at ${gatewayUrl}/openapi.json.\n`,
      ),
  )
  app.get('/healthz', () => Response.json({ status: 'ok' }))
  app.get('/readyz', async () => {
    const readiness = await readReadiness()
    return Response.json(readiness, {
      status: readiness.status === 'ok' ? 200 : 503,
      headers: { 'Cache-Control': 'no-store' },
    })
  })
  app.get('/openapi.json', async () => Response.json({ ...(await readDescription()), servers: [{ url: gatewayUrl }] }))
}

function addUploadRoutes(app: Hono, deps: GatewayDeps, records: Records): void {
  const showUpload = createUploadShow(deps, records)
  const act = createActions(deps, records, showUpload)
  const download = createDownload(deps, createLinkedObjects(deps, records))
  const sendImage = createImage(deps, records)
  const sendDownload = (context: Context) => download(context.req.raw, downloadPathOf(context.req.param()))
  for (const path of ['/api/3/action/:action', '/api/action/:action'] as const)
    app.all(path, (context) => act(context.req.param('action'), context.req.raw))
  app.get('/uploads/:id', async ({ req }) => {
    const caller = await requireCaller(deps.authorizer, req.raw.headers)
    noteRequest(req.raw, { by: caller.name, ...entityIn(req.param()) })
    const record = await showUpload(caller, req.param('id'))
    return Response.json(record, { headers: { 'Cache-Control': 'no-store' } })
  })
  app.get('/images/:type/:ownerId/:uploadId/:fileName', ({ req }) => {
    const { type, ownerId, uploadId, fileName } = req.param()
    return sendImage(`images/${type}/${ownerId}/${uploadId}/${fileName}`, req.query('v'))
  })
  app.get('/resource/:resourceId/download/:fileName', sendDownload)
  app.get('/resource/:resourceId/download/:uploadId/:fileName', sendDownload)
}

/** Of the paths that are there; those of the Action API see to it themselves. */
function refuseOtherMethods(app: Hono, deps: GatewayDeps): void {
  const known = new Set(app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path))
  for (const path of known) {
    app.all(path, (context) => {
      const response = answerError(
        deps,
        new HTTPException(405, { message: 'This takes GET and HEAD.' }),
        context.req.raw,
      )
      response.headers.set('Allow', 'GET, HEAD')
      return response
    })
  }
}

function downloadPathOf({ resourceId = '', uploadId, fileName = '' }: Readonly<Record<string, string>>): DownloadPath {
  return { resourceId, ...(uploadId !== undefined && { uploadId }), fileName }
}

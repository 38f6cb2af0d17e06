import { NotFoundError } from '@ckan-uplink/core'
import type { JsonObject } from '@ckan-uplink/core/support'
import type { Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { GatewayDeps } from '../deps.ts'
import { answerError } from '../http/answer-error.ts'
import { badRequest } from '../http/body.ts'
import { createAuthForm, UPLOAD_PATH } from './auth-form.ts'
import { createAuthRequest } from './auth-request.ts'
import { createDocuments } from './documents.ts'
import { LABEL_RULE, labelInPath } from './label.ts'
import { createMetadata } from './metadata.ts'
import { createSendFile } from './send-file.ts'
import { createUploadHandle } from './upload-handle.ts'

type Answer = (request: Request, label: string) => Promise<JsonObject>

const INDEX = {
  'metadata/{label}': { description: 'Shows the metadata of a file, or sets them by POST and PUT.' },
  'auth/request/{label}': { description: 'Signs one GET or PUT, for 15 minutes.' },
  'auth/form/{label}': { description: 'Returns a form for a new file, for 15 minutes.' },
}

/** The FileStore API of CKAN 1.8 to 2.8, for old clients. Without the setting its routes do not exist. */
export function addFilestoreRoutes(app: Hono, deps: GatewayDeps): void {
  if (!deps.settings.filestoreApi) return
  const documents = createDocuments(deps)
  const metadata = createMetadata(deps, documents)
  const upload = createUploadHandle(deps, documents)
  const sendFile = createSendFile(deps)
  app.get('/api/storage', () => toJson(INDEX))
  add(app, deps, '/api/storage/metadata/', {
    GET: (_, label) => metadata.get(label),
    POST: metadata.set,
    PUT: metadata.set,
  })
  const authForm = createAuthForm(deps, documents)
  add(app, deps, '/api/storage/auth/form/', { GET: authForm, POST: authForm })
  const authRequest = createAuthRequest(deps, documents)
  add(app, deps, '/api/storage/auth/request/', { GET: authRequest, POST: authRequest })
  app.post(UPLOAD_PATH, async ({ req }) => toJson(await metadata.get(await upload(req.raw))))
  app.get('/storage/f/*', ({ req }) => sendFile(req.raw, labelAfter('/storage/f/', req.raw)))
}

function add(app: Hono, deps: GatewayDeps, prefix: string, answers: Readonly<Record<string, Answer>>): void {
  app.all(`${prefix}*`, async ({ req }: Context) => {
    const answer = answers[req.method === 'HEAD' ? 'GET' : req.method]
    if (answer === undefined) return notAllowed(deps, req.raw, Object.keys(answers))
    if (req.query('callback') !== undefined)
      throw badRequest('This API has no JSONP: leave out callback, and have the operator allow your origin.')
    return toJson(await answer(req.raw, labelAfter(prefix, req.raw)))
  })
}

/** The router would decode the path. */
function labelAfter(prefix: string, { url }: Request): string {
  const label = labelInPath(new URL(url).pathname.slice(prefix.length))
  if (label === undefined) throw new NotFoundError(`This is no label. ${LABEL_RULE}`)
  return label
}

function notAllowed(deps: GatewayDeps, request: Request, methods: readonly string[]): Response {
  const message = `This address accepts only ${methods.join(', ')}.`
  const response = answerError(deps, new HTTPException(405, { message }), request)
  response.headers.set('Allow', methods.join(', '))
  return response
}

function toJson(answer: JsonObject): Response {
  return Response.json(answer, { headers: { 'Cache-Control': 'no-store' } })
}

import { HTTPException } from 'hono/http-exception'
import { createFileActions } from '../ckan-files/answer-file-action.ts'
import { createDirectUploads } from '../ckan-files/direct-uploads.ts'
import { CORE_ACTIONS, FILE_ACTIONS } from '../ckan-files/file-actions.ts'
import { answerByDecision } from '../grants/decisions.ts'
import { isGrant } from '../grants/grant.ts'
import { answerByGrant, type OpenGrant } from '../grants/upload-grants.ts'
import { toActionAnswer } from '../http/answers.ts'
import { checkAnnounced, isMultipart, MAX_JSON_BYTES, MAX_SHORT_BYTES } from '../http/body.ts'
import { type KnownCaller, requireCaller, tokenOf } from '../http/caller.ts'
import { readFields } from '../http/read-fields.ts'
import { entityIn, noteRequest } from '../http/request-notes.ts'
import { tracedLogger } from '../http/trace.ts'
import type { OpenLink } from '../links/open-link.ts'
import { isLinkToken } from '../links/upload-link.ts'
import type { Action, ActionContext } from './define-action.ts'
import { explainLargeForm, goesToCkanUnread, refuseForm } from './form-with-file.ts'
import { createHelpShow } from './help-show.ts'
import { ACTIONS } from './index.ts'

/** The Action API: the gateway answers its own actions, and passes all others on to CKAN. */
export function createActionApi(context: ActionContext, openGrant: OpenGrant, openLink: OpenLink) {
  const { settings, authorizer, permissions, passThrough } = context
  const showHelp = createHelpShow(context)
  const own = new Map(ACTIONS.map((action) => [action.name, action]))
  const ofFiles = new Map(
    settings.passThrough ? [...FILE_ACTIONS, ...CORE_ACTIONS].map((action) => [action.name, action]) : [],
  )
  const files = createFileActions(context)
  const uploadDirectly = createDirectUploads(context, files)

  return async (name: string, request: Request): Promise<Response> => {
    if (request.method !== 'POST' && request.method !== 'GET')
      throw new HTTPException(405, { message: 'An action accepts only GET and POST.' })
    if (name === 'help_show') return showHelp(request)
    const fileAction = ofFiles.get(name)
    if (fileAction !== undefined) return files.answer(fileAction, request)
    const action = own.get(name)
    if (action === undefined) return passOn(name, request)
    if (request.method !== 'POST')
      throw new HTTPException(400, { message: 'JSON Error: Invalid request. Please use POST method for your request' })
    const { maxBytes = MAX_SHORT_BYTES } = action
    return goesToCkanUnread(action, request, maxBytes)
      ? passThrough.pass(name, request)
      : answer({ ...action, maxBytes }, request)
  }

  /**
   * Identifies the caller before it reads the body: the gateway reads nothing from a caller whom CKAN does not know.
   */
  async function answer(action: Action & { readonly maxBytes: number }, request: Request): Promise<Response> {
    const { name, filesGoToCkan } = action
    const isForm = isMultipart(request)
    const maxBytes = isForm && filesGoToCkan ? MAX_JSON_BYTES : action.maxBytes
    if (!isForm) checkAnnounced(request, maxBytes)
    const caller = await identify(action, request)
    noteRequest(request, { by: caller.name })
    const sent = await readFields(request, maxBytes).catch((thrown) => explainLargeForm(action, request, thrown))
    noteRequest(request, entityIn(sent.fields))
    if (sent.unusable !== undefined)
      return filesGoToCkan ? passThrough.pass(name, request, sent.unusable.bytes) : refuseForm(action, sent.unusable)
    const logger = tracedLogger(context.logger, request.headers)
    const asked = { ...contextOf(caller), logger }
    const result = await action.run(asked, caller, { ...sent, request })
    return result instanceof Response ? result : toActionAnswer(settings, name, result)
  }

  function contextOf({ grant, decision, versions }: KnownCaller): ActionContext {
    if (decision) return answerByDecision(context, decision)
    const stated = grant ?? versions
    return stated ? answerByGrant(context, stated) : context
  }

  async function identify({ grants, links, onlySigns }: Action, { headers }: Request): Promise<KnownCaller> {
    const token = tokenOf(headers) ?? ''
    if (links && isLinkToken(token)) return openLink(token)
    return grants && isGrant(token)
      ? openGrant(token, grants)
      : requireCaller(onlySigns ? permissions : authorizer, headers)
  }

  async function passOn(name: string, request: Request): Promise<Response> {
    if (settings.passThrough && /^\w+$/u.test(name))
      return (await uploadDirectly(name, request)) ?? passThrough.pass(name, request)
    throw new HTTPException(400, { message: `Action name not known: ${name}` })
  }
}

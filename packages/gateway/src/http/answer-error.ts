import { messageOf } from '@ckan-uplink/core'
import type { GatewayDeps } from '../deps.ts'
import { actionOf, toActionError, toProblem } from './answers.ts'
import { type Failure, toFailure } from './failure.ts'
import { notesOf } from './request-notes.ts'
import { tracedLogger } from './trace.ts'

/** Callers choose paths, which also appear in messages. This keeps the lines of the log short. */
const MAX_LENGTH = 300

/**
 * Answers an error, and logs it in one line. A failure of the gateway, CKAN or the store is an error. A refusal is a
 * warning.
 */
export function answerError(deps: GatewayDeps, thrown: unknown, request: Request): Response {
  const failure = toFailure(thrown)
  const { pathname } = new URL(request.url)
  const action = actionOf(pathname)
  const facts = {
    method: request.method,
    path: clip(pathname),
    ...(action !== undefined && { action: clip(action) }),
    status: failure.status,
  }
  const logger = tracedLogger(deps.logger, request.headers)
  if (failure.status >= 500) logger.log('error', 'request_failed', { ...facts, ...causesOf(thrown) })
  else if (isRefusal(failure, action)) logRefusal(deps, request, { ...facts, reason: failure.message })
  return action === undefined ? toProblem(failure) : toActionError(deps.settings, action, failure)
}

/** Logs the caller, the request and the reason of a refusal, never a token, a query or a body. */
export function logRefusal(
  { logger, addressOf }: Pick<GatewayDeps, 'logger' | 'addressOf'>,
  request: Request,
  { reason, ...facts }: Readonly<Record<string, unknown>> & { readonly reason: string },
): void {
  const { by, entity } = notesOf(request)
  const who = { ...(by !== undefined && { by }), ...(entity !== undefined && { entity }) }
  const address = addressOf?.(request)
  tracedLogger(logger, request.headers).log('warn', 'request_refused', {
    ...facts,
    ...who,
    ...(address !== undefined && { address }),
    reason: clip(reason),
  })
}

function clip(text: string): string {
  return text.slice(0, MAX_LENGTH)
}

/** Outside the Action API, 404 and 405 are not refusals: the path or method does not exist. */
function isRefusal({ status }: Failure, action: string | undefined): boolean {
  return action !== undefined || (status !== 404 && status !== 405)
}

function causesOf(thrown: unknown): { readonly message: string; readonly cause?: string } {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? { cause: messageOf(thrown.cause) } : {}
  return { message: messageOf(thrown), ...cause }
}

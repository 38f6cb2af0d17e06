import type { Settings } from '@ckan-uplink/core/settings'
import type { ActionError, Problem } from './error-answers.ts'
import type { Failure } from './failure.ts'

const PREFIX = /^\/api\/(?:3\/)?action\/([^/]+)\/?$/u

/** The name of the action in a path of the Action API. `undefined` for any other path. */
export function actionOf(path: string): string | undefined {
  return PREFIX.exec(path)?.[1]
}

/** The result of an own action in CKAN's envelope. */
export function toActionAnswer(settings: Settings, action: string, result: unknown): Response {
  return Response.json(
    { help: helpUrl(settings, action), success: true, result },
    { headers: { 'Cache-Control': 'no-store' } },
  )
}

/** An error in CKAN's form: a JSON string for a body that cannot be read, else the envelope. */
export function toActionError(settings: Settings, action: string, failure: Failure): Response {
  const { status, type, message, fields } = failure
  const preamble = PREAMBLES[status]
  if (status === 400) return Response.json(`Bad request - ${message}`, { status })
  const error =
    status === 409
      ? { ...fields, __type: type }
      : { __type: type, message: preamble === undefined ? message : `${preamble}: ${message}` }
  const body: ActionError = { help: helpUrl(settings, action), success: false, error }
  return Response.json(body, { status, headers: headersOf(failure) })
}

/** An error outside the Action API, by RFC 9457. */
export function toProblem(failure: Failure): Response {
  const { status, title, message } = failure
  const body: Problem = { type: 'about:blank', title, status, detail: message }
  return Response.json(body, {
    status,
    headers: { ...headersOf(failure), 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  })
}

const PREAMBLES: Readonly<Record<number, string>> = { 403: 'Access denied', 404: 'Not found' }

function headersOf({ status, retryAfterSeconds }: Failure): Record<string, string> {
  return {
    ...(status === 405 && { Allow: 'GET, POST' }),
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
  }
}

function helpUrl({ gatewayUrl }: Settings, action: string): string {
  return `${gatewayUrl}/api/3/action/help_show?name=${encodeURIComponent(action)}`
}

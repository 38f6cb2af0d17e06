import type { Fields } from './json.ts'

/** How an action ends that doesn't succeed: the status and the `error` object of CKAN's envelope. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly status: number
  readonly error: Fields

  constructor(status: number, error: Fields) {
    super(`${status} ${JSON.stringify(error)}`)
    this.status = status
    this.error = error
  }
}

/** 404 */
export function notFound(what = ''): ActionError {
  return new ActionError(404, { __type: 'Not Found Error', message: what === '' ? 'Not found' : `Not found: ${what}` })
}

/** 403 */
export function denied(why = ''): ActionError {
  return new ActionError(403, {
    __type: 'Authorization Error',
    message: why === '' ? 'Access denied' : `Access denied: ${why}`,
  })
}

/** 409, with CKAN's words by field. */
export function invalid(errors: Fields): ActionError {
  return new ActionError(409, { ...errors, __type: 'Validation Error' })
}

/** 400, as for a flattened key that leads nowhere; CKAN echoes the request. */
export function integrityError(message: string, data: Fields): ActionError {
  return new ActionError(400, { __type: 'Integrity Error', message, data })
}

/** 500, as for a number that the database can't hold. */
export function internalError(): ActionError {
  return new ActionError(500, { __type: 'Internal Server Error', message: 'Internal Server Error' })
}

/** A required parameter as text. */
export function required(params: Fields, name: string): string {
  return allRequired(params, [name])[0] ?? ''
}

/** Required parameters as text, in the order of their names; all that are missing are named at once. */
export function allRequired(params: Fields, names: readonly string[]): string[] {
  const missing = names.filter((name) => params[name] === undefined || params[name] === null || params[name] === '')
  if (missing.length > 0) throw invalid(Object.fromEntries(missing.map((name) => [name, ['Missing value']])))
  return names.map((name) => String(params[name]))
}

import { ActionError } from './action-error.ts'
import type { Action, Call } from './call.ts'
import { copyJson, type Fields, type Json } from './json.ts'
import type { RequestData } from './request-data.ts'
import type { CkanVersion } from './state.ts'

/** An answer before it is sent. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Runs an action and puts its end into CKAN's envelope. Writes into `call.state` only when it succeeds. */
export function answerAction(call: Call, name: string, action: Action, params: Fields): ApiAnswer {
  const help = `${call.siteUrl}/api/3/action/help_show?name=${name}`
  try {
    return json(200, { help, success: true, result: action.run(call, copyJson(params)) })
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown
    return json(thrown.status, { help, error: thrown.error, success: false })
  }
}

/** The answer to data that can't be read as parameters; `undefined` when it can. */
export function answerBadData(
  data: Exclude<RequestData, { readonly params: Fields }>,
  version: CkanVersion,
): ApiAnswer {
  return data === 'unsupported'
    ? html(415, 'Unsupported Media Type')
    : badRequest(`JSON Error: ${data.problem}`, version)
}

/** 400 with CKAN's bare JSON string. */
export function badRequest(problem: string, version: CkanVersion): ApiAnswer {
  return json(400, `Bad request${version === '2.12' ? ':' : ' -'} ${problem}`)
}

/** CKAN's pages are long; what counts is that they aren't JSON. */
export function html(status: number, title: string): ApiAnswer {
  const body = `<!DOCTYPE html>\n<html lang="en"><head><title>${title} - CKAN</title></head><body><h1>${status} ${title}</h1></body></html>\n`
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body }
}

export function json(status: number, body: Json): ApiAnswer {
  return { status, headers: { 'Content-Type': 'application/json;charset=utf-8' }, body: JSON.stringify(body) }
}

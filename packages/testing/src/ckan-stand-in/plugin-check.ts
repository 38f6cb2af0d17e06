import { createHmac } from 'node:crypto'
import { ActionError } from './action-error.ts'
import { type ApiAnswer, json } from './api.ts'
import type { Action, Call } from './call.ts'
import { type Fields, isFields, type Json } from './json.ts'
import { mayUpdateDataset } from './permissions.ts'
import { findByResource, findDataset, type State, type User } from './state.ts'

/** What the pages of a plugin work with. */
export interface Site {
  readonly state: State
  readonly actions: ReadonlyMap<string, Action>
  readonly newCall: (caller: User | undefined) => Call
}

/** Answers one question of a gateway with this secret. */
export function answerCheck(
  site: Site,
  secret: string,
  body: Buffer,
  check: (site: Site, claims: Fields) => Json,
): ApiAnswer {
  const [head = '', claims = '', signature = ''] = String(parse(body.toString())['request']).split('.')
  const signed = createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url')
  const isCheck = decode(head)['typ'] === 'uplink-check+jwt'
  if (signature !== signed || !isCheck) return json(403, { error: 'This gateway has not signed the request.' })
  return json(200, check(site, decode(claims)))
}

/** `/uplink/check` of the plugin for CKAN: whether a user may upload to a place. */
export function checkPlace(
  { state, actions, newCall }: Site,
  { sub, dataset: wanted, resource, create }: Fields,
): Json {
  const user = state.users[String(sub)]
  const dataset = wanted === undefined ? findByResource(state, resource) : findDataset(state, wanted)
  if (dataset === undefined || dataset.state === 'deleted') return { allowed: false, reason: 'place' }
  const call = newCall(user)
  if (user === undefined || !mayUpdateDataset(call, dataset)) return { allowed: false, reason: 'user' }
  const act = (name: string, params: Fields): Fields => asFields(actions.get(name)?.run(call, params))
  try {
    const shown = showResource(act, dataset.id, create ?? (resource === undefined ? undefined : { id: resource }))
    const { id = null, name = null, size = null, url = '', last_modified = null, format = '' } = shown
    const { title = '', owner_org = '' } = act('package_show', { id: dataset.id })
    const place = { dataset: dataset.id, title, resource: id, resource_name: name, owner_org }
    return { allowed: true, user: user.name, ...place, size, url, last_modified, format }
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown
    return { allowed: false, reason: 'refused', message: thrown.message }
  }
}

/** A second request finds the resource that the first one made. */
function showResource(
  act: (name: string, params: Fields) => Fields,
  dataset: string,
  wanted: Json | undefined,
): Fields {
  if (wanted === undefined) return {}
  const { id = '', name } = asFields(wanted)
  if (name === undefined) return act('resource_show', { id })
  try {
    return act('resource_show', { id })
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown
    return act('resource_create', { package_id: dataset, id, name, url: '' })
  }
}

function decode(part: string): Fields {
  return parse(Buffer.from(part, 'base64url').toString())
}

/** The fields of a body; none if it is no JSON object. */
export function parse(text: string): Fields {
  try {
    return asFields(JSON.parse(text))
  } catch {
    return {}
  }
}

function asFields(value: Json | undefined): Fields {
  return value !== undefined && isFields(value) ? value : {}
}

import { allRequired, denied, invalid, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName } from '../call.ts'
import type { Fields, Json } from '../json.ts'
import { checkKnown } from '../permissions.ts'
import { type ApiToken, findDataset, findUser, type User } from '../state.ts'

export const userActions: Readonly<Record<string, Action>> = {
  user_show: { sideEffectFree: true, run: (call, params) => show(call, existing(call, params)) },
  user_list: { sideEffectFree: true, run: (call) => Object.values(call.state.users).map((user) => show(call, user)) },
  user_patch: { run: patch },
  api_token_create: { run: createToken },
  api_token_list: { sideEffectFree: true, run: listTokens },
  api_token_revoke: { run: revokeToken },
  package_collaborator_create: { run: addCollaborator },
}

/** Without an id: the caller. */
function existing(call: Call, params: Fields): User {
  const user = params['id'] === undefined ? call.caller : findUser(call.state, params['id'])
  if (user === undefined) throw notFound()
  return user
}

/** The e-mail address is for the user's own eyes and a sysadmin's. */
function show(call: Call, user: User): Json {
  const isOwn = call.caller?.id === user.id || call.caller?.sysadmin === true
  const imageUrl = user.imageUrl ?? null
  return {
    id: user.id,
    name: user.name,
    fullname: user.fullname,
    display_name: user.fullname,
    created: user.created,
    about: user.about ?? null,
    state: 'active',
    sysadmin: user.sysadmin,
    image_url: imageUrl,
    image_display_url:
      imageUrl === null || imageUrl === '' || imageUrl.startsWith('http')
        ? imageUrl
        : `${call.siteUrl}/uploads/user/${imageUrl}`,
    activity_streams_email_notifications: false,
    number_created_packages: Object.values(call.state.datasets).filter((dataset) => dataset.creatorUserId === user.id)
      .length,
    ...(isOwn && { apikey: null, email: user.email }),
  }
}

/** For the user and for sysadmins. */
function patch(call: Call, params: Fields): Json {
  required(params, 'id')
  const user = existing(call, params)
  checkKnown(call, 'user_patch')
  if (call.caller?.sysadmin !== true && call.caller?.id !== user.id)
    throw denied(`User ${callerName(call)} not authorized to edit user ${user.id}`)
  checkNames(user, params)
  const text = (name: string, present: string | undefined) =>
    typeof params[name] === 'string' ? params[name] : present
  const [fullname = '', about, imageUrl] = [
    text('fullname', user.fullname),
    text('about', user.about),
    text('image_url', user.imageUrl),
  ]
  const patched: User = {
    ...user,
    fullname,
    ...(about !== undefined && { about }),
    ...(imageUrl !== undefined && { imageUrl }),
  }
  call.state.users[user.id] = patched
  return show(call, patched)
}

/** CKAN does not rename users here, and recognizes an e-mail address by its `@`. */
function checkNames(user: User, { name = user.name, email = user.email }: Fields): void {
  const faults = {
    ...(name !== user.name && { name: ['That login name can not be modified.'] }),
    ...(!String(email).includes('@') && { email: [`Email ${email} is not a valid format`] }),
  }
  if (Object.keys(faults).length > 0) throw invalid(faults)
}

/**
 * A token's look is CKAN's, a JSON Web Token with its id; here it is known by heart, and its signature never checked.
 */
export function newToken(jti: string): string {
  const parts = [JSON.stringify({ alg: 'HS256', typ: 'JWT' }), JSON.stringify({ jti, iat: 0 }), crypto.randomUUID()]
  return parts.map((part) => btoa(part).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')).join('.')
}

function createToken(call: Call, params: Fields): Json {
  const [userId = '', name = ''] = allRequired(params, ['user', 'name'])
  const user = findUser(call.state, userId)
  if (user === undefined) throw notFound('User not found')
  checkKnown(call, 'api_token_create')
  checkSelf(call, user)
  const id = crypto.randomUUID()
  const token = newToken(id)
  call.state.tokens[token] = { id, name, userId: user.id, created: call.timestamp() }
  return { token }
}

function listTokens(call: Call, params: Fields): Json {
  const user = findUser(call.state, params['user_id'] ?? params['user'])
  if ((params['user_id'] ?? params['user']) === undefined) throw invalid({ user_id: ['Missing value'] })
  if (user === undefined) throw call.caller?.sysadmin === true ? notFound('User not found') : denied()
  checkSelf(call, user)
  const own = Object.values(call.state.tokens).filter((token) => token.userId === user.id)
  return own.map(({ id, name, created, lastAccess = null }) => ({
    id,
    name,
    user_id: user.id,
    created_at: created,
    last_access: lastAccess,
  }))
}

function revokeToken(call: Call, params: Fields): Json {
  const [key, token] = findToken(call, params)
  const mayRevoke = call.caller !== undefined && (call.caller.sysadmin || token?.userId === call.caller.id)
  if (!mayRevoke) throw denied()
  if (key !== undefined) delete call.state.tokens[key]
  return null
}

function findToken({ state }: Call, params: Fields): [key?: string, token?: ApiToken] {
  const jti = params['jti']
  const key = jti === undefined || jti === null ? required(params, 'token') : undefined
  return Object.entries(state.tokens).find(([text, token]) => text === key || token.id === jti) ?? []
}

function checkSelf({ caller }: Call, user: User): void {
  if (caller === undefined || (!caller.sysadmin && caller.id !== user.id)) throw denied()
}

/** The organization's admins and sysadmins let a user edit or read one dataset. */
function addCollaborator(call: Call, params: Fields): Json {
  const [id = '', userId = '', capacity = ''] = allRequired(params, ['id', 'user_id', 'capacity'])
  if (!['editor', 'member'].includes(capacity)) throw invalid({ message: 'Role must be one of "editor, member"' })
  checkKnown(call, 'package_collaborator_create')
  const dataset = findDataset(call.state, id)
  const user = findUser(call.state, userId)
  if (dataset === undefined) throw notFound('Dataset not found')
  if (user === undefined) throw notFound('User not found')
  const role = call.state.groups[dataset.ownerOrg]?.members[call.caller?.id ?? '']
  if (call.caller?.sysadmin !== true && role !== 'admin') {
    throw denied(`User ${callerName(call)} not authorized to add collaborators to this dataset`)
  }
  call.state.datasets[dataset.id] = { ...dataset, collaborators: { ...dataset.collaborators, [user.id]: capacity } }
  return { package_id: dataset.id, user_id: user.id, capacity, modified: call.timestamp() }
}

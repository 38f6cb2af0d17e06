import { denied, invalid, notFound, required } from '../action-error.ts'
import { type Action, type Call, callerName } from '../call.ts'
import { type Fields, isFields, isTrue, type Json, textOf } from '../json.ts'
import { checkKnown, checkSysadmin, mayUpdateGroup } from '../permissions.ts'
import { findGroup, findUser, type Group } from '../state.ts'

export const groupActions: Readonly<Record<string, Action>> = {
  ...actionsFor('organization'),
  ...actionsFor('group'),
  organization_list_for_user: { sideEffectFree: true, run: listForUser },
}

type Kind = 'group' | 'organization'

function actionsFor(kind: Kind): Record<string, Action> {
  return {
    [`${kind}_show`]: { sideEffectFree: true, run: (call, params) => show(call, existing(call, kind, params)) },
    [`${kind}_list`]: { sideEffectFree: true, run: (call, params) => list(call, kind, params) },
    [`${kind}_create`]: { run: (call, params) => create(call, kind, params) },
    [`${kind}_patch`]: { run: (call, params) => patch(call, kind, params) },
    [`${kind}_delete`]: { run: (call, params) => remove(call, kind, params) },
    [`${kind}_purge`]: { run: (call, params) => purge(call, kind, params) },
    [`${kind}_member_create`]: { run: (call, params) => addMember(call, kind, params) },
  }
}

function groupsOf({ state }: Call, kind: Kind): Group[] {
  return Object.values(state.groups)
    .filter((group) => group.isOrganization === (kind === 'organization'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** With `all_fields`, CKAN shows at most 25 by default. */
function list(call: Call, kind: Kind, params: Fields): Json {
  const groups = groupsOf(call, kind)
  if (!isTrue(params['all_fields'])) return groups.map((group) => group.name)
  const offset = Number(params['offset'] ?? 0)
  return groups
    .slice(offset, offset + Math.min(25, Number(params['limit'] ?? 25)))
    .map((group) => showGroup(call, group))
}

function existing(call: Call, kind: Kind, params: Fields): Group {
  const group = findGroup(call.state, required(params, 'id'))
  if (group === undefined || group.isOrganization !== (kind === 'organization')) throw notFound()
  return group
}

/** Members and sysadmins see a deleted group or organization. */
function show(call: Call, group: Group): Fields {
  const isKnown = call.caller !== undefined && (call.caller.sysadmin || group.members[call.caller.id] !== undefined)
  if (group.isDeleted === true && !isKnown)
    throw denied(`User ${callerName(call)} not authorized to read group ${group.id}`)
  return showGroup(call, group)
}

function showGroup(call: Call, group: Group, capacity?: string): Fields {
  const { id, name, title, description, imageUrl, isOrganization, created, extras } = group
  const users = Object.entries(group.members).flatMap(([userId, role]) => {
    const user = call.state.users[userId]
    return user === undefined
      ? []
      : [{ id: user.id, name: user.name, fullname: user.fullname, sysadmin: user.sysadmin, capacity: role }]
  })
  const isShown = imageUrl === '' || imageUrl.startsWith('http')
  return {
    ...(capacity !== undefined && { capacity }),
    id,
    name,
    title,
    display_name: title === '' ? name : title,
    description,
    image_url: imageUrl,
    image_display_url: isShown ? imageUrl : `${call.siteUrl}/uploads/group/${imageUrl}`,
    is_organization: isOrganization,
    type: isOrganization ? 'organization' : 'group',
    state: group.isDeleted === true ? 'deleted' : 'active',
    approval_status: 'approved',
    created,
    num_followers: 0,
    package_count: Object.values(call.state.datasets).filter(
      (dataset) => dataset.ownerOrg === id && dataset.state === 'active',
    ).length,
    users,
    extras: [...extras],
    tags: [],
    groups: [],
  }
}

/** Any known user may create a group; an organization takes a sysadmin. */
function create(call: Call, kind: Kind, params: Fields): Json {
  const { caller } = call
  const name = kind === 'organization' && caller !== undefined ? required(params, 'name') : textOf(params, 'name')
  if (caller === undefined || (kind === 'organization' && !caller.sysadmin))
    throw denied(`User ${callerName(call)} not authorized to create ${kind}s`)
  required(params, 'name')
  if (findGroup(call.state, name) !== undefined) throw invalid({ name: ['Group name already exists in database'] })
  const group: Group = {
    id: crypto.randomUUID(),
    name,
    title: textOf(params, 'title'),
    description: textOf(params, 'description'),
    imageUrl: textOf(params, 'image_url'),
    isOrganization: kind === 'organization',
    created: call.timestamp(),
    extras: extrasOf(params),
    members: { [caller.id]: 'admin' },
  }
  call.state.groups[group.id] = group
  return showGroup(call, group)
}

/**
 * Permission first, then the type, which can't be changed: by that a wrong type tells who may update, and writes
 * nothing.
 */
function patch(call: Call, kind: Kind, params: Fields): Json {
  const group = checkedGroup(call, kind, params, `${kind}_patch`)
  const type = params['type'] ?? kind
  if (type !== kind) throw invalid({ [call.version === '2.12' ? 'type' : 'message']: 'Type cannot be updated' })
  const text = (name: string, present: string) =>
    params[name] === undefined || params[name] === null ? present : textOf(params, name)
  const patched: Group = {
    ...group,
    name: text('name', group.name),
    title: text('title', group.title),
    description: text('description', group.description),
    imageUrl: text('image_url', group.imageUrl),
    extras: params['extras'] === undefined ? group.extras : extrasOf(params),
  }
  call.state.groups[group.id] = patched
  return showGroup(call, patched)
}

function remove(call: Call, kind: Kind, params: Fields): Json {
  const group = checkedGroup(call, kind, params, `${kind}_delete`)
  call.state.groups[group.id] = { ...group, isDeleted: true }
  return null
}

/** Without a trace; the organization's datasets stay, without one. */
function purge(call: Call, kind: Kind, params: Fields): Json {
  const { id } = existing(call, kind, params)
  checkSysadmin(call, `purge ${kind}`)
  for (const dataset of Object.values(call.state.datasets))
    if (dataset.ownerOrg === id) call.state.datasets[dataset.id] = { ...dataset, ownerOrg: '' }
  delete call.state.groups[id]
  return null
}

function addMember(call: Call, kind: Kind, params: Fields): Json {
  const group = checkedGroup(call, kind, params, `${kind}_member_create`)
  const user = findUser(call.state, required(params, 'username'))
  if (user === undefined) throw invalid({ message: `Not found: User` })
  const capacity = required(params, 'role')
  call.state.groups[group.id] = { ...group, members: { ...group.members, [user.id]: capacity } }
  return {
    id: crypto.randomUUID(),
    group_id: group.id,
    table_id: user.id,
    table_name: 'user',
    capacity,
    state: 'active',
  }
}

function checkedGroup(call: Call, kind: Kind, params: Fields, action: string): Group {
  if (!params['id'] && call.caller?.sysadmin !== true)
    throw invalid({ message: 'Missing id, can not get Group object' })
  const group = existing(call, kind, params)
  checkKnown(call, action)
  if (!mayUpdateGroup(call, group)) throw denied(`User ${callerName(call)} not authorized to edit ${kind} ${group.id}`)
  return group
}

const ROLES: Readonly<Record<string, readonly string[]>> = {
  read: ['admin', 'editor', 'member'],
  manage_group: ['admin', 'editor', 'member'],
  create_dataset: ['admin', 'editor'],
  update_dataset: ['admin', 'editor'],
  delete_dataset: ['admin', 'editor'],
}

/** Organizations in which the caller (or, with `id`, that user) has a permission. Unknown callers have none. */
function listForUser(call: Call, params: Fields): Json {
  const user = params['id'] === undefined ? call.caller : findUser(call.state, params['id'])
  const roles = ROLES[textOf(params, 'permission') || 'manage_group'] ?? ['admin']
  return groupsOf(call, 'organization').flatMap((group) => {
    const role = user?.sysadmin === true ? 'admin' : group.members[user?.id ?? '']
    return role !== undefined && roles.includes(role) ? [showGroup(call, group, role)] : []
  })
}

function extrasOf(params: Fields): Fields[] {
  const extras = Array.isArray(params['extras']) ? params['extras'].filter(isFields) : []
  return extras.map(({ key = '', value = '' }) => ({ key, value, state: 'active' }))
}

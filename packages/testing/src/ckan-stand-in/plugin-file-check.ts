import type { Fields, Json } from './json.ts'
import type { Site } from './plugin-check.ts'
import { type DatasetRow, findByResource, findDataset, findGroup, findUser, type Group, type State } from './state.ts'

interface Owner {
  readonly id: string
  /** The organization whose quota counts the file. */
  readonly organization: string | null
}

/**
 * `/uplink/check-file` of the plugin for CKAN: whether a user may create a file for an owner. By CKAN's own settings,
 * only sysadmins may, and for every owner.
 */
export function checkFile({ state, actions }: Site, { sub, owner_type, owner_id }: Fields): Json {
  const [type, id] = [owner_type ?? 'user', owner_id ?? String(sub)]
  const user = state.users[String(sub)]
  if (user === undefined) return { allowed: false, reason: 'user' }
  if (!actions.has('file_create') && !actions.has('files_file_create')) return { allowed: false, reason: 'files' }
  if (!user.sysadmin) return { allowed: false, reason: 'user' }
  const owner = findOwner(state, type, id)
  if (owner === undefined) return { allowed: false, reason: 'place' }
  return { allowed: true, owner_type: type, owner_id: owner.id, owner_org: owner.organization }
}

/** By id or name. Deleted owners do not count. */
function findOwner(state: State, type: Json, id: Json): Owner | undefined {
  switch (type) {
    case 'user':
      return ownerOf(findUser(state, id)?.id, null)
    case 'organization':
    case 'group':
      return ofGroup(findGroup(state, id), type === 'organization')
    case 'package': {
      const dataset = findDataset(state, id)
      return ofDataset(dataset, dataset?.id)
    }
    default:
      return ofDataset(findByResource(state, id), String(id))
  }
}

function ofGroup(group: Group | undefined, isOrganization: boolean): Owner | undefined {
  if (group === undefined || group.isDeleted || group.isOrganization !== isOrganization) return undefined
  return ownerOf(group.id, isOrganization ? group.id : null)
}

function ofDataset(dataset: DatasetRow | undefined, id: string | undefined): Owner | undefined {
  return dataset === undefined || dataset.state === 'deleted' ? undefined : ownerOf(id, dataset.ownerOrg || null)
}

function ownerOf(id: string | undefined, organization: string | null): Owner | undefined {
  return id === undefined ? undefined : { id, organization }
}

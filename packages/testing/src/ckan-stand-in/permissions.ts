import { denied } from './action-error.ts'
import { type Call, callerName } from './call.ts'
import type { DatasetRow, Group } from './state.ts'

/**
 * CKAN's `package_show`: public and active, or the organization's members, collaborators and, where there is no
 * organization, the creator.
 */
export function mayReadDataset({ caller, state }: Call, dataset: DatasetRow): boolean {
  if (dataset.state === 'active' && !dataset.private) return true
  if (caller === undefined) return false
  const role = state.groups[dataset.ownerOrg]?.members[caller.id]
  const created = dataset.ownerOrg === '' && dataset.creatorUserId === caller.id
  return caller.sysadmin || role !== undefined || created || dataset.collaborators[caller.id] !== undefined
}

/** CKAN's `package_update`: editors and admins of the organization, and collaborators who are editors. */
export function mayUpdateDataset({ caller, state }: Call, dataset: DatasetRow): boolean {
  if (caller === undefined) return false
  const role = state.groups[dataset.ownerOrg]?.members[caller.id]
  return caller.sysadmin || role === 'admin' || role === 'editor' || dataset.collaborators[caller.id] === 'editor'
}

export function mayCreateDataset({ caller }: Call, organization: Group): boolean {
  const role = caller && organization.members[caller.id]
  return caller?.sysadmin === true || role === 'admin' || role === 'editor'
}

/** CKAN's `group_update` and `organization_update`. */
export function mayUpdateGroup({ caller }: Call, group: Group): boolean {
  return caller !== undefined && (caller.sysadmin || group.members[caller.id] === 'admin')
}

export function checkRead(call: Call, dataset: DatasetRow): void {
  if (!mayReadDataset(call, dataset))
    throw denied(`User ${callerName(call)} not authorized to read package ${dataset.id}`)
}

export function checkUpdate(call: Call, dataset: DatasetRow): void {
  if (!mayUpdateDataset(call, dataset))
    throw denied(`User ${callerName(call)} not authorized to edit package ${dataset.id}`)
}

/** Purging takes a sysadmin, who isn't asked for anything else. */
export function checkSysadmin(call: Call, action: string): void {
  if (call.caller?.sysadmin !== true) throw denied(`User ${callerName(call)} not authorized to ${action}`)
}

/** Refuses anonymous callers in CKAN's words. */
export function checkKnown(call: Call, action: string): void {
  if (call.caller === undefined) throw denied(`Action ${action} requires an authenticated user`)
}

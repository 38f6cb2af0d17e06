import { denied } from './action-error.ts'
import type { Call } from './call.ts'
import type { FileOwner } from './files.ts'
import { mayReadDataset, mayUpdateDataset, mayUpdateGroup } from './permissions.ts'
import { findByResource, findDataset, findGroup } from './state.ts'

/** Only sysadmins may manage all files. */
export function checkSysadminForFiles({ caller }: Call): void {
  if (caller?.sysadmin !== true) throw denied('Not allowed to manage files')
}

/** Users who may update an owner may list its files. */
export function checkScan(call: Call, owner: FileOwner): void {
  if (!mayDo(call, owner, 'update')) throw denied('Not allowed to list files')
}

/** The rights on a file follow the rights on its owner. */
export function mayDo(call: Call, { type, id }: FileOwner, operation: 'show' | 'update' | 'delete'): boolean {
  const { caller, state } = call
  if (caller?.sysadmin === true) return true
  if (type === 'user') return caller !== undefined && caller.id === id
  if (type === 'organization' || type === 'group') {
    const group = findGroup(state, id)
    return group !== undefined && (operation === 'show' || mayUpdateGroup(call, group))
  }
  const dataset = type === 'package' ? findDataset(state, id) : findByResource(state, id)
  if (dataset === undefined) return false
  return operation === 'show' ? mayReadDataset(call, dataset) : mayUpdateDataset(call, dataset)
}

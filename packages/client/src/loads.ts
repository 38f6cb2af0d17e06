import { isObject, toLoad } from '@ckan-uplink/ckan'
import { type Load, NotFoundError } from '@ckan-uplink/core'
import type { Act } from './actions.ts'

export type Loader = 'xloader' | 'datapusher'

/** Asks a loader to load a resource into the DataStore; `false`: not now, one is pending. */
export function submitLoad(act: Act, resource: string, loader: Loader): Promise<boolean> {
  return act<boolean>(`${loader}_submit`, { resource_id: resource })
}

/** What a loader says of its last load of a resource; `undefined`: it never loaded this. */
export async function showLoad(act: Act, resource: string, loader: Loader): Promise<Load | undefined> {
  try {
    const status = await act(`${loader}_status`, { resource_id: resource })
    return isObject(status) ? toLoad(status) : undefined
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return undefined
    throw thrown
  }
}

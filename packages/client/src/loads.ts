import { toLoad } from '@ckan-uplink/ckan'
import { type Load, NotFoundError } from '@ckan-uplink/core'
import { isObject } from '@ckan-uplink/core/support'
import type { Act } from './actions.ts'

export type Loader = 'xloader' | 'datapusher'

/** Asks a loader to load a resource into the DataStore. `false`: a load is already pending. */
export function submitLoad(act: Act, resource: string, loader: Loader): Promise<boolean> {
  return act<boolean>(`${loader}_submit`, { resource_id: resource })
}

/** A loader's report on its last load of a resource, or `undefined` if it never loaded it. */
export async function showLoad(act: Act, resource: string, loader: Loader): Promise<Load | undefined> {
  try {
    const status = await act(`${loader}_status`, { resource_id: resource })
    return isObject(status) ? toLoad(status) : undefined
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return undefined
    throw thrown
  }
}

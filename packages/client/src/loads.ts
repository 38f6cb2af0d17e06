import { toLoad } from '@ckan-uplink/ckan'
import { type Load, messageOf, NotFoundError, UnavailableError } from '@ckan-uplink/core'
import { isObject } from '@ckan-uplink/core/support'
import type { Act } from './actions.ts'

const LOADERS = ['xloader', 'datapusher'] as const
export type Loader = (typeof LOADERS)[number]

export interface LoadOptions {
  /** Whether to load a file again that has not changed since its last load. Default: the site decides. */
  readonly ignoreHash?: boolean
}

/** Asks a loader to load a resource into the DataStore. `false`: a load is already pending. */
export function submitLoad(
  act: Act,
  resource: string,
  loader: Loader,
  { ignoreHash }: LoadOptions = {},
): Promise<boolean> {
  return act<boolean>(`${loader}_submit`, { resource_id: resource, ignore_hash: ignoreHash })
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

/**
 * Whether this CKAN has a loader. The answer does not depend on the resource. Throws `UnavailableError` without a
 * proper answer.
 */
export async function hasLoader(act: Act, resource: string): Promise<boolean> {
  for (const loader of LOADERS) {
    try {
      await showLoad(act, resource, loader)
      return true
    } catch (thrown) {
      if (thrown instanceof UnavailableError) throw thrown
      // CKAN's words if no plugin provides the action.
      if (!messageOf(thrown).includes('Action name not known')) return true
    }
  }
  return false
}

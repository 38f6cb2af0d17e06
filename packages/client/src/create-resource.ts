import { RefusedError } from '@ckan-uplink/core'
import { retrying } from './retry.ts'
import type { UploadDeps } from './upload-options.ts'

/**
 * Creates a resource in a dataset. The client chooses the id: a retry after a lost answer creates no second resource,
 * because CKAN then refuses the id. `resource_upload` then declares the size: an upload without one would reserve the
 * largest size in the quota of the organization.
 */
export function createResource(
  deps: UploadDeps,
  dataset: string,
  title: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const id = crypto.randomUUID()
  return retrying({ ...deps, signal }, async (attempt) => {
    try {
      await deps.act('resource_create', { package_id: dataset, id, name: title, upload_url: false }, { signal })
    } catch (thrown) {
      if (attempt === 1 || !(thrown instanceof RefusedError) || !('id' in Object(thrown.details['errors'])))
        throw thrown
    }
    return id
  })
}

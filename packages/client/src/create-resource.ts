import { RefusedError } from '@ckan-uplink/core'
import { retrying } from './retry.ts'
import type { UploadDeps } from './upload-options.ts'

/**
 * A new resource of a dataset. Its id is known before it is there: asking again after an answer was lost makes no second resource,
 * and is told that there is one.
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
      await deps.act('resource_create', { package_id: dataset, id, name: title }, { signal })
    } catch (thrown) {
      if (attempt === 1 || !(thrown instanceof RefusedError) || !('id' in Object(thrown.details['errors'])))
        throw thrown
    }
    return id
  })
}

import { type Addition, RefusedError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'
import { errorsOf } from './ckan-errors.ts'

interface KnownDataset {
  readonly id: string
  readonly known: readonly string[]
}

/**
 * Appends resources with one `package_revise`. CKAN compares a list only as far as the given one goes, so the number of
 * resources is compared as well. The call can be repeated: if it took effect, the dataset no longer has the known
 * resources alone.
 */
export async function addResources(
  client: CkanClient,
  token: string,
  { id, known }: KnownDataset,
  resources: readonly JsonObject[],
): Promise<Addition> {
  const params = {
    match: { id, num_resources: known.length, resources: known.map((resourceId) => ({ id: resourceId })) },
    update__resources__extend: resources,
    include: '-*',
  }
  try {
    await client.call('package_revise', params, token, { retry: true })
    return { kind: 'added' }
  } catch (thrown) {
    if (!(thrown instanceof RefusedError)) throw thrown
    if ('match' in errorsOf(thrown)) return { kind: 'changed' }
    const faults = faultsIn(thrown, known.length)
    if (faults.size === 0) throw thrown
    return { kind: 'refused', faults }
  }
}

/** CKAN lists faults by position. Empty when another part of the dataset is at fault. */
function faultsIn(refusal: RefusedError, knownCount: number): ReadonlyMap<number, JsonObject> {
  const { resources } = errorsOf(refusal)
  const faults = Array.isArray(resources) ? [...resources.entries()].filter(([, words]) => hasWords(words)) : []
  return new Map(faults.some(([at]) => at < knownCount) ? [] : faults.map(([at, words]) => [at - knownCount, words]))
}

function hasWords(words: unknown): words is JsonObject {
  return isObject(words) && Object.keys(words).length > 0
}

import type { Authorizer } from '@ckan-uplink/core'
import { createRecentMap, sha256Hex } from '@ckan-uplink/core/support'
import { whyUnaddressable } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'

const MAX_ENTRIES = 1000
/** A user who has just been given the right does not wait long. */
export const MAX_REFUSED_SECONDS = 5

/**
 * CKAN's answers about updating a dataset, remembered for a short time in the memory of this process. They are for
 * signing alone, because a signed URL lasts longer. Only the hash of a token is kept.
 */
export interface Permissions extends Pick<Authorizer, 'mayUpdate'> {
  /** CKAN has carried out a write by this caller, begun at this time. */
  noteWrite(token: string, datasetId: string, at: Date): Promise<void>
  /** CKAN is asked again for each dataset that this caller may update. */
  forget(token: string): Promise<void>
}

export function createPermissions({
  settings: { rememberPermissionSeconds },
  authorizer,
  clock,
}: Pick<GatewayDeps, 'settings' | 'authorizer' | 'clock'>): Permissions {
  const answers = createRecentMap<{ readonly may: boolean; readonly until: number }>(MAX_ENTRIES)

  /** The time counts from the question, because the right may be lost before the answer arrives. */
  function remember(key: string, may: boolean, askedAt: number): void {
    const seconds = may ? rememberPermissionSeconds : Math.min(MAX_REFUSED_SECONDS, rememberPermissionSeconds)
    answers.set(key, { may, until: askedAt + seconds * 1000 })
  }

  return {
    async mayUpdate(token, resource) {
      const key = await keyOf(token, resource.datasetId)
      const askedAt = clock.now().getTime()
      const known = answers.get(key)
      // CKAN answers for the dataset. An id that the linker cannot address is refused for each resource.
      const isKnown = known !== undefined && askedAt < known.until && whyUnaddressable(resource.id) === undefined
      if (isKnown) return known.may
      const may = await authorizer.mayUpdate(token, resource)
      remember(key, may, askedAt)
      return may
    },
    async noteWrite(token, datasetId, at) {
      remember(await keyOf(token, datasetId), true, at.getTime())
    },
    async forget(token) {
      const prefix = await keyOf(token, '')
      answers.removeWhere((key, { may }) => may && key.startsWith(prefix))
    },
  }
}

async function keyOf(token: string, datasetId: string): Promise<string> {
  return `${await sha256Hex(token)} ${datasetId}`
}

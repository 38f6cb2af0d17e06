import type { Authorizer, Caller, Dataset } from '@ckan-uplink/core'
import { createRecentMap, sha256Hex } from '@ckan-uplink/core/support'
import { isResourceId, whyUnaddressable } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'

const MAX_ENTRIES = 1000
const MAX_RESOURCES = 10_000
/** Of a larger dataset, the list costs more than one resource. */
const MOST_LISTED = 300
/** A user who has just been given the right does not wait long. */
export const MAX_REFUSED_SECONDS = 5

/**
 * CKAN's answers about a caller and about updating a dataset, remembered for a short time in the memory of the process.
 * They are for signing alone, because a signed URL lasts longer. Only the hash of a token is kept.
 */
export interface Permissions extends Pick<Authorizer, 'whoami' | 'mayUpdate'> {
  /** Notes which resources are in the dataset, or that there are too many. */
  noteResources(dataset: Pick<Dataset, 'id' | 'resources'>): void
  /** The dataset of a resource, as somebody's request found it, unless it is too large. A hint: resources move. */
  recallDataset(resourceId: string): string | undefined
  /** Whether each resource of the dataset is asked for by itself, because the dataset has too many of them. */
  isReadByResource(datasetId: string): boolean
  /** CKAN has carried out a write by this caller, begun at this time. */
  noteWrite(token: string, datasetId: string, at: Date): Promise<void>
  /** CKAN is asked again who this caller is, and for each dataset that this caller may update. */
  forget(token: string): Promise<void>
}

export function createPermissions({
  settings: { rememberPermissionSeconds },
  authorizer,
  clock,
}: Pick<GatewayDeps, 'settings' | 'authorizer' | 'clock'>): Permissions {
  const answers = createRecentMap<{ readonly may: boolean; readonly until: number }>(MAX_ENTRIES)
  const callers = createRecentMap<{ readonly caller: Caller; readonly until: number }>(MAX_ENTRIES)
  const datasets = createRecentMap<string>(MAX_RESOURCES)
  const largeDatasets = createRecentMap<boolean>(MAX_ENTRIES)

  /** The time counts from the question, because the right may be lost before the answer arrives. */
  function remember(key: string, may: boolean, askedAt: number): void {
    const seconds = may ? rememberPermissionSeconds : Math.min(MAX_REFUSED_SECONDS, rememberPermissionSeconds)
    answers.set(key, { may, until: askedAt + seconds * 1000 })
  }

  return {
    async whoami(token) {
      const [key, askedAt] = [await sha256Hex(token), clock.now().getTime()]
      const known = callers.get(key)
      if (known !== undefined && askedAt < known.until) return known.caller
      const caller = await authorizer.whoami(token)
      if (caller) callers.set(key, { caller, until: askedAt + rememberPermissionSeconds * 1000 })
      return caller
    },
    noteResources({ id, resources }) {
      const isLarge = resources.length > MOST_LISTED
      largeDatasets.set(id, isLarge)
      if (isLarge) return
      for (const resource of resources)
        if (isResourceId(resource.id) && whyUnaddressable(resource.id) === undefined) datasets.set(resource.id, id)
    },
    isReadByResource: (datasetId) => largeDatasets.get(datasetId) === true,
    recallDataset(resourceId) {
      const id = datasets.get(resourceId)
      return id === undefined || largeDatasets.get(id) === true ? undefined : id
    },
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
      const hash = await sha256Hex(token)
      callers.removeWhere((key) => key === hash)
    },
  }
}

async function keyOf(token: string, datasetId: string): Promise<string> {
  return `${await sha256Hex(token)} ${datasetId}`
}

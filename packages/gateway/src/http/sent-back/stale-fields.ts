import { NotAllowedError, NotFoundError, type Resource } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import { isResourceId, readRecord } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../../deps.ts'
import { isRecordId } from '../../uploads/show-record.ts'

/** The fields of an upload that CKAN empties when a body holds no value for them. */
const OWNED = ['url', 'format', 'mimetype', 'hash'] as const

/** Finds new values for fields of a resource in a body. `undefined` leaves a field out. */
export type FindChanges = (action: string, resource: JsonObject, token: string) => Promise<JsonObject>

/**
 * Finds the stale fields of a resource that came with the gateway's members: a caller sends the answer of
 * `resource_create` back, and the answer is from before the file arrived. The fields become what CKAN shows now. A URL
 * of the caller's own stays.
 */
export function createStaleFields({ authorizer, store }: Pick<GatewayDeps, 'authorizer' | 'store'>): FindChanges {
  return async (action, resource, token) => {
    const { id, url } = resource
    if (typeof id !== 'string' || !isResourceId(id)) return {}
    if (!isEmpty(url) && url !== (await previousUrl(resource))) return {}
    const stale = OWNED.filter((field) => field === 'url' || isEmpty(resource[field]))
    // CKAN itself keeps what a patch leaves out. So no file is lost that is linked in this moment.
    if (action === 'resource_patch')
      return Object.fromEntries([...stale, 'datastore_active'].map((field) => [field, undefined]))
    const present = await find(id, token)
    if (present === undefined) return {}
    return {
      ...Object.fromEntries(stale.map((field) => [field, present[field]])),
      // CKAN keeps the flag of the loader if `resource_update` leaves it out.
      ...(action === 'resource_update' && { datastore_active: undefined }),
    }
  }

  /** The URL that CKAN showed when the upload was requested. */
  async function previousUrl({ upload }: JsonObject): Promise<string | undefined> {
    const id = isObject(upload) ? upload['id'] : undefined
    return typeof id === 'string' && isRecordId(id) ? (await readRecord(store, id))?.record.previous_url : undefined
  }

  /** `undefined`: CKAN answers the caller by itself. */
  async function find(id: string, token: string): Promise<Resource | undefined> {
    try {
      return await authorizer.showResource(id, token)
    } catch (thrown) {
      if (thrown instanceof NotFoundError || thrown instanceof NotAllowedError) return undefined
      throw thrown
    }
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

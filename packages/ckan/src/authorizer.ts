import { type Authorizer, type Load, NotAllowedError, NotFoundError, RefusedError } from '@ckan-uplink/core'
import { bareToken, isObject, type JsonObject } from '@ckan-uplink/core/support'
import { whyUnaddressable } from '@ckan-uplink/core/uploads'
import { addResources } from './add-resources.ts'
import type { CkanClient } from './ckan-client.ts'
import { toDataset, toResource } from './datasets.ts'
import { findOwner } from './find-owner.ts'
import { findResources } from './find-resources.ts'
import { ownerQuery, toImageOwner } from './image-owners.ts'
import { impossiblePatch, impossibleRevision, mayWrite } from './impossible-write.ts'
import { whoami } from './whoami.ts'

/**
 * Asks CKAN for a caller's permissions, each time again, because no answer is cached. Removes `Bearer` before a token.
 * `mayUpdate` and `mayUpdateImage` try a write that cannot succeed. `mayUpdate` throws `NotFoundError` when the
 * resource is not in the dataset, and `RefusedError` when the linker could never link the resource.
 */
export function createAuthorizer(client: CkanClient): Authorizer {
  return {
    whoami: (token) => whoami(client, token),
    async showResource(id, token) {
      const { result } = await client.call('resource_show', { id }, token, { retry: true })
      return toResource(result)
    },
    async showDataset(id, token) {
      const { result, date } = await client.call('package_show', { id }, token, { retry: true })
      return toDataset(result, date)
    },
    addResources: (token, dataset, resources) => addResources(client, token, dataset, resources),
    findOwner: (token, dataset) => findOwner(client, token, dataset),
    async mayUpdate(token, resource) {
      if (bareToken(token) === '') return false
      const unaddressable = whyUnaddressable(resource.id)
      if (unaddressable !== undefined) throw new RefusedError(unaddressable)
      return mayWrite(client, token, impossibleRevision(resource))
    },
    async showImageOwner(type, idOrName, token) {
      const { result } = await client.call(`${type}_show`, ownerQuery(type, idOrName), token, { retry: true })
      return toImageOwner(type, result)
    },
    async mayUpdateImage(token, owner) {
      return bareToken(token) !== '' && mayWrite(client, token, impossiblePatch(owner))
    },
    mayCreateDatasets: async (token) => (await organizationsOf(client, token)).length > 0,
    async findOrganization(token, idOrName) {
      const found = (await organizationsOf(client, token)).find(({ id, name }) => idOrName === id || idOrName === name)
      return found && String(found['id'])
    },
    findResources: (token, text) => findResources(client, token, text),
    async showLoad(token, loader, resourceId) {
      try {
        const { result } = await client.call(`${loader}_status`, { resource_id: resourceId }, token, { retry: true })
        return isObject(result) ? toLoad(result) : undefined
      } catch (thrown) {
        if (thrown instanceof NotAllowedError || thrown instanceof NotFoundError || thrown instanceof RefusedError)
          return undefined
        throw thrown
      }
    },
  }
}

/** The organizations in which the caller may create datasets. */
async function organizationsOf(client: CkanClient, token: string): Promise<readonly JsonObject[]> {
  if (bareToken(token) === '') return []
  const asked = { permission: 'create_dataset' }
  const { result } = await client.call('organization_list_for_user', asked, token, { retry: true })
  return Array.isArray(result) ? result.filter(isObject) : []
}

/**
 * Reads an answer of `xloader_status` or `datapusher_status`. Takes only three fields, because xloader's `task_info`
 * contains a sysadmin's token.
 */
export function toLoad({ status, last_updated, error }: JsonObject): Load {
  const message = isObject(error) ? error['message'] : error
  return {
    status: String(status),
    updatedAt: typeof last_updated === 'string' ? last_updated.replace(' ', 'T') : null,
    ...(typeof message === 'string' && message !== '' && { error: message }),
  }
}

import {
  type Authorizer,
  type Load,
  NotAllowedError,
  NotFoundError,
  RefusedError,
  type Resource,
} from '@ckan-uplink/core'
import { bareToken, type CkanClient } from './ckan-client.ts'
import { errorsOf } from './ckan-errors.ts'
import { toResource } from './datasets.ts'
import { ownerQuery, toImageOwner } from './image-owners.ts'
import { isObject, type JsonObject } from './json.ts'
import { isConflict, whyUnaddressable } from './package-revise.ts'
import { whoami } from './whoami.ts'

type Subject = Pick<Resource, 'id' | 'datasetId'>
/** One way to learn CKAN's own answer; `unsupported` when this CKAN has no such way. */
type Strategy = (token: string, resource: Subject) => Promise<boolean | 'unsupported'>

/**
 * CKAN's own answers to what a caller may do. `Bearer` before a token is left out.
 * `mayUpdate` asks CKAN 2.12's `file_owner_scan`, else ckanext-files' `files_file_scan`, else it sends a write that can't succeed;
 * which of them this CKAN has is remembered, answers never are. It throws `NotFoundError` when the resource isn't (in) there,
 * and `RefusedError` for a resource that could never be linked. `mayUpdateImage` sends such a write, too; users are asked
 * who they are, since only they themselves and sysadmins may update them.
 */
export function createAuthorizer(client: CkanClient): Authorizer {
  const strategies: readonly Strategy[] = [
    scanWith(client, 'file_owner_scan'),
    scanWith(client, 'files_file_scan'),
    probeWith(client),
  ]
  let supported = 0

  return {
    whoami: (token) => whoami(client, token),
    async showResource(id, token) {
      const { result } = await client.call('resource_show', { id }, token, { retry: true })
      return toResource(result)
    },
    async mayUpdate(token, resource) {
      if (bareToken(token) === '') return false
      const unaddressable = whyUnaddressable(resource.id)
      if (unaddressable !== undefined) throw new RefusedError(unaddressable)
      for (const [index, ask] of strategies.entries()) {
        const answer = index < supported ? 'unsupported' : await ask(token, resource)
        if (answer === 'unsupported') continue
        supported = index
        return answer
      }
      return false
    },
    async showImageOwner(type, idOrName, token) {
      const { result } = await client.call(`${type}_show`, ownerQuery(type, idOrName), token, { retry: true })
      return toImageOwner(type, result)
    },
    async mayUpdateImage(token, { type, id }) {
      if (bareToken(token) === '') return false
      if (type !== 'user') return mayPatch(client, token, `${type}_patch`, id)
      const caller = await whoami(client, token)
      return caller !== undefined && (caller.sysadmin || caller.id === id)
    },
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

/** CKAN asks for the permission before it says that the type can't be changed, as it does since 2.10: 403 or 409. */
async function mayPatch(client: CkanClient, token: string, action: string, id: string): Promise<boolean> {
  try {
    await client.call(action, { id, type: '__probe__' }, token, { retry: true })
    return false
  } catch (thrown) {
    if (thrown instanceof NotAllowedError) return false
    if (thrown instanceof RefusedError && errorsOf(thrown)['__type'] === 'Validation Error') return true
    throw thrown
  }
}

/** What `xloader_status` and `datapusher_status` answer, three fields and no more: xloader's `task_info` holds a sysadmin's token. */
export function toLoad({ status, last_updated, error }: JsonObject): Load {
  const message = isObject(error) ? error['message'] : error
  return {
    status: String(status),
    updatedAt: typeof last_updated === 'string' ? last_updated.replace(' ', 'T') : null,
    ...(typeof message === 'string' && message !== '' && { error: message }),
  }
}

/**
 * Listing the files of a resource takes the permission to update it, and reads only.
 * Whatever such an action refuses (400 when it isn't there), it isn't the oracle that is known.
 */
function scanWith(client: CkanClient, action: string): Strategy {
  return async (token, { id }) => {
    try {
      await client.call(action, { owner_type: 'resource', owner_id: id, rows: 0 }, token, { retry: true })
      return true
    } catch (thrown) {
      if (thrown instanceof NotAllowedError) return false
      if (thrown instanceof RefusedError) return 'unsupported'
      throw thrown
    }
  }
}

/**
 * CKAN asks for the permission before it validates, so an update that no validation lets through tells the two apart: 403 or 409.
 * A 409 alone isn't a yes, since a resource that isn't in the dataset gets one before the permission is looked at.
 */
function probeWith(client: CkanClient): Strategy {
  return async (token, { id, datasetId }) => {
    const params = {
      match: { id: datasetId },
      [`update__resources__${id}`]: { size: 'probe', last_modified: 'probe' },
      include: '-*',
    }
    try {
      await client.call('package_revise', params, token, { retry: true })
      return false
    } catch (thrown) {
      if (thrown instanceof NotAllowedError) return false
      if (!(thrown instanceof RefusedError)) throw thrown
      if (isConflict(thrown))
        throw new NotFoundError(`The resource ${id} is not in the dataset ${datasetId} (any more).`, { cause: thrown })
      if (complainsOfSize(thrown)) return true
      throw thrown
    }
  }
}

function complainsOfSize(error: RefusedError): boolean {
  const { resources } = errorsOf(error)
  return Array.isArray(resources) && resources.some((words) => isObject(words) && 'size' in words)
}

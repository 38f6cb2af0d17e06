import {
  type Catalog,
  ConfigurationError,
  NotAllowedError,
  NotFoundError,
  RefusedError,
  type ResourceChange,
  type Revision,
} from '@ckan-uplink/core'
import { whyUnaddressable } from '@ckan-uplink/core/uploads'
import type { CkanAnswer, CkanClient } from './ckan-client.ts'
import { toDataset, toResource } from './datasets.ts'
import { createDefaultViews } from './default-views.ts'
import { createFiles } from './files.ts'
import { extrasOf, ownerQuery, stumblesOverExtras, toImageOwner } from './image-owners.ts'
import { isConflict, isMistaken, toRefusal, toRevision } from './package-revise.ts'
import { unknownServiceToken } from './token-header.ts'
import { whoami } from './whoami.ts'

/** CKAN over its Action API, with the service's own token. `submit` calls the action `<loader>_submit`. */
export function createCatalog(
  client: CkanClient,
  options: { readonly token: string; readonly loader?: 'xloader' | 'datapusher' },
): Catalog {
  const { token, loader } = options

  async function call(action: string, params: object, retry: boolean): Promise<CkanAnswer<unknown>> {
    try {
      return await client.call(action, params, token, { retry })
    } catch (thrown) {
      throw thrown instanceof NotAllowedError ? await explainForbidden(client, token, thrown) : thrown
    }
  }

  async function find(action: string, params: object): Promise<CkanAnswer<unknown> | undefined> {
    try {
      return await call(action, params, true)
    } catch (thrown) {
      if (thrown instanceof NotFoundError) return undefined
      throw thrown
    }
  }

  async function readDataset(id: string) {
    const answer = await find('package_show', { id })
    return answer && toDataset(answer.result, answer.date)
  }

  async function explain(thrown: unknown, datasetId: string, changes: readonly ResourceChange[]): Promise<Revision> {
    if (thrown instanceof NotFoundError) return { kind: 'conflict' }
    if (!(thrown instanceof RefusedError)) throw thrown
    if (isMistaken(thrown)) return refuseMistaken(changes, await resourceIds(datasetId))
    if (isConflict(thrown)) return { kind: 'conflict' }
    return toRefusal(thrown, changes, await resourceIds(datasetId))
  }

  async function resourceIds(datasetId: string): Promise<readonly string[]> {
    const dataset = await readDataset(datasetId)
    return dataset?.resources.map(({ id }) => id) ?? []
  }

  const files = createFiles(async (action, params) => (await call(action, params, true)).result)

  return {
    ...files,
    readDataset,
    async findDataset(resourceId) {
      const answer = await find('resource_show', { id: resourceId })
      return answer && toResource(answer.result).datasetId
    },
    async revise(datasetId, changes) {
      const refusal = refuseUnaddressable(changes)
      if (refusal) return refusal
      try {
        await call('package_revise', toRevision(datasetId, changes), true)
        return { kind: 'written' }
      } catch (thrown) {
        return explain(thrown, datasetId, changes)
      }
    },
    async submit(resourceId) {
      if (loader === undefined) throw new ConfigurationError(['LOADER is missing: set it to xloader or datapusher.'])
      const { result } = await call(`${loader}_submit`, { resource_id: resourceId }, false)
      return result === true
    },
    createViews(resource) {
      const act = async (action: string, params: object) => (await call(action, params, false)).result
      return createDefaultViews(act, client.url, resource, new Date())
    },
    async readImageOwner(type, id) {
      const answer = await find(`${type}_show`, ownerQuery(type, id))
      return answer && toImageOwner(type, answer.result)
    },
    async setImage({ type, id }, url) {
      const patch = (more: object) => call(`${type}_patch`, { id, image_url: url, ...more }, true)
      try {
        await patch({})
      } catch (thrown) {
        if (!stumblesOverExtras(thrown)) throw thrown
        const { result } = await call(`${type}_show`, ownerQuery(type, id), true)
        await patch({ extras: extrasOf(result) })
      }
    },
  }
}

/**
 * CKAN treats an unknown token as anonymous, so a 403 alone does not say whether the token or the permission is wrong.
 */
async function explainForbidden(client: CkanClient, token: string, forbidden: NotAllowedError): Promise<Error> {
  const caller = await whoami(client, token)
  if (caller === undefined) return unknownServiceToken(client, token, { cause: forbidden })
  const advice = caller.sysadmin
    ? 'a plugin of CKAN probably denies this'
    : `make ${caller.name} a sysadmin, or give this user the required role in the organization`
  return new NotAllowedError(
    `${forbidden.message} (the service token is valid and belongs to ${caller.name}: ${advice})`,
    {
      cause: forbidden,
      details: forbidden.details,
    },
  )
}

function refuseUnaddressable(changes: readonly ResourceChange[]): Revision | undefined {
  const reasons = changes.flatMap(({ resource: { id } }) => {
    const reason = whyUnaddressable(id)
    return reason === undefined ? [] : [{ id, reason }]
  })
  if (reasons.length === 0) return undefined
  return {
    kind: 'refused',
    resourceIds: reasons.map(({ id }) => id),
    message: reasons.map(({ reason }) => reason).join(' '),
  }
}

function refuseMistaken(changes: readonly ResourceChange[], order: readonly string[]): Revision {
  const ids = changes
    .map(({ resource }) => resource.id)
    .filter((id) => order.find((candidate) => candidate.startsWith(id)) !== id)
  if (ids.length === 0) return { kind: 'conflict' }
  const names = ids.map((id) => JSON.stringify(id)).join(', ')
  return {
    kind: 'refused',
    resourceIds: ids,
    message: `CKAN's package_revise confuses the resource ${names} with a resource whose id begins with the same characters: use a resource with another id.`,
  }
}

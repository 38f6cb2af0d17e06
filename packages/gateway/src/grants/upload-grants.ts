import { type Authorizer, NotAllowedError, type Resource } from '@ckan-uplink/core'
import type { GatewayDeps } from '../deps.ts'
import type { KnownCaller } from '../http/caller.ts'
import type { Permissions } from '../http/permissions.ts'
import { type RateLimit, tooManyRequests } from '../http/rate-limits.ts'
import { type ActionGrant, createVerifyGrant, UPLOADING, type UploadGrant, type VersionsGrant } from './grant.ts'

/**
 * The caller whom a grant for an upload names. Throws `NotAllowedError`, and 429 for a user who sends too many
 * requests.
 */
export type OpenGrant = (grant: string, scopes: readonly ActionGrant['scope'][]) => Promise<KnownCaller>

export function createOpenGrant({ settings, clock, grantSecrets }: GatewayDeps, perUser: RateLimit): OpenGrant {
  const verify = createVerifyGrant(settings, clock, grantSecrets ?? (async () => []), UPLOADING)
  return async (text, scopes) => {
    const grant = await verify(text)
    if (!scopes.includes(grant.scope))
      throw new NotAllowedError(`This action accepts no grant of the scope ${grant.scope}.`)
    if (!(await perUser.admits(grant.uid))) throw tooManyRequests(`User ${grant.sub} has sent`)
    const caller = { id: grant.uid, name: grant.sub, sysadmin: false, token: '' }
    switch (grant.scope) {
      case 'decide':
      case 'accept':
        return { ...caller, decision: grant }
      case 'versions':
      case 'restore':
        return { ...caller, versions: grant }
      default:
        return { ...caller, grant }
    }
  }
}

/** The grant answers in place of CKAN, about its own resource alone. */
export function answerByGrant<Context extends { readonly authorizer: Authorizer; readonly permissions: Permissions }>(
  context: Context,
  grant: UploadGrant | VersionsGrant,
): Context {
  const mayUpdate: Authorizer['mayUpdate'] = async (_, { id }) => id === grant.resource
  const authorizer: Authorizer = {
    ...REFUSING,
    showResource: async (id) => (id === grant.resource ? resourceIn(grant) : refuse()),
    findOwner: async () => grant.owner_org,
    mayUpdate,
  }
  const permissions: Permissions = {
    whoami: refuse,
    mayUpdate,
    noteResources: () => {},
    // A grant says nothing of other resources of the dataset.
    isReadByResource: () => true,
    recallDataset: () => undefined,
    noteWrite: async () => {},
    forget: async () => {},
  }
  return { ...context, authorizer, permissions }
}

/** Answers in place of CKAN about everything that a grant does not state. */
export const REFUSING: Authorizer = {
  showResource: refuse,
  findOwner: async () => undefined,
  mayUpdate: async () => false,
  showLoad: async () => undefined,
  whoami: refuse,
  showDataset: refuse,
  addResources: refuse,
  mayCreateDatasets: refuse,
  findOrganization: refuse,
  findResources: refuse,
  showImageOwner: refuse,
  mayUpdateImage: refuse,
}

/** The resource as CKAN showed it when it signed. */
export function resourceIn({
  resource,
  dataset,
  url,
  last_modified,
  format,
}: Pick<UploadGrant, 'resource' | 'dataset' | 'url' | 'last_modified' | 'format'>): Resource {
  const unknown = { urlType: null, name: null, mimetype: null, size: null, hash: '' }
  return { ...unknown, id: resource, datasetId: dataset, state: 'active', url, lastModified: last_modified, format }
}

async function refuse(): Promise<never> {
  throw new NotAllowedError('This grant is for another resource. Ask CKAN for a grant for this one.')
}

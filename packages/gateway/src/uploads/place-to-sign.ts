import { NotAllowedError, NotFoundError, type Resource } from '@ckan-uplink/core'
import type { ActionContext } from '../actions/define-action.ts'
import { type KnownCaller, requireResource, requireUpdate } from '../http/caller.ts'
import { checkHoldsFile } from './file-checks.ts'

type Asking = Pick<ActionContext, 'authorizer' | 'permissions'>

/** A resource for a new file, and the organization that owns its dataset. */
interface PlaceToSign {
  readonly resource: Resource
  readonly ownerOrg: string | undefined
}

/**
 * The resource as CKAN shows it to the caller now, and its organization. Throws unless the caller may update it. Of a
 * resource whose dataset is known, this reads the dataset alone, because CKAN checks the right to read twice in each
 * `resource_show`. While CKAN's yes for the dataset is remembered, that is the only call.
 */
export async function readPlaceToSign(context: Asking, caller: KnownCaller, id: string): Promise<PlaceToSign> {
  const known = await readKnownPlace(context, caller, id)
  if (known === undefined) return askForPlace(context, caller, id)
  checkHoldsFile(known.resource)
  await requireUpdate(context.permissions, caller, known.resource)
  return known
}

/** `undefined` when no request has found the resource, and when it is no longer where it was. */
async function readKnownPlace(
  { authorizer, permissions }: Asking,
  { token }: KnownCaller,
  id: string,
): Promise<PlaceToSign | undefined> {
  const datasetId = permissions.recallDataset(id)
  const dataset = datasetId === undefined ? undefined : await authorizer.showDataset(datasetId, token).catch(unlessGone)
  const resource = dataset?.resources.find((shown) => shown.id === id)
  // The dataset may have grown too large since.
  if (dataset !== undefined) permissions.noteResources(dataset)
  if (dataset === undefined || dataset.state === 'deleted' || resource === undefined) return undefined
  return { resource, ownerOrg: dataset.ownerOrg }
}

function unlessGone(thrown: unknown): undefined {
  if (thrown instanceof NotFoundError || thrown instanceof NotAllowedError) return undefined
  throw thrown
}

async function askForPlace(context: Asking, caller: KnownCaller, id: string): Promise<PlaceToSign> {
  const { authorizer, permissions } = context
  const resource = await requireResource(authorizer, id, caller.token)
  checkHoldsFile(resource)
  const [ownerOrg] = await Promise.all([
    permissions.isReadByResource(resource.datasetId)
      ? authorizer.findOwner(caller.token, { id: resource.datasetId })
      : readOwner(context, caller, resource.datasetId),
    requireUpdate(permissions, caller, resource),
  ])
  return { resource, ownerOrg }
}

async function readOwner({ authorizer, permissions }: Asking, { token }: KnownCaller, id: string) {
  const dataset = await authorizer.showDataset(id, token)
  permissions.noteResources(dataset)
  return dataset.ownerOrg
}

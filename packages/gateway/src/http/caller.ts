import {
  type Authorizer,
  type Caller,
  type ImageOwner,
  NotAllowedError,
  NotFoundError,
  type Resource,
} from '@ckan-uplink/core'
import { bareToken } from '@ckan-uplink/core/support'
import { type ImageOwnerType, isResourceId, type UploadRecord } from '@ckan-uplink/core/uploads'

/** Who asks, with the token that proves it. */
export interface KnownCaller extends Caller {
  readonly token: string
}

/** The caller's CKAN token: CKAN itself knows no `Bearer`, but clients send it. */
export function tokenOf(headers: Headers): string | undefined {
  const token = bareToken(headers.get('Authorization') ?? headers.get('X-CKAN-API-Key') ?? '')
  return token === '' ? undefined : token
}

/** The request with its token in `Authorization`, also where the caller sends it in the header from which the site's CKAN reads it. */
export function withToken(request: Request, tokenHeader: string): Request {
  const token = request.headers.get(tokenHeader)
  if (token === null || tokenHeader.toLowerCase() === 'authorization') return request
  const headers = new Headers(request.headers)
  headers.set('Authorization', token)
  return new Request(request, { headers })
}

/** Throws `NotAllowedError` for an anonymous caller and for a token that CKAN doesn't know, which CKAN calls anonymous. */
export async function requireCaller(authorizer: Authorizer, headers: Headers): Promise<KnownCaller> {
  const token = tokenOf(headers)
  const caller = token === undefined ? undefined : await authorizer.whoami(token)
  if (token === undefined || caller === undefined) {
    throw new NotAllowedError(
      'This needs an API token of CKAN in the Authorization header, and there is none that CKAN knows.',
    )
  }
  return { ...caller, token }
}

/** Throws `NotAllowedError` for whoever is no sysadmin. */
export function requireSysadmin({ sysadmin, name }: KnownCaller): void {
  if (!sysadmin) throw new NotAllowedError(`User ${name} is not a sysadmin.`)
}

/** The resource as CKAN shows it to this caller; one that is deleted is not found. */
export async function requireResource(authorizer: Authorizer, id: string, token?: string): Promise<Resource> {
  const resource = isResourceId(id) ? await authorizer.showResource(id, token) : undefined
  if (resource === undefined || resource.state === 'deleted') throw new NotFoundError('Resource was not found.')
  return resource
}

/** Throws `NotAllowedError` unless CKAN would let the caller update the resource: reading it is not enough. */
export async function requireUpdate(authorizer: Authorizer, caller: KnownCaller, resource: Resource): Promise<void> {
  if (await authorizer.mayUpdate(caller.token, resource)) return
  throw new NotAllowedError(`User ${caller.name} not authorized to edit resource ${resource.id}`)
}

/** An organization, group or user whose image the caller may change; one that is deleted is not found. */
export async function requireImageOwner(
  authorizer: Authorizer,
  caller: KnownCaller,
  type: ImageOwnerType,
  idOrName: string,
): Promise<ImageOwner> {
  const owner = await authorizer.showImageOwner(type, idOrName, caller.token)
  if (owner.state === 'deleted') throw new NotFoundError(`${type} was not found.`)
  if (await authorizer.mayUpdateImage(caller.token, owner)) return owner
  throw new NotAllowedError(`User ${caller.name} not authorized to edit ${type} ${owner.id}`)
}

/** Throws unless the caller may update what an upload is for; gives back the resource where it is one. */
export async function requireEntity(
  authorizer: Authorizer,
  caller: KnownCaller,
  { type, id }: UploadRecord['entity'],
): Promise<Resource | undefined> {
  if (type !== 'resource') {
    const owner = await requireImageOwner(authorizer, caller, type, id)
    // CKAN finds by name, too: somebody may have named a group like the id of one that was purged.
    if (owner.id !== id) throw new NotFoundError(`${type} was not found.`)
    return undefined
  }
  const resource = await requireResource(authorizer, id, caller.token)
  await requireUpdate(authorizer, caller, resource)
  return resource
}

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
import type { Decision, UploadGrant, VersionsGrant } from '../grants/grant.ts'
import type { UploadLink } from '../links/upload-link.ts'

/** A user whom CKAN knows, with the token. */
export interface KnownCaller extends Caller {
  /** Empty for a caller with a grant or an upload link. */
  readonly token: string
  /** The grant that the caller sent in place of a token. */
  readonly grant?: UploadGrant
  /** What CKAN's plugin stated for a person who decides about files that wait, in place of a token. */
  readonly decision?: Decision
  /** The same for a person who looks at earlier files or restores one. */
  readonly versions?: VersionsGrant
  /** The upload link whose secret the caller sent in place of a token. */
  readonly link?: UploadLink
}

const PASSWORD = /^\s*(?:basic|digest|negotiate|ntlm)\s/iu

/**
 * Whether the caller sends the password of a proxy or a site. Browsers, wget and curl send it to other addresses, too.
 */
function sendsPassword(headers: Headers): boolean {
  return PASSWORD.test(headers.get('Authorization') ?? '')
}

/**
 * Whether stores refuse a signed URL together with the caller's headers. Many clients send them to the redirect as
 * well.
 */
export function isRefusedByStores(headers: Headers): boolean {
  return tokenOf(headers) !== undefined || sendsPassword(headers)
}

/** The caller's CKAN token, without `Bearer`: clients send the word, but CKAN does not expect it. */
export function tokenOf(headers: Headers): string | undefined {
  const authorization = sendsPassword(headers) ? null : headers.get('Authorization')
  const token = bareToken(authorization ?? headers.get('X-CKAN-API-Key') ?? '')
  return token === '' ? undefined : token
}

/** Copies the token into `Authorization` if the caller sends it in the header that the site's CKAN reads. */
export function withToken(request: Request, tokenHeader: string): Request {
  const token = request.headers.get(tokenHeader)
  if (token === null || tokenHeader.toLowerCase() === 'authorization') return request
  const headers = new Headers(request.headers)
  headers.set('Authorization', token)
  return new Request(request, { headers })
}

/** Throws `NotAllowedError` for an anonymous caller, and for a token that CKAN does not know. */
export async function requireCaller(authorizer: Pick<Authorizer, 'whoami'>, headers: Headers): Promise<KnownCaller> {
  const token = tokenOf(headers)
  const caller = token === undefined ? undefined : await authorizer.whoami(token)
  if (token === undefined || caller === undefined) {
    throw new NotAllowedError(
      'This requires an API token in the Authorization header, and the request has no token that CKAN knows.',
    )
  }
  return { ...caller, token }
}

/** Throws `NotAllowedError` unless the caller is a sysadmin. */
export function requireSysadmin({ sysadmin, name }: KnownCaller): void {
  if (!sysadmin) throw new NotAllowedError(`User ${name} is not a sysadmin.`)
}

/** The resource as CKAN shows it to this caller. Throws `NotFoundError` for a deleted resource. */
export async function requireResource(authorizer: Authorizer, id: string, token?: string): Promise<Resource> {
  const resource = isResourceId(id) ? await authorizer.showResource(id, token).catch(absentIfNotFound) : undefined
  if (resource === undefined || resource.state === 'deleted') throw new NotFoundError('Resource was not found.')
  return resource
}

function absentIfNotFound(thrown: unknown): undefined {
  if (!(thrown instanceof NotFoundError)) throw thrown
}

/** Throws `NotAllowedError` unless CKAN lets the caller update the resource. */
export async function requireUpdate(
  authorizer: Pick<Authorizer, 'mayUpdate'>,
  caller: KnownCaller,
  resource: Resource,
): Promise<void> {
  if (await authorizer.mayUpdate(caller.token, resource)) return
  throw new NotAllowedError(`User ${caller.name} not authorized to edit resource ${resource.id}`)
}

/** An organization, group or user whose image the caller may change. Throws `NotFoundError` for a deleted owner. */
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

/**
 * Throws unless the caller may update the entity of an upload. Returns the entity if it is a resource. A file that no
 * resource links to is for the user who requested the upload: CKAN does not know it yet.
 */
export async function requireEntity(
  authorizer: Authorizer,
  caller: KnownCaller,
  { entity: { type, id }, requested_by_id }: Pick<UploadRecord, 'entity' | 'requested_by_id'>,
): Promise<Resource | undefined> {
  if (type === 'file') {
    if (caller.sysadmin || caller.id === requested_by_id) return undefined
    throw new NotAllowedError(`User ${caller.name} did not request this upload`)
  }
  if (type !== 'resource') {
    const owner = await requireImageOwner(authorizer, caller, type, id)
    // CKAN also finds by name, and the name of a new group may equal the id of a purged group.
    if (owner.id !== id) throw new NotFoundError(`${type} was not found.`)
    return undefined
  }
  const resource = await requireResource(authorizer, id, caller.token)
  await requireUpdate(authorizer, caller, resource)
  return resource
}

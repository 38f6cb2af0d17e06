import { NotAllowedError, NotFoundError, type Resource } from '@ckan-uplink/core'
import {
  buildKey,
  linkedUrl,
  parseKey,
  parseLinkedUrl,
  parseUrlOfResource,
  recordIdOf,
  type Serving,
  servingOf,
  shownFile,
} from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { createVerifyGrant, READING, type ReadGrant } from '../grants/grant.ts'
import { isOpenedInBrowser, signInUrl } from '../grants/sign-in.ts'
import { isRefusedByStores, requireResource, tokenOf } from '../http/caller.ts'
import { noteRequest } from '../http/request-notes.ts'
import { createRecentAnswers } from '../recent-answers.ts'
import { downloadTypeOf, type FileType, previewTypeOf } from './file-headers.ts'
import { type FindLinkedObject, identityOf, type LinkedObject, withdrawnError } from './linked-objects.ts'
import { createSendObject } from './send-object.ts'
import { signFile } from './sign-file.ts'

/** The path of a download, decoded. */
export interface DownloadPath {
  readonly resourceId: string
  readonly uploadId?: string
  readonly fileName: string
}

/** A file, whether this caller may read it, and the resource as CKAN shows it to this caller. */
interface Found {
  readonly serving: Serving
  readonly file: LinkedObject
  readonly resource: Resource
}

const CACHE_CONTROL = 'private, no-store'
const ANONYMOUS_YES_MS = 60_000

/**
 * Sends a linked file to callers who may read the resource: by a redirect to a short pre-signed URL, or by itself. Only
 * callers who may update the resource get a replaced file, or all readers with `PUBLIC_VERSIONS`. Other callers are
 * redirected to the present file. A grant of CKAN's plugin takes the place of the question to CKAN, for one version.
 * Where grants are in use, a browser that may not read is sent to CKAN to get one. Throws `NotFoundError`,
 * `NotAllowedError`, and an `HTTPException` for a withdrawn file.
 */
export function createDownload(deps: GatewayDeps, findObject: FindLinkedObject) {
  const { settings, authorizer, signer, clock, grantSecrets } = deps
  const verifyGrant = grantSecrets && createVerifyGrant(settings, clock, grantSecrets, READING)
  const sendObject = createSendObject(deps)
  const publicResources = createRecentAnswers<Resource>(clock, ANONYMOUS_YES_MS)

  return async (request: Request, path: DownloadPath): Promise<Response> => {
    const grant = verifyGrant && new URL(request.url).searchParams.get('grant')
    // A request with a grant is never sent to CKAN again, so that a bad grant cannot start a loop.
    if (verifyGrant && grant) return sendGranted(request, path, await verifyGrant(grant))
    const token = tokenOf(request.headers)
    const found = await find(path, token).catch((error: unknown) => {
      const maySignIn = verifyGrant && token === undefined && error instanceof NotAllowedError
      if (maySignIn && isOpenedInBrowser(request)) return undefined
      throw error
    })
    if (found === undefined) return redirect(signInUrl(settings.ckanSiteUrl ?? settings.ckanUrl, request))
    return sendFound(request, path, found)
  }

  async function sendFound(
    request: Request,
    path: DownloadPath,
    { serving, file, resource }: Found,
  ): Promise<Response> {
    const token = tokenOf(request.headers)
    if (file.record && serving === 'withdrawn') throw withdrawnError(file.record)
    // The resource describes only the present file.
    const shown = serving === 'present' ? shownFile(settings, resource) : undefined
    const type = downloadTypeOf(identityOf(file, path.fileName, shown))
    if (serving === 'present') return sendFile(request, file, type)
    const latest = serving === 'replaced' ? latestUrl(resource) : undefined
    if (serving === 'replaced' && (settings.publicVersions || (await mayUpdate(token, resource))))
      return withLatest(await sendFile(request, file, type), latest)
    if (latest === undefined) throw noSuchFile()
    return withLatest(redirect(latest), latest)
  }

  /** Sends exactly the version for which CKAN gave the grant. */
  async function sendGranted(
    request: Request,
    path: DownloadPath,
    { sub: by, resource: entity, upload, version }: ReadGrant,
  ): Promise<Response> {
    noteRequest(request, { by, entity })
    if (entity !== path.resourceId || upload !== path.uploadId)
      throw new NotAllowedError('The grant in this address is for another file. Open the file from its page in CKAN.')
    const file = await findFile(path)
    const serving = file.version === version ? servingOf({ ...file, shownVersion: version }) : 'none'
    if (file.record?.state === 'withdrawn') throw withdrawnError(file.record)
    if (serving !== 'present') throw noSuchFile()
    return sendFile(request, file, downloadTypeOf(identityOf(file, path.fileName)))
  }

  /** A remembered answer may be older than the last link. Only a new answer proves that CKAN points to another file. */
  async function find(path: DownloadPath, token: string | undefined): Promise<Found> {
    const remembered = token === undefined ? publicResources.get(path.resourceId) : undefined
    if (remembered) {
      const found = await findIn(remembered, path)
      if (found.serving === 'present') return found
    }
    const resource = await requireResource(authorizer, path.resourceId, token)
    if (token === undefined) publicResources.set(path.resourceId, resource)
    return findIn(resource, path)
  }

  async function findIn(resource: Resource, path: DownloadPath): Promise<Found> {
    const file = await findFile(path)
    return { serving: servingOf({ ...file, shownVersion: shownVersion(resource, path) }), file, resource }
  }

  async function findFile(path: DownloadPath): Promise<LinkedObject> {
    const key = buildKey(settings.keyPrefix, path)
    const parsed = parseKey(settings.keyPrefix, key)
    if (parsed?.kind !== 'resource') throw noSuchFile()
    return findObject(key, recordIdOf(parsed))
  }

  /** The version in the resource's URL, if that URL names the file of this path. */
  function shownVersion({ url }: Resource, path: DownloadPath): string | undefined {
    const shown = parseUrlOfResource(settings, path.resourceId, url)
    const isSame = shown?.uploadId === path.uploadId && (shown?.fileName ?? path.fileName) === path.fileName
    return isSame ? shown?.version : undefined
  }

  /**
   * The gateway sends the file itself to callers whose token or password the store would refuse. A preview needs
   * headers that no signed URL sets.
   */
  async function sendFile(request: Request, file: LinkedObject, type: FileType): Promise<Response> {
    const { object, version = '', key } = file
    const preview = previewTypeOf(request, type)
    const isSent = object !== undefined && (preview !== undefined || isRefusedByStores(request.headers))
    const sent = isSent
      ? await sendObject?.(request, { object, version, type: preview ?? type, cacheControl: CACHE_CONTROL })
      : undefined
    sent?.headers.set('Vary', 'Authorization')
    return sent ?? redirect(await signFile(signer, request.method, { key, cacheControl: CACHE_CONTROL, ...type }))
  }

  /** An editor can write any URL into CKAN. The gateway redirects only to its own URLs, at its present address. */
  function latestUrl({ id, url }: Resource): string | undefined {
    if (parseLinkedUrl({ ...settings, formerUrls: [] }, url)) return new URL(url).href
    const former = parseUrlOfResource(settings, id, url)
    return former && linkedUrl(settings, { ...former, fileName: former.fileName ?? id }, former.version)
  }

  async function mayUpdate(token: string | undefined, resource: Resource): Promise<boolean> {
    return token !== undefined && authorizer.mayUpdate(token, resource)
  }
}

function redirect(url: string): Response {
  const headers = new Headers({ Location: url, 'Cache-Control': 'no-store', Vary: 'Authorization' })
  return new Response(null, { status: 302, headers })
}

function withLatest(response: Response, latest: string | undefined): Response {
  if (latest !== undefined) response.headers.set('Link', `<${latest}>; rel="latest-version"`)
  return response
}

function noSuchFile(): NotFoundError {
  return new NotFoundError('The resource has no such file.')
}

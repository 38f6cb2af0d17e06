import { NotFoundError, type Resource } from '@ckan-uplink/core'
import {
  buildKey,
  fileTypeOf,
  linkedUrl,
  parseKey,
  parseLinkedUrl,
  parseUrlOfResource,
  recordIdOf,
  type Serving,
  servingOf,
} from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { requireResource, tokenOf } from '../http/caller.ts'
import { createRecentAnswers } from '../recent-answers.ts'
import { contentDisposition } from './content-disposition.ts'
import { type FindLinkedObject, type LinkedObject, withdrawnError } from './linked-objects.ts'

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

const EXPIRES_IN_SECONDS = 300
const ANONYMOUS_YES_MS = 60_000

/**
 * Redirects callers who may read the resource to a short pre-signed URL of a linked file. Only callers who may update the resource
 * get a replaced file, or all readers with `PUBLIC_VERSIONS`. Other callers are redirected to the present file.
 * Throws `NotFoundError`, `NotAllowedError`, and an `HTTPException` for a withdrawn file.
 */
export function createDownload(deps: GatewayDeps, findObject: FindLinkedObject) {
  const { settings, authorizer, signer, clock } = deps
  const publicResources = createRecentAnswers<Resource>(clock, ANONYMOUS_YES_MS)

  return async (request: Request, path: DownloadPath): Promise<Response> => {
    const token = tokenOf(request.headers)
    const { serving, file, resource } = await find(path, token)
    if (file.record && serving === 'withdrawn') throw withdrawnError(file.record)
    if (serving === 'present') return sendTo(await sign(request.method, file.key, path.fileName))
    const latest = serving === 'replaced' ? latestUrl(resource) : undefined
    if (serving === 'replaced' && (settings.publicVersions || (await mayUpdate(token, resource))))
      return sendTo(await sign(request.method, file.key, path.fileName), latest)
    if (latest === undefined) throw noSuchFile()
    return sendTo(latest, latest)
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
    const key = buildKey(settings.keyPrefix, path)
    const parsed = parseKey(settings.keyPrefix, key)
    if (parsed?.kind !== 'resource') throw noSuchFile()
    const file = await findObject(key, recordIdOf(parsed))
    return { serving: servingOf({ ...file, shownVersion: shownVersion(resource, path) }), file, resource }
  }

  /** The version in the resource's URL, if that URL names the file of this path. */
  function shownVersion({ url }: Resource, path: DownloadPath): string | undefined {
    const shown = parseUrlOfResource(settings, path.resourceId, url)
    const isSame = shown?.uploadId === path.uploadId && (shown?.fileName ?? path.fileName) === path.fileName
    return isSame ? shown?.version : undefined
  }

  async function sign(method: string, key: string, fileName: string): Promise<string> {
    const wanted = {
      method: method === 'HEAD' ? 'HEAD' : 'GET',
      key,
      expiresInSeconds: EXPIRES_IN_SECONDS,
      contentDisposition: contentDisposition(fileName),
      contentType: fileTypeOf(fileName).mimetype,
      cacheControl: 'private, no-store',
    } as const
    return (await signer.signDownload(wanted)).url
  }

  /** An editor can write any URL into CKAN. The gateway redirects only to its own URLs, at its present address. */
  function latestUrl({ id, url }: Resource): string | undefined {
    if (parseLinkedUrl(settings, url)) return new URL(url).href
    const former = parseUrlOfResource(settings, id, url)
    return former && linkedUrl(settings, { ...former, fileName: former.fileName ?? id }, former.version)
  }

  async function mayUpdate(token: string | undefined, resource: Resource): Promise<boolean> {
    return token !== undefined && authorizer.mayUpdate(token, resource)
  }
}

function sendTo(url: string, latest?: string): Response {
  const headers = new Headers({ Location: url, 'Cache-Control': 'no-store', Vary: 'Authorization' })
  if (latest !== undefined) headers.set('Link', `<${latest}>; rel="latest-version"`)
  return new Response(null, { status: 302, headers })
}

function noSuchFile(): NotFoundError {
  return new NotFoundError('The resource has no such file.')
}

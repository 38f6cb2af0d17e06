import { buildKey, fileTypeOf, NotFoundError, parseKey, parseLinkedUrl, type Resource } from '@ckan-uplink/core'
import { atStore } from './at-store.ts'
import { requireResource, tokenOf } from './caller.ts'
import { contentDisposition } from './content-disposition.ts'
import type { GatewayDeps } from './deps.ts'
import { createRecentAnswers } from './recent-answers.ts'
import type { Records } from './records.ts'

/** The path of a download, decoded. */
export interface DownloadPath {
  readonly resourceId: string
  readonly uploadId?: string
  readonly fileName: string
}

const EXPIRES_IN_SECONDS = 300
const ANONYMOUS_YES_MS = 60_000

/**
 * Sends whoever may read the resource to a short pre-signed GET or HEAD of the file that its URL in CKAN names, or of one that it
 * named before. Throws `NotFoundError`, `NotAllowedError`; the key is never made of the path.
 */
export function createDownload({ settings, authorizer, signer, clock }: GatewayDeps, records: Records) {
  const publicResources = createRecentAnswers<Resource>(clock, ANONYMOUS_YES_MS)

  return async (request: Request, path: DownloadPath): Promise<Response> => {
    const key = await findKey(path, tokenOf(request.headers))
    const wanted = {
      method: request.method === 'HEAD' ? 'HEAD' : 'GET',
      key,
      expiresInSeconds: EXPIRES_IN_SECONDS,
      contentDisposition: contentDisposition(path.fileName),
      contentType: fileTypeOf(path.fileName).mimetype,
      cacheControl: 'private, no-store',
    } as const
    const { url } = await atStore(() => signer.signDownload(wanted))
    return new Response(null, {
      status: 302,
      headers: { Location: url, 'Cache-Control': 'no-store', Vary: 'Authorization' },
    })
  }

  /** A remembered answer may be older than the last link, so only a fresh one can say that there is no such file. */
  async function findKey(path: DownloadPath, token: string | undefined): Promise<string> {
    const remembered = token === undefined ? publicResources.get(path.resourceId) : undefined
    const known = remembered && presentKey(remembered, path)
    if (known !== undefined) return known
    const resource = await requireResource(authorizer, path.resourceId, token)
    if (token === undefined) publicResources.set(path.resourceId, resource)
    const key = presentKey(resource, path) ?? (await earlierKey(path))
    if (key === undefined) throw new NotFoundError('The resource has no such file.')
    return key
  }

  function presentKey({ url }: Resource, path: DownloadPath): string | undefined {
    const linked = parseLinkedUrl(settings, url)
    const isAsked = linked?.resourceId === path.resourceId && linked.uploadId === path.uploadId
    return linked && isAsked && (linked.fileName ?? path.fileName) === path.fileName
      ? buildKey(settings.keyPrefix, linked)
      : undefined
  }

  async function earlierKey({ resourceId, uploadId, fileName }: DownloadPath): Promise<string | undefined> {
    const record = uploadId === undefined ? undefined : await records.find(uploadId)
    if (record?.linked === undefined || record.entity.id !== resourceId) return undefined
    const key = parseKey(settings.keyPrefix, record.key)
    return typeof key === 'object' && key.fileName === fileName ? record.key : undefined
  }
}

import { NotAllowedError, NotFoundError, type StoredObject } from '@ckan-uplink/core'
import { buildKey, parseUrlOfResource, type ResourceKey, recordIdOf, servingOf } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { isRefusedByStores } from '../http/caller.ts'
import { createRecentAnswers } from '../recent-answers.ts'
import { type FileType, previewTypeOf, publicTypeOf } from './file-headers.ts'
import { type FindLinkedObject, identityOf, type LinkedObject, withdrawnError } from './linked-objects.ts'
import { createSendObject } from './send-object.ts'
import { signFile } from './sign-file.ts'

/** How long caches may keep a withdrawn file. */
const CACHE_CONTROL = 'public, max-age=300'
/** Caches drop the redirect well before the URL expires. */
const REDIRECT_MAX_AGE_SECONDS = 60
const CKAN_ANSWER_MS = 60_000

/**
 * Answers for the public host: every version that was linked, for everybody. The record decides. The gateway asks CKAN
 * only about objects for which no record decides. `undefined` if the object does not exist. Throws `NotFoundError` for
 * an object that is not served, and an `HTTPException` for a withdrawn object.
 */
export function createPublicFile(deps: GatewayDeps, findObject: FindLinkedObject) {
  const { settings, authorizer, signer, clock } = deps
  const shownUrls = createRecentAnswers<string>(clock, CKAN_ANSWER_MS)
  const sendObject = createSendObject(deps)

  return async (request: Request, parts: ResourceKey): Promise<Response | undefined> => {
    const file = await findObject(buildKey(settings.keyPrefix, parts), recordIdOf(parts))
    if (file.record?.state === 'withdrawn' && file.record.key === file.key) throw withdrawnError(file.record)
    const { object } = file
    if (object === undefined) return undefined
    if (!(await isServed(file, parts))) throw new NotFoundError('There is no such file.')
    const type = publicTypeOf(identityOf(file, parts.fileName ?? parts.resourceId))
    const preview = previewTypeOf(request, type)
    const isSent = preview !== undefined || deps.redirectsPublicFiles !== true || isRefusedByStores(request.headers)
    const sent = { object, version: file.version ?? '', type: preview ?? type, cacheControl: CACHE_CONTROL }
    return (isSent && (await sendObject?.(request, sent))) || redirect(request.method, object, type)
  }

  async function isServed(file: LinkedObject, parts: ResourceKey): Promise<boolean> {
    // A deployment from before records served its whole bucket in public.
    if (file.record === undefined && !file.recordsComplete && !file.isScanned) return true
    const isServedIfShown = (shownVersion: string | undefined) => servingOf({ ...file, shownVersion }) !== 'none'
    if (isServedIfShown(undefined)) return true
    if (!isServedIfShown(file.version)) return false
    return (
      isServedIfShown(versionIn(shownUrls.get(parts.resourceId), parts)) || isServedIfShown(await askVersion(parts))
    )
  }

  /**
   * A remembered answer may be older than the last link, so only a fresh one can say that CKAN does not show the file.
   */
  async function askVersion(parts: ResourceKey): Promise<string | undefined> {
    const url = await askCkan(parts.resourceId)
    shownUrls.set(parts.resourceId, url)
    return versionIn(url, parts)
  }

  function versionIn(url: string | undefined, { resourceId, uploadId }: ResourceKey): string | undefined {
    const shown = url === undefined ? undefined : parseUrlOfResource(settings, resourceId, url)
    return shown?.uploadId === uploadId ? shown?.version : undefined
  }

  /** The URL that CKAN shows to everybody, or `''`. */
  async function askCkan(resourceId: string): Promise<string> {
    try {
      return (await authorizer.showResource(resourceId)).url
    } catch (thrown) {
      if (thrown instanceof NotAllowedError || thrown instanceof NotFoundError) return ''
      throw thrown
    }
  }

  async function redirect(method: string, { key }: StoredObject, type: FileType): Promise<Response> {
    const url = await signFile(signer, method, { key, cacheControl: CACHE_CONTROL, ...type })
    const cacheControl = `public, max-age=${REDIRECT_MAX_AGE_SECONDS}`
    const headers = { Location: url, 'Cache-Control': cacheControl, Vary: 'Authorization' }
    return new Response(null, { status: 302, headers })
  }
}

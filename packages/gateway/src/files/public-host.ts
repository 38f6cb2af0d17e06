import { NotFoundError } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import { parseBucketUrl, type ResourceKey } from '@ckan-uplink/core/uploads'
import type { Hono } from 'hono'
import { cors } from 'hono/cors'

type SendPublicFile = (request: Request, parts: ResourceKey) => Promise<Response | undefined>

/** What a page may send when it reads a file, and see of the answer. The buckets' CORS rules have the same. */
export const READER_HEADERS = ['If-None-Match', 'If-Range', 'Range'] as const
export const EXPOSED_TO_READERS = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'ETag',
] as const

/** Lets pages of all origins read public files, also pages that may not use the gateway itself. */
export function allowPublicReading(app: Hono, settings: Settings): void {
  if (settings.publicBucketUrl === undefined) return
  const allowReading = cors({
    origin: '*',
    allowMethods: ['GET', 'HEAD'],
    allowHeaders: [...READER_HEADERS],
    exposeHeaders: [...EXPOSED_TO_READERS],
    maxAge: 3600,
  })
  app.use((context, next) => (partsOf(settings, context.req.url) ? allowReading(context, next) : next()))
}

/**
 * Answers the URLs that CKAN shows with `PUBLIC_BUCKET_URL`. Some platforms do not report the requested host, so the
 * path alone decides. If the host is known to be the public host, it serves only public files.
 */
export function addPublicFiles(app: Hono, settings: Settings, sendFile: SendPublicFile): void {
  const { publicBucketUrl, gatewayUrl } = settings
  if (publicBucketUrl === undefined) return
  const { host } = new URL(publicBucketUrl)
  const isApart = host !== new URL(gatewayUrl).host
  app.use(async ({ req }, next) => {
    const parts = publicPartsOf(settings, req.raw)
    const response = parts && (await sendFile(req.raw, parts))
    if (response) return response
    if (isApart && new URL(req.url).host === host) throw new NotFoundError('There is no such file.')
    return next()
  })
}

/** The key parts in the URL of a public file, if the request reads it. */
export function publicPartsOf(settings: Settings, { method, url }: Request): ResourceKey | undefined {
  const isReading = method === 'GET' || method === 'HEAD'
  return isReading && settings.publicBucketUrl !== undefined ? partsOf(settings, url) : undefined
}

function partsOf(settings: Settings, requestUrl: string): ResourceKey | undefined {
  const { origin } = new URL(settings.publicBucketUrl ?? '')
  return parseBucketUrl(settings, origin + new URL(requestUrl).pathname)
}

import {
  buildImageKey,
  type ImageKey,
  imageTypeOf,
  NotAllowedError,
  NotFoundError,
  parseImageKey,
  parseImageUrl,
  recordIdOf,
  SVG,
  versionOf,
} from '@ckan-uplink/core'
import { atStore } from './at-store.ts'
import { contentDisposition } from './content-disposition.ts'
import type { GatewayDeps } from './deps.ts'
import type { Records } from './records.ts'

/** An SVG is a page that can hold scripts: shown inside of another page it can't run them, opened by itself it is saved. */
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

/**
 * An image that was linked, or that CKAN shows, for anybody; its type is what its content says. Throws `NotFoundError` for all
 * others. An address that names this very version may be kept for ever.
 */
export function createImage({ settings, store, authorizer }: GatewayDeps, records: Records) {
  return async (path: string, version: string | undefined): Promise<Response> => {
    const key = parseImageKey(path)
    const image = typeof key === 'object' ? await find(key) : undefined
    if (image === undefined) throw new NotFoundError('There is no such image.')
    const { mimetype, bytes } = image
    return new Response(bytes, {
      headers: {
        'Content-Type': mimetype,
        'Content-Length': String(bytes.byteLength),
        'Cache-Control': version === image.version ? 'public, max-age=31536000, immutable' : 'no-cache',
        ...(mimetype === SVG && {
          'Content-Disposition': contentDisposition(image.fileName),
          'Content-Security-Policy': SVG_POLICY,
        }),
      },
    })
  }

  async function find(key: ImageKey) {
    const record = await records.find(recordIdOf(key))
    if (record?.key !== buildImageKey(key)) return undefined
    const limit = record.limits.max_bytes ?? settings.maxImageBytes
    const found = await atStore(() => store.get(record.key, { length: limit }))
    if (found === undefined || found.object.size > limit) return undefined
    const mimetype = imageTypeOf(found.bytes)
    if (mimetype === undefined || (mimetype === SVG && !settings.allowSvg)) return undefined
    const version = await versionOf(found.object.etag)
    const isLinked = record.linked?.version === version || (await isShown(key, version))
    return isLinked ? { mimetype, version, fileName: key.fileName, bytes: new Uint8Array(found.bytes) } : undefined
  }

  /** CKAN is written before the record is: in between, CKAN alone can say. */
  async function isShown(key: ImageKey, version: string): Promise<boolean> {
    try {
      const { imageUrl } = await authorizer.showImageOwner(key.ownerType, key.ownerId)
      const shown = parseImageUrl(settings, imageUrl)
      return shown?.uploadId === key.uploadId && shown.version === version
    } catch (thrown) {
      if (thrown instanceof NotAllowedError || thrown instanceof NotFoundError) return false
      throw thrown
    }
  }
}

import { buildImageKey, parseImageUrl, type UploadKey } from './image-keys.ts'
import { buildKey, isResourceId, isUploadId, uploadIdsIn } from './keys.ts'
import { parseLinkedUrl, type UrlSettings } from './linked-url.ts'

/** A URL that the linker wrote to CKAN: its object, and the version that was linked. */
export interface OwnUrl {
  readonly key: string
  readonly upload: UploadKey
  readonly version: string
}

/** `undefined` for any URL that the linker does not write. */
export function parseOwnUrl(settings: UrlSettings, url: string): OwnUrl | undefined {
  const file = parseLinkedUrl(settings, url)
  if (file) return { key: buildKey(settings.keyPrefix, file), upload: file, version: file.version }
  const image = parseImageUrl(settings, url)
  return image && { key: buildImageKey(image), upload: image, version: image.version }
}

/**
 * The id by which a URL that a person wrote refers to an object: the upload's id, or for a plain key the resource's.
 */
export function mentionOf(upload: UploadKey): string {
  return upload.kind === 'resource' ? (upload.uploadId ?? upload.resourceId) : upload.uploadId
}

/**
 * The ids in a URL by which it may refer to our objects, as `mentionOf` returns them. Also finds them in a URL without
 * version, and in a URL with a former address of the gateway or the bucket.
 */
export function mentionsIn({ keyPrefix }: Pick<UrlSettings, 'keyPrefix'>, url: string): readonly string[] {
  const text = decoded(url)
  const tails = [keyPrefix, '/resource/'].flatMap((before) => text.split(before).slice(1))
  return [...uploadIdsIn(text), ...tails.flatMap(plainResourceIn)]
}

/** The resource id at the beginning of `tail`; none when an upload id and a file name follow it. */
function plainResourceIn(tail: string): readonly string[] {
  const [id = ''] = /^[\w -]*/u.exec(tail) ?? []
  const [uploadId = '', fileName] = tail
    .slice(id.length)
    .replace(/^\/download/u, '')
    .split('/')
    .slice(1)
  return !isResourceId(id) || (isUploadId(uploadId) && fileName !== undefined) ? [] : [id]
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

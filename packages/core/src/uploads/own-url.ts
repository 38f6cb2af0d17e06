import { buildImageKey, parseImageUrl, type UploadKey } from './image-keys.ts'
import { buildKey, isResourceId, isUploadId, uploadIdsIn } from './keys.ts'
import { parseLinkedUrl, type UrlSettings } from './linked-url.ts'

/** A URL of ours as it stands in CKAN: the object that it leads to, in the version that was linked. */
export interface OwnUrl {
  readonly key: string
  readonly upload: UploadKey
  readonly version: string
}

/** `undefined` for whatever is no URL of ours. */
export function parseOwnUrl(settings: UrlSettings, url: string): OwnUrl | undefined {
  const file = parseLinkedUrl(settings, url)
  if (file) return { key: buildKey(settings.keyPrefix, file), upload: file, version: file.version }
  const image = parseImageUrl(settings, url)
  return image && { key: buildImageKey(image), upload: image, version: image.version }
}

/** By what URLs that people wrote are known to lead to an object: its upload's id; at a plain key, its resource's. */
export function mentionOf(upload: UploadKey): string {
  return upload.kind === 'image' ? upload.uploadId : (upload.uploadId ?? upload.resourceId)
}

/** What a URL may lead to, as `mentionOf` has it: also one that lacks its version, or is at an address that the gateway or the bucket had before. */
export function mentionsIn({ keyPrefix }: Pick<UrlSettings, 'keyPrefix'>, url: string): readonly string[] {
  const text = decoded(url)
  const tails = [keyPrefix, '/resource/'].flatMap((before) => text.split(before).slice(1))
  return [...uploadIdsIn(text), ...tails.flatMap(plainResourceIn)]
}

/** Of what follows in a URL where an id of a resource stands; none where it goes on to an upload. */
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

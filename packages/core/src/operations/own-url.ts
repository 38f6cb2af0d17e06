import { buildImageKey, parseImageUrl, type UploadKey } from '../image-keys.ts'
import { buildKey } from '../keys.ts'
import { parseLinkedUrl, type UrlSettings } from '../linked-url.ts'

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

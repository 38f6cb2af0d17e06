import { buildImageKey, parseImageUrl } from '../image-keys.ts'
import { buildKey } from '../keys.ts'
import { parseLinkedUrl, type UrlSettings } from '../linked-url.ts'

/** The key of the object that a URL in CKAN stands for; `undefined` for whatever is no URL of ours. */
export function ownKey(settings: UrlSettings, url: string): string | undefined {
  const file = parseLinkedUrl(settings, url)
  if (file) return buildKey(settings.keyPrefix, file)
  const image = parseImageUrl(settings, url)
  return image && buildImageKey(image)
}

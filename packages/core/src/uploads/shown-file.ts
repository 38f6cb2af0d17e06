import type { ShownFile } from '../file-identity/identify.ts'
import type { Resource } from '../ports/index.ts'
import { parseUrlOfResource, type UrlSettings } from './linked-url.ts'

/** What CKAN shows of a resource, as far as it tells what the next file is. */
export function shownFile(
  settings: UrlSettings,
  { id, url, format }: Pick<Resource, 'id' | 'url' | 'format'>,
): ShownFile {
  const own = parseUrlOfResource(settings, id, url)
  if (own === undefined) return { format, link: url }
  return own.fileName === undefined ? { format } : { format, fileName: own.fileName }
}

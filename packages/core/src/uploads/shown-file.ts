import type { ShownFile } from '../file-identity/identify.ts'
import type { Resource } from '../ports/index.ts'
import { parseUrlOfResource, type UrlSettings } from './linked-url.ts'

/** The facts about the present file in CKAN that help to identify the next file. */
export function shownFile(
  settings: UrlSettings,
  { id, url, format }: Pick<Resource, 'id' | 'url' | 'format'>,
): ShownFile {
  const own = parseUrlOfResource(settings, id, url)
  if (own === undefined) return { format, link: url }
  return own.fileName === undefined ? { format } : { format, fileName: own.fileName }
}

import { canonicalFormat } from '../file-identity/file-types.ts'
import { type FileIdentity, identify, isFormatOfPage } from '../file-identity/identify.ts'
import type { Resource, ResourceFields } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { linkedUrl, parseLinkedUrl, type UrlSettings } from '../uploads/linked-url.ts'
import { shownFile } from '../uploads/shown-file.ts'
import type { Candidate, FileCandidate } from './upload.ts'

/** What the file of an upload is. The key names it, letter by letter; for a plain key, what CKAN shows names it. */
export function identityOf(
  settings: UrlSettings,
  resource: Resource,
  { upload, object }: Pick<Candidate, 'upload' | 'object'>,
  firstBytes?: Uint8Array,
): FileIdentity {
  return identify({
    name: upload.parsed.fileName,
    declared: upload.stored.record.declared,
    resource: shownFile(settings, resource),
    contentType: object.contentType,
    firstBytes,
  })
}

/** Every field that the upload owns, as the object makes it true; nothing else is ever written. */
export function fieldsFor(
  settings: Settings,
  resource: Resource,
  candidate: FileCandidate,
  ckanTime: Date,
): ResourceFields {
  const { upload, object, identity } = candidate
  const fileName = upload.parsed.fileName ?? identity.fileName
  const format = formatFor(settings, resource, candidate)
  const hash = hashFor(settings, resource, candidate)
  return {
    url: linkedUrl(settings, { ...upload.parsed, fileName }, candidate.version),
    url_type: '',
    mimetype: identity.mimetype,
    size: object.size,
    last_modified: ckanTime.toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length),
    ...(format !== undefined && { format }),
    ...(hash !== undefined && { hash }),
  }
}

/**
 * The checksum where it was verified; one of the file before doesn't stay. With the same content as is linked now, what
 * stands there is right, and by a loader's own hash the loader sees that it has loaded this file.
 */
function hashFor(settings: Settings, resource: Resource, { version, checksum }: Candidate): string | undefined {
  if (resource.hash !== '' && parseLinkedUrl(settings, resource.url)?.version === version) return undefined
  return checksum ?? (resource.hash.startsWith('sha256:') ? '' : undefined)
}

/**
 * A format that a person chose stays. It is written only when declared, when there is none, or when it says no more than the
 * previous file's name and media type.
 */
function formatFor(settings: UrlSettings, resource: Resource, { upload, identity }: FileCandidate): string | undefined {
  if (canonicalFormat(upload.stored.record.declared.format ?? '') !== '') return identity.format
  const shown = shownFile(settings, resource)
  // The page that the link led to is gone.
  if (isFormatOfPage(shown)) return identity.format ?? ''
  const previous = identify({ resource: { ...shown, format: '' }, contentType: resource.mimetype ?? '' }).format
  return resource.format === '' || canonicalFormat(resource.format) === previous ? identity.format : undefined
}

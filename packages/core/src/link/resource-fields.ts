import { canonicalFormat } from '../file-identity/file-types.ts'
import { type FileIdentity, identify, isFormatOfPage } from '../file-identity/identify.ts'
import type { Resource, ResourceFields } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { linkedUrl, parseLinkedUrl, type UrlSettings } from '../uploads/linked-url.ts'
import { shownFile } from '../uploads/shown-file.ts'
import type { Candidate, FileCandidate } from './upload.ts'

/** Identifies the file of an upload. Its name is exactly the name in the key; for a plain key, CKAN's name counts. */
export function identityOf(
  settings: UrlSettings,
  resource: Resource | undefined,
  { upload, object }: Pick<Candidate<UploadKey>, 'upload' | 'object'>,
  firstBytes?: Uint8Array,
): FileIdentity {
  return identify({
    name: upload.parsed.fileName,
    declared: upload.stored.record.declared,
    ...(resource && { resource: shownFile(settings, resource) }),
    contentType: object.contentType,
    firstBytes,
  })
}

/** The values of the fields that the upload owns. The linker writes no other fields. */
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
 * The verified checksum, if any. A checksum of the previous file is cleared. When CKAN already shows the same content,
 * its hash stays, because a loader recognizes by its own hash that it has loaded this file.
 */
function hashFor(settings: Settings, resource: Resource, { version, checksum }: Candidate): string | undefined {
  if (resource.hash !== '' && parseLinkedUrl(settings, resource.url)?.version === version) return undefined
  return checksum ?? (resource.hash.startsWith('sha256:') ? '' : undefined)
}

/**
 * A format that a person chose stays. The linker writes a format only when one was declared, when CKAN has none, or
 * when CKAN's format follows from the previous file's name and media type.
 */
function formatFor(settings: UrlSettings, resource: Resource, { upload, identity }: FileCandidate): string | undefined {
  if (canonicalFormat(upload.stored.record.declared.format ?? '') !== '') return identity.format
  const shown = shownFile(settings, resource)
  // The resource no longer links to a page.
  if (isFormatOfPage(shown)) return identity.format ?? ''
  const previous = identify({ resource: { ...shown, format: '' }, contentType: resource.mimetype ?? '' }).format
  return resource.format === '' || canonicalFormat(resource.format) === previous ? identity.format : undefined
}

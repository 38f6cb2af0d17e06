import { fileNameOfUrl, safeFileName } from '../file-name.ts'
import { bareType, canonicalFormat, extensionOfFormat, fileTypeOf } from '../media-types.ts'
import type { Resource, ResourceFields, StoredObject } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { linkedUrl, parseLinkedUrl } from '../uploads/linked-url.ts'
import type { Candidate, Upload } from './upload.ts'

/** What the download is called: the key says it, letter by letter; for a plain key the resource's present URL or format does. */
export function fileNameFor(upload: Upload, resource: Resource): string {
  return (
    upload.parsed.fileName ?? safeFileName(fileNameOfUrl(resource.url) ?? `data${extensionOfFormat(resource.format)}`)
  )
}

/** The media type, as declared or as the name tells; what the store was told by the client comes last. */
export function mediaTypeOf(
  upload: Upload,
  object: StoredObject,
  fileName: string,
): { readonly mimetype: string; readonly format?: string } {
  const declared = upload.stored.record.declared.mimetype
  const type = fileTypeOf(fileName, declared ?? object.contentType)
  return declared === undefined ? type : { ...type, mimetype: bareType(declared) }
}

/** Every field that the upload owns, as the object makes it true; nothing else is ever written. */
export function fieldsFor(
  settings: Settings,
  resource: Resource,
  candidate: Candidate,
  ckanTime: Date,
): ResourceFields {
  const { upload, object } = candidate
  const fileName = fileNameFor(upload, resource)
  const type = mediaTypeOf(upload, object, fileName)
  const format = formatFor(resource, upload, type.format)
  const hash = hashFor(settings, resource, candidate)
  return {
    url: linkedUrl(settings, { ...upload.parsed, fileName }, candidate.version),
    url_type: '',
    mimetype: type.mimetype,
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

/** A format that a person chose stays: written only when declared, when there is none, or when it says no more than the previous file's name and media type. */
function formatFor(resource: Resource, upload: Upload, derived: string | undefined): string | undefined {
  const declared = canonicalFormat(upload.stored.record.declared.format ?? '')
  if (declared !== '') return declared
  const previous = fileTypeOf(fileNameOfUrl(resource.url) ?? '', resource.mimetype ?? '').format
  const isFree = resource.format === '' || canonicalFormat(resource.format) === previous
  return isFree ? derived : undefined
}

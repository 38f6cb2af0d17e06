import { fileTypeOf, type UploadRecord } from '@ckan-uplink/core/uploads'
import { contentDisposition } from './content-disposition.ts'

/**
 * Types that no browser runs, given `nosniff`. Files of all other types are attachments: HTML, SVG and XML can hold scripts, and
 * browsers do not show a PDF under `sandbox`.
 */
const SHOWN = new Set([
  'application/json',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/csv',
  'text/plain',
  'text/tab-separated-values',
])

/** The headers of a public file. The name decides, then the declared type, never the type that the uploader stored. */
export interface PublicType {
  readonly contentType: string
  readonly contentDisposition: string
}

/** Browsers save the file as `fileName`. */
export function publicTypeOf(fileName: string, record: Pick<UploadRecord, 'declared'> | undefined): PublicType {
  const { mimetype } = fileTypeOf(fileName, record?.declared.mimetype)
  const attachment = contentDisposition(fileName)
  return {
    contentType: mimetype,
    contentDisposition: SHOWN.has(mimetype) ? attachment.replace(/^attachment/u, 'inline') : attachment,
  }
}

/** For every answer with a public file: even a file that the browser shows gets no rights. */
export const PUBLIC_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
}

import { type FileIdentity, SVG } from '@ckan-uplink/core/uploads'
import { contentDisposition } from './content-disposition.ts'

/**
 * Types of public files that no browser runs, given `nosniff`. Public files of all other types are attachments: HTML,
 * SVG and XML can hold scripts, and browsers do not show a PDF under `sandbox`.
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

/** The headers that say what a file is. */
export interface FileType {
  readonly contentType: string
  readonly contentDisposition: string
}

/** Of a public file. Browsers save it under the name of the identity. */
export function publicTypeOf(identity: FileIdentity): FileType {
  const type = downloadTypeOf(identity)
  return SHOWN.has(identity.mimetype) ? inline(type) : type
}

/** Of a download, which is an attachment. */
export function downloadTypeOf({ fileName, mimetype }: FileIdentity): FileType {
  return { contentType: mimetype, contentDisposition: contentDisposition(fileName) }
}

/**
 * Of a file that a page of the portal shows: a request with `preview=1`, as CKAN's views of PDFs and images send it.
 * `undefined` if the type is not shown.
 */
export function previewTypeOf(request: Request, type: FileType): FileType | undefined {
  const { contentType } = type
  const isShown = contentType === 'application/pdf' || (contentType.startsWith('image/') && contentType !== SVG)
  return isShown && new URL(request.url).searchParams.get('preview') === '1' ? inline(type) : undefined
}

function inline({ contentType, contentDisposition }: FileType): FileType {
  return { contentType, contentDisposition: contentDisposition.replace(/^attachment/u, 'inline') }
}

/** For every answer with a file: even a file that the browser shows gets no rights. */
export const FILE_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
}

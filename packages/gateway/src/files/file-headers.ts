import { fileTypeOf, SVG, type UploadRecord } from '@ckan-uplink/core/uploads'
import { contentDisposition } from './content-disposition.ts'

/**
 * Types of public files that no browser runs, given `nosniff`. Public files of all other types are attachments: HTML, SVG and XML
 * can hold scripts, and browsers do not show a PDF under `sandbox`.
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

/** The headers that say what a file is. The name decides, then the declared type, never the type that the uploader stored. */
export interface FileType {
  readonly contentType: string
  readonly contentDisposition: string
}

type Declared = Pick<UploadRecord, 'declared'> | undefined

/** Of a public file. Browsers save it as `fileName`. */
export function publicTypeOf(fileName: string, record: Declared): FileType {
  const { mimetype } = fileTypeOf(fileName, record?.declared.mimetype)
  return SHOWN.has(mimetype) ? inline(attachmentOf(fileName, mimetype)) : attachmentOf(fileName, mimetype)
}

/** Of a download, which is an attachment. */
export function downloadTypeOf(fileName: string): FileType {
  return attachmentOf(fileName, fileTypeOf(fileName).mimetype)
}

/**
 * Of a file that a page of the portal shows: a request with `preview=1`, as CKAN's views of PDFs and images send it. `undefined` if
 * the type is not shown.
 */
export function previewTypeOf(request: Request, type: FileType): FileType | undefined {
  const { contentType } = type
  const isShown = contentType === 'application/pdf' || (contentType.startsWith('image/') && contentType !== SVG)
  return isShown && new URL(request.url).searchParams.get('preview') === '1' ? inline(type) : undefined
}

function attachmentOf(fileName: string, contentType: string): FileType {
  return { contentType, contentDisposition: contentDisposition(fileName) }
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

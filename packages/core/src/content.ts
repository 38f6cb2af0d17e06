import { extensionOf } from './file-name.ts'

/** So many first bytes tell what a file is. */
export const FIRST_BYTES = 1024

/** Kinds of content that their first bytes give away, in the words that a person would use. */
type Kind = 'HTML' | (typeof SIGNATURES)[number][0]

const SIGNATURES = [
  ['an image', ['\u0089PNG\r\n', '\u00ff\u00d8\u00ff', 'GIF87a', 'GIF89a']],
  ['a GZIP archive', ['\u001f\u008b']],
  ['a Microsoft Office 97 document', ['\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1']],
  ['a Parquet file', ['PAR1', 'PARE']],
  ['a PDF', ['%PDF-']],
  ['a SQLite database', ['SQLite format 3\0']],
  ['a ZIP archive', ['PK\u0003\u0004', 'PK\u0005\u0006', 'PK\u0007\u0008']],
] as const
/** As a browser would take it: an error page, or a login form, saved in place of the file. */
const HTML = /^(?:\u00ef\u00bb\u00bf)?\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|script)\b/isu

/** An Office document that has a password is one of 97 by its first bytes. */
const OFFICE: readonly Kind[] = ['a ZIP archive', 'a Microsoft Office 97 document']
const ZIP: readonly Kind[] = ['a ZIP archive']

/** What files of an extension always begin as. */
const ALWAYS: Readonly<Record<string, readonly Kind[]>> = {
  docx: OFFICE,
  gpkg: ['a SQLite database'],
  gz: ['a GZIP archive'],
  kmz: ZIP,
  ods: ZIP,
  odt: ZIP,
  parquet: ['a Parquet file'],
  pdf: ['a PDF'],
  pptx: OFFICE,
  sqlite: ['a SQLite database'],
  tgz: ['a GZIP archive'],
  xlsm: OFFICE,
  xlsx: OFFICE,
  zip: ZIP,
}

/** Images come in more kinds than are known here. */
const IMAGES = new Set(['gif', 'jpeg', 'jpg', 'png', 'tif', 'tiff', 'webp'])
/** Text, of which none begins as any of the kinds. `.xls` isn't here: Excel itself saves HTML and text under this name. */
const TEXT = new Set(
  'csv geojson gml gpx json jsonl jsonld kml n3 ndjson nt rdf rss topojson tsv ttl xml yaml yml'.split(' '),
)

/** Text may have been put with `Content-Encoding: gzip`, which every client undoes by itself; and a column may be called PARENT. */
const MAY_BE_TEXT: ReadonlySet<Kind> = new Set<Kind>(['a GZIP archive', 'a Parquet file'])

/**
 * What the first bytes of a file are, where the extension of its name says something else; `undefined` where both agree,
 * where the name says nothing, and for an empty file.
 */
export function contradictionOf(fileName: string, firstBytes: Uint8Array): string | undefined {
  if (firstBytes.length === 0) return undefined
  const extension = extensionOf(fileName).replace(/^.*\./u, '').toLowerCase()
  const start = String.fromCharCode(...firstBytes.subarray(0, FIRST_BYTES))
  // Readers of PDF take some bytes before it.
  if (extension === 'pdf' && start.includes('%PDF-')) return undefined
  const kind = kindOf(start)
  const always = Object.hasOwn(ALWAYS, extension) ? ALWAYS[extension] : undefined
  if (always !== undefined) return kind !== undefined && always.includes(kind) ? undefined : (kind ?? 'something else')
  if (IMAGES.has(extension)) return kind === 'an image' ? undefined : kind
  return TEXT.has(extension) && kind !== undefined && !MAY_BE_TEXT.has(kind) ? kind : undefined
}

function kindOf(start: string): Kind | undefined {
  if (HTML.test(start)) return 'HTML'
  return SIGNATURES.find(([, starts]) => starts.some((signature) => start.startsWith(signature)))?.[0]
}

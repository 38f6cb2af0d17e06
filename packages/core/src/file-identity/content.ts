import { imageTypeOf } from '../image-content.ts'
import { extensionOf, extensionWord } from './file-name.ts'
import { type FileType, typeOfExtension, typeOfMediaType } from './format-table.ts'

/** So many first bytes are enough to recognize a file. */
export const FIRST_BYTES = 1024

/** Kinds of content that their first bytes identify, in words for people. */
type Kind = 'HTML' | 'XML' | (typeof SIGNATURES)[number][0]

const SIGNATURES = [
  ['an image', ['\u0089PNG\r\n', '\u00ff\u00d8\u00ff', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*']],
  ['a GZIP archive', ['\u001f\u008b']],
  ['a Microsoft Office 97 document', ['\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1']],
  ['a Parquet file', ['PAR1', 'PARE']],
  ['a PDF', ['%PDF-']],
  ['a SQLite database', ['SQLite format 3\0']],
  ['a ZIP archive', ['PK\u0003\u0004', 'PK\u0005\u0006', 'PK\u0007\u0008']],
  ['a compressed file', ['BZh91AY&SY', '\u00fd7zXZ\0', '(\u00b5/\u00fd', '7z\u00bc\u00af', 'Rar!\u001a\u0007']],
  // The same starts of PNG, JPEG, GIF, PDF, ZIP and GZIP, as programs send them that read a file for a data: URL.
  ['Base64 text', ['iVBORw0KGgo', '/9j/', 'R0lGOD', 'JVBERi0', 'UEsDB', 'H4sIA']],
] as const
/**
 * Recognizes HTML like a browser. Such a file is often an error page or a login form that was saved instead of the
 * file.
 */
const HTML =
  /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml\b[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:(?:!doctype\s+html|html|head|body|script|iframe|div|table|h1|br)\b|meta\s|title>[^<]*<\/title)/isu
const XML = /^(?:\u00ef\u00bb\u00bf)?\s*<(?:\?xml|svg)\b/u

/** An Office document with a password begins like a document of Office 97. */
const OFFICE: readonly Kind[] = ['a ZIP archive', 'a Microsoft Office 97 document']
const ALWAYS: readonly (readonly [extensions: string, kinds: readonly Kind[]])[] = [
  ['docm docx dotm dotx potm potx ppsm ppsx pptm pptx xlam xlsb xlsm xlsx xltm xltx', OFFICE],
  ['epub kmz odb odc odf odg odp ods odt qgz zip', ['a ZIP archive']],
  ['gz tgz', ['a GZIP archive']],
  ['gpkg mbtiles sqlite sqlite3', ['a SQLite database']],
  ['geoparquet parquet', ['a Parquet file']],
  ['pdf', ['a PDF']],
]
/** The kinds with which all files of an extension begin. */
const KINDS_OF = new Map(
  ALWAYS.flatMap(([extensions, kinds]) => extensions.split(' ').map((extension) => [extension, kinds] as const)),
)

/** There are more image formats than `SIGNATURES` contains. */
const IMAGES = new Set(['gif', 'jpeg', 'jpg', 'png', 'tif', 'tiff', 'webp'])
/** Excel itself saves HTML, XML, text and newer documents under these names, but none of the kinds below. */
const OFFICE_97 = new Set(['doc', 'ppt', 'xls'])
const NEVER_OFFICE_97: readonly Kind[] = ['an image', 'a GZIP archive', 'a PDF', 'a SQLite database', 'Base64 text']
/** Text formats, which begin with none of the kinds. */
const TEXT = new Set('csv geojson ipynb json jsonl jsonld n3 ndjson nq nt topojson trig tsv ttl yaml yml'.split(' '))
const XML_TEXT = new Set('atom gml gpx kml osm owl qgs rdf rss srx xml xsd xsl xslt'.split(' '))

/** A column may be called PARENT, or PAR1. */
const MAY_BE_TEXT: Kind = 'a Parquet file'
const SURELY_PARQUET = 'PAR1\u0015'

/** What contradictions call content that is none of the kinds. */
const SOMETHING_ELSE = 'something else'
/** Encodings of the content. Some clients send other words, as a character set or `aws-chunked`. */
const ENCODINGS = new Set(['gzip', 'x-gzip', 'br', 'deflate', 'compress', 'zstd'])

const NOT_READ =
  'The file contains only the name of an object in a program: let the program read the file, and upload its bytes.'
const IN_CHUNKS =
  'The file is in chunks (aws-chunked), which a pre-signed URL does not decode: upload only the bytes of the file.'

/** Content that programs upload by mistake instead of a file, with any name: the first bytes, and the advice. */
const MISTAKES: readonly (readonly [start: RegExp, reason: string])[] = [
  [
    /^(?:\r?\n)?--(?=-*[^-\s])[^\r\n]{1,200}\r?\n(?:[\w-]{1,40}:[^\r\n]{0,400}\r?\n){0,4}?content-(?:disposition|type):/iu,
    'The file is the body of a web form: upload only the bytes of the file, without a form.',
  ],
  [
    /^["']?data:(?:[a-z]+\/[\w.+-]+(?:;[^,;\s]{1,80})*|;base64),/iu,
    'The file is the text of a data: URL: decode it, and upload the decoded bytes.',
  ],
  // As JavaScript, Python, Java and .NET print an object.
  [
    /^(?:\[object \w{1,80}\]|undefined|<[\w.]{1,80} (?:object at |name=)[^<>\r\n]*>|(?:\[B|(?:\w{1,80}\.){1,10}[\w$]{1,80})@[\da-f]{5,8}|System\.(?:Byte\[\]|IO\.\w{1,80}))\s*$/u,
    NOT_READ,
  ],
  // A file or a form that a program of React Native or a page turned into JSON.
  [/^\{"(?:_parts":\[\[|preview":"blob:|uri":"(?:assets-library|content|file|ph):\/\/)/u, NOT_READ],
  [/^\{"type":"Buffer","data":\[/u, 'The file is the JSON of bytes in Node: upload the bytes without JSON.stringify.'],
  [
    /^b["'](?=[^\r\n]*\\[nrtx])[^\r\n]*\s*$/u,
    'The file is the text that Python prints for bytes: upload the bytes without str().',
  ],
  [
    /^HTTP\/\d(?:\.\d)? \d{3}\b[^\r\n]{0,200}\r?\n[\w-]{1,80}:/u,
    'The file begins with the headers of an HTTP answer: save the body alone, as curl does without -i.',
  ],
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/u,
    'The file is a pointer of Git LFS: run git lfs pull, and upload the file itself.',
  ],
  [/^[\da-f]{1,16};chunk-signature=[\da-f]{64}\r\n/iu, IN_CHUNKS],
]

/** Why the content is a mistake, with advice; `undefined` for all other content. */
export function mistakeIn(firstBytes: Uint8Array, fileName = ''): string | undefined {
  const start = textOf(firstBytes)
  return isPathOf(fileName, start) ? NOT_READ : MISTAKES.find(([pattern]) => pattern.test(start))?.[1]
}

/** Whether the content is the path of the file, as of `curl -d data.csv` and of `-Body 'C:\data.csv'` in PowerShell. */
function isPathOf(fileName: string, start: string): boolean {
  const [, name] = /^@?(?:[^\r\n]*[\\/])?([^\r\n\\/]+)\s*$/u.exec(start) ?? []
  return name !== undefined && name === fileName && extensionOf(fileName) !== ''
}

/** So many last bytes hold the trailer of a body in chunks. */
export const CHUNK_TAIL_BYTES = 512
const CHUNK_SIZE = /^[\da-f]{1,16}\r\n/iu
const CHUNK_TRAILER = /\r\n0\r\nx-amz-[\w-]{1,40}:[^\r\n]{1,200}\r\n(?:\r\n)?$/iu

/** Whether the first line of the file may be the size of a chunk without a signature. A number may also be data. */
export function mayBeInChunks(firstBytes: Uint8Array): boolean {
  return CHUNK_SIZE.test(textOf(firstBytes))
}

/** Why a file that ends with these bytes is in chunks, if it is. */
export function mistakeInChunks(tail: Uint8Array): string | undefined {
  return CHUNK_TRAILER.test(textOf(tail)) ? IN_CHUNKS : undefined
}

/**
 * Whether all clients decode the content, so that its bytes say nothing about the file. GZIP is believed only where the
 * bytes are GZIP.
 */
export function isEncoded(contentEncoding: string, firstBytes: Uint8Array): boolean {
  const encodings = encodingsIn(contentEncoding)
  const kind = kindOf(textOf(firstBytes))
  // No compressed content begins like a page.
  if (encodings.length === 0 || kind === 'HTML' || kind === 'XML') return false
  return !isGzipAlone(encodings) || kind === 'a GZIP archive'
}

/** Why readers cannot decode the content, with advice. */
export function encodingMistake(contentEncoding: string, firstBytes: Uint8Array): string | undefined {
  if (!isGzipAlone(encodingsIn(contentEncoding)) || isGzip(firstBytes) || firstBytes.length === 0) return undefined
  return 'The file was sent with Content-Encoding: gzip, but it is not compressed: upload it without this header.'
}

function encodingsIn(contentEncoding: string): readonly string[] {
  const words = contentEncoding.toLowerCase().split(',')
  return words.map((word) => word.trim()).filter((word) => ENCODINGS.has(word))
}

function isGzipAlone([first = '', ...others]: readonly string[]): boolean {
  return others.length === 0 && /^(?:x-)?gzip$/u.test(first)
}

function isGzip(firstBytes: Uint8Array): boolean {
  return kindOf(textOf(firstBytes)) === 'a GZIP archive'
}

/**
 * The kind of the first bytes, if it contradicts the extension of the name. `undefined` when both agree, when the
 * extension is unknown, and for an empty file.
 */
export function contradictionOf(fileName: string, firstBytes: Uint8Array): string | undefined {
  if (firstBytes.length === 0) return undefined
  const extension = extensionWord(extensionOf(fileName))
  const start = textOf(firstBytes)
  // Readers of PDF accept some bytes before the signature.
  if (extension === 'pdf' && start.includes('%PDF-')) return undefined
  const kind = kindOf(start)
  const always = KINDS_OF.get(extension)
  if (always !== undefined) return kind !== undefined && always.includes(kind) ? undefined : (kind ?? SOMETHING_ELSE)
  if (IMAGES.has(extension)) return kind === 'an image' ? undefined : kind
  return kind !== undefined && contradicts(kind, extension, start) ? kind : undefined
}

function contradicts(kind: Kind, extension: string, start: string): boolean {
  if (OFFICE_97.has(extension)) return NEVER_OFFICE_97.includes(kind)
  const isText = TEXT.has(extension) || (XML_TEXT.has(extension) && kind !== 'XML')
  return isText && (kind !== MAY_BE_TEXT || start.startsWith(SURELY_PARQUET))
}

/** The end record of a ZIP archive and the longest comment behind it: APPNOTE 4.3.16. */
export const ZIP_TAIL_BYTES = 22 + 65_535
const END_RECORD = [0x50, 0x4b, 5, 6] as const
const END_RECORD_BYTES = 22

/**
 * Whether the end of a file may show that it is a ZIP archive all the same. An archive that was begun as a split
 * archive starts with `PK00`, and a self-extracting archive with a program.
 */
export function mayEndAsZip(fileName: string, contradiction: string): boolean {
  const kinds = KINDS_OF.get(extensionWord(extensionOf(fileName)))
  return contradiction === SOMETHING_ELSE && kinds?.includes('a ZIP archive') === true
}

/** Whether the last bytes of a file hold the end record of a ZIP archive, whose comment ends within the file. */
export function endsAsZip(tail: Uint8Array): boolean {
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at -= 1) {
    const commentLength = (tail[at + 20] ?? 0) + 256 * (tail[at + 21] ?? 0)
    const isRecord = END_RECORD.every((byte, index) => tail[at + index] === byte)
    if (isRecord && at + END_RECORD_BYTES + commentLength <= tail.length) return true
  }
  return false
}

/** First bytes of files whose type is otherwise unknown: `extension, start`. */
const STARTS: readonly (readonly [extension: string, start: string])[] = [
  ['pdf', '%PDF-'],
  ['parquet', SURELY_PARQUET],
  ['sqlite', 'SQLite format 3\0'],
  ['gz', '\u001f\u008b'],
  ['tif', 'II*\0'],
  ['tif', 'MM\0*'],
  ['zip', 'PK\u0003\u0004'],
  ['zip', 'PK\u0005\u0006'],
]
/** https://www.geopackage.org/spec/#_file_format */
const GEOPACKAGE_MARK = 'GPKG'
const GEOPACKAGE_MARK_AT = 68

/** The type of the content by its first bytes alone; `undefined` for text and for unknown content. */
export function fileTypeOfContent(firstBytes: Uint8Array = new Uint8Array()): FileType | undefined {
  const start = textOf(firstBytes)
  if (HTML.test(start)) return typeOfExtension('html')
  const extension = STARTS.find(([, signature]) => start.startsWith(signature))?.[0]
  if (extension === undefined) return typeOfMediaType(imageTypeOf(firstBytes) ?? '')
  const isGeoPackage = extension === 'sqlite' && start.startsWith(GEOPACKAGE_MARK, GEOPACKAGE_MARK_AT)
  return typeOfExtension(isGeoPackage ? 'gpkg' : extension)
}

function kindOf(start: string): Kind | undefined {
  if (HTML.test(start)) return 'HTML'
  if (XML.test(start)) return 'XML'
  return SIGNATURES.find(([, starts]) => starts.some((signature) => start.startsWith(signature)))?.[0]
}

/** Each byte as a character. Of UTF-16, which editors on Windows save, only the characters: `<\0h\0` becomes `<h`. */
function textOf(firstBytes: Uint8Array): string {
  const text = String.fromCharCode(...firstBytes.subarray(0, FIRST_BYTES))
  const isUtf16 = /^(?:\u00ff\u00fe(?!\0\0)|\u00fe\u00ff|<\0[^\0]|\0<\0)/u.test(text)
  return isUtf16 ? text.replace(/^(?:\u00ff\u00fe|\u00fe\u00ff)/u, '').replaceAll('\0', '') : text
}

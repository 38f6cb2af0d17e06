import { fileTypeOfContent } from './content.ts'
import { extensionWord, fileNameOfUrl, safeFileName } from './file-name.ts'
import { bareType, canonicalFormat, fileTypeOfFormat, isGeneric, isSameType, isSentFor } from './file-types.ts'
import { type FileType, typeOfExtension, typeOfMediaType } from './format-table.ts'

/** The present file of a resource in CKAN: a file of this service, or a link to an unknown site. */
export interface ShownFile {
  readonly format: string
  readonly fileName?: string
  /** `''` when there is none. */
  readonly link?: string
}

/** All known facts about a file. Unknown facts are absent. */
export interface FileFacts {
  /** The file name from the uploader or the key. */
  readonly name?: string | undefined
  readonly declared?: { readonly mimetype?: string | undefined; readonly format?: string | undefined } | undefined
  /** The present file in CKAN. */
  readonly resource?: ShownFile | undefined
  /** The content type at the store. */
  readonly contentType?: string | undefined
  readonly firstBytes?: Uint8Array | undefined
}

export interface FileIdentity {
  /** Safe for every store, with the extension. */
  readonly fileName: string
  /** A known extension with its dot, in the case of the name: `.csv`, `.CSV`; `''` when it is unknown. */
  readonly extension: string
  /** Without parameters. `application/octet-stream` when the type is unknown. */
  readonly mimetype: string
  /** In CKAN's spelling; absent when it is unknown, because no format is better than `BIN`. */
  readonly format?: string
}

/** A name and the type that its extension stands for. */
interface Named {
  readonly fileName: string
  readonly type?: FileType | undefined
  /** Whether the name comes from CKAN. Then a declared type counts more, and changes the extension. */
  readonly isShown: boolean
}

/** Ends of site names that are also extensions: with another format, `dane.gov.pl` is not a Perl script. */
const SITE = /^(?:[a-z\d-]+\.){2,}(?:md|nc|pl|py|sh)$/iu
/**
 * Extensions of pages and of programs on web servers. A link with such an extension does not name the file that it
 * sends.
 */
const PAGE = /\.(?:exe|html?|pl|py|sh)$/iu

/**
 * Identifies a file for CKAN's fields, keys and downloads. A known extension of the name counts most. Otherwise the
 * type comes from the declared format, the declared media type, CKAN's format, the stored media type or the content, in
 * this order, and the name gets its extension. `Budget v1.2`, `St.Gallen` and a link to `GetFile.ashx` have no known
 * extension.
 */
export function identify(facts: FileFacts): FileIdentity {
  const { declared = {}, resource, contentType = '', firstBytes } = facts
  const byFormat = fileTypeOfFormat(declared.format ?? '')
  const named = facts.name === undefined ? nameShown(resource) : nameGiven(facts.name, byFormat)
  const wanted = byFormat ?? fileTypeOfMediaType(declared.mimetype ?? '')
  const type =
    (named.isShown ? (wanted ?? named.type) : (named.type ?? wanted)) ??
    fileTypeOfFormat(formatShown(resource)) ??
    fileTypeOfMediaType(contentType) ??
    fileTypeOfContent(firstBytes)
  const fileName = type === undefined ? named.fileName : withExtension(named, type)
  const format = canonicalFormat(declared.format ?? '') || type?.format
  return {
    fileName,
    extension: type === undefined ? '' : fileName.slice(fileName.lastIndexOf('.')),
    mimetype: mimetypeOf(type, fileName, [declared.mimetype ?? '', contentType].map(bareType)),
    ...(format && { format }),
  }
}

/** Whether the list allows both the file's media type and the type of its name. An empty list allows all types. */
export function isAllowed(allowed: readonly string[], { mimetype, extension }: FileIdentity): boolean {
  const own = typeOfExtension(extensionWord(extension))?.mimetype || mimetype
  const isIn = (type: string) => allowed.some((one) => isSameType(one, type))
  return allowed.length === 0 || (isIn(mimetype) && isIn(own))
}

/** Whether CKAN's format only says that a link leads to a page. */
export function isFormatOfPage({ format, link = '' }: ShownFile): boolean {
  return link !== '' && canonicalFormat(format) === 'HTML'
}

function nameGiven(name: string, byFormat: FileType | undefined): Named {
  const fileName = safeFileName(bareName(name))
  const type = typeOfName(fileName)
  const isSite = byFormat !== undefined && byFormat !== type && SITE.test(fileName)
  return { fileName, type: isSite ? undefined : type, isShown: false }
}

/**
 * Programs that save a link name the file after the whole link, `data.csv?raw=true`, or leave what a header has around
 * the name: `"data.csv";`.
 */
function bareName(name: string): string {
  if (typeOfName(name) !== undefined) return name
  const path = name.replace(/\?.*$/su, '').replace(/^["'\s]+|["';,\s]+$/gu, '')
  return typeOfName(path) !== undefined && !PAGE.test(path) ? path : name
}

/** The name of the present file, or of the file behind a link. */
function nameShown({ fileName, link = '' }: Partial<ShownFile> = {}): Named {
  const own = fileName === undefined ? undefined : safeFileName(fileName)
  const linked = fileNameOfUrl(link)
  const isFile = linked !== undefined && !PAGE.test(linked) && typeOfName(safeFileName(linked)) !== undefined
  const name = own ?? (isFile ? safeFileName(linked) : 'data')
  return { fileName: name, type: typeOfName(name), isShown: true }
}

function formatShown(resource: ShownFile | undefined): string {
  return resource === undefined || isFormatOfPage(resource) ? '' : resource.format
}

/** A given name stays unchanged; a name from CKAN gets the extension of the new type. */
function withExtension({ fileName, type: named, isShown }: Named, type: FileType): string {
  const isRight = named === type || (named !== undefined && type.extensions[0] === extensionWord(fileName))
  if (isRight) return fileName
  const stem = named && isShown ? fileName.slice(0, fileName.lastIndexOf('.')) : fileName
  return safeFileName(`${stem}.${type.extensions[0]}`)
}

function mimetypeOf(type: FileType | undefined, fileName: string, said: readonly string[]): string {
  const [declared = ''] = said
  if (type && isSentFor(declared, extensionWord(fileName), type)) return type.mimetype || firstOf(said)
  return firstOf(type ? [declared] : said)
}

function firstOf(mimetypes: readonly string[]): string {
  return mimetypes.find((mimetype) => !isGeneric(mimetype)) ?? 'application/octet-stream'
}

function typeOfName(fileName: string): FileType | undefined {
  return fileName.includes('.') ? typeOfExtension(extensionWord(fileName)) : undefined
}

function fileTypeOfMediaType(contentType: string): FileType | undefined {
  const mimetype = bareType(contentType)
  return isGeneric(mimetype) ? undefined : typeOfMediaType(mimetype)
}

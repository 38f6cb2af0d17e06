import { fileTypeOfContent } from './content.ts'
import { fileNameOfUrl, safeFileName } from './file-name.ts'
import { bareType, canonicalFormat, fileTypeOfFormat, isGeneric, isSameType, isSentFor } from './file-types.ts'
import { type FileType, typeOfExtension, typeOfMediaType } from './format-table.ts'

/** What CKAN shows of a resource: a file of this service, or a link to a place that is not known. */
export interface ShownFile {
  readonly format: string
  readonly fileName?: string
  /** `''` when there is none. */
  readonly link?: string
}

/** All that can tell what a file is. Facts that are not known are absent. */
export interface FileFacts {
  /** As the uploader or the key names the file. */
  readonly name?: string | undefined
  readonly declared?: { readonly mimetype?: string | undefined; readonly format?: string | undefined } | undefined
  /** What CKAN shows in the place of the file. */
  readonly resource?: ShownFile | undefined
  /** As the store has it. */
  readonly contentType?: string | undefined
  readonly firstBytes?: Uint8Array | undefined
}

export interface FileIdentity {
  /** Safe for every store, with the extension. */
  readonly fileName: string
  /** A known extension with its dot, as in the name: `.csv`, `.CSV`; `''` when nothing tells. */
  readonly extension: string
  /** Without parameters. `application/octet-stream` when nothing tells. */
  readonly mimetype: string
  /** As CKAN spells it; absent when nothing tells: better none than `BIN`. */
  readonly format?: string
}

/** A name and the type that its extension stands for. */
interface Named {
  readonly fileName: string
  readonly type?: FileType | undefined
  /** Whether CKAN showed it before: then a declared type counts more, and changes the extension. */
  readonly isShown: boolean
}

/** Names of sites that end as some files do: `dane.gov.pl` is no Perl script where a format says so. */
const SITE = /^(?:[a-z\d-]+\.){2,}(?:md|nc|pl|py|sh)$/iu
/** What a web server makes pages with. A link that ends so names a page or a program, not the file that it sends. */
const PAGE = /\.(?:exe|html?|pl|py|sh)$/iu

/**
 * Says what a file is, for CKAN's fields, keys and downloads alike. A known extension of the name counts most. Otherwise the
 * declared format, the declared media type, CKAN's format, the stored media type and the content are asked in this order, and
 * the name gets their extension. `Budget v1.2`, `St.Gallen` and a link to `GetFile.ashx` have no known extension.
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

/** Whether a file may be taken: its media type and that of its name both have to be among the types. An empty list allows all. */
export function isAllowed(allowed: readonly string[], { mimetype, extension }: FileIdentity): boolean {
  const own = typeOfExtension(extensionWord(extension))?.mimetype || mimetype
  const isIn = (type: string) => allowed.some((one) => isSameType(one, type))
  return allowed.length === 0 || (isIn(mimetype) && isIn(own))
}

/** Whether CKAN's format says no more than that a link leads to a page. */
export function isFormatOfPage({ format, link = '' }: ShownFile): boolean {
  return link !== '' && canonicalFormat(format) === 'HTML'
}

function nameGiven(name: string, byFormat: FileType | undefined): Named {
  const fileName = safeFileName(name)
  const type = typeOfName(fileName)
  const isSite = byFormat !== undefined && byFormat !== type && SITE.test(fileName)
  return { fileName, type: isSite ? undefined : type, isShown: false }
}

/** The name of the present file, or of the file that a link leads to. */
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

/** A given name keeps every letter; a name that was only shown changes its extension with the type. */
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

/** `a/b.CSV` → `csv` */
function extensionWord(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase()
}

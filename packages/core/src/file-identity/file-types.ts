import { type FileType, typeOfFormat, typeOfMediaType } from './format-table.ts'

/** Media types that programs send when they do not know the type. */
const GENERIC = new Set([
  '',
  'application/binary',
  'application/download',
  'application/force-download',
  'application/octet-stream',
  'application/unknown',
  'application/x-binary',
  'application/x-download',
  'application/x-www-form-urlencoded',
  'binary/octet-stream',
  'multipart/form-data',
  'unknown/unknown',
])

/**
 * Media types that programs send for files with these extensions, besides the usual type. Windows with Excel calls a
 * CSV file `application/vnd.ms-excel`. An `.xlsx` is a ZIP archive as well, and a `.geojson` is JSON.
 */
const ALSO_SENT_FOR: readonly (readonly [format: string, extensions: string])[] = [
  ['DOC', 'docm docx dotm dotx rtf'],
  ['GZ', 'tgz'],
  ['JSON', 'geojson gltf ipynb jsonl jsonld ndjson topojson'],
  ['PPT', 'potm potx ppam ppsm ppsx pptm pptx'],
  ['TAR', 'tgz'],
  ['XLS', 'csv tab tsv xlam xlsb xlsm xlsx xltm xltx'],
  ['XML', 'atom gml gpx kml osm owl qgs rdf rss srx svg xsd xsl xslt'],
  [
    'ZIP',
    'docm docx dotm dotx epub kmz odb odc odf odg odp ods odt potm potx ppam ppsm ppsx pptm pptx qgz xlam xlsb xlsm xlsx xltm xltx',
  ],
]
const EXTENSIONS_SENT_AS = new Map(
  ALSO_SENT_FOR.map(([format, extensions]) => [format, new Set(extensions.split(' '))]),
)

/** Catalogs in DCAT name a format by an address in one of these lists. */
const VOCABULARY =
  /^https?:\/\/(?:publications\.europa\.eu\/resource\/authority\/file-type|www\.iana\.org\/assignments\/media-types)\//u

const TABULAR = new Set(['CSV', 'ODS', 'TSV', 'XLS', 'XLSM', 'XLSX'])

/** `Text/CSV; charset=utf-8` → `text/csv` */
export function bareType(contentType: string): string {
  return contentType.split(';', 1).join('').trim().toLowerCase()
}

/** Whether a bare media type is generic. */
export function isGeneric(mimetype: string): boolean {
  return GENERIC.has(mimetype)
}

/** Whether programs use this bare media type for files with this extension. */
export function isSentFor(mimetype: string, extension: string, { mimetype: own }: FileType): boolean {
  const said = typeOfMediaType(mimetype)
  if (isGeneric(mimetype) || mimetype === own || (said !== undefined && said.mimetype === own)) return true
  return said !== undefined && EXTENSIONS_SENT_AS.get(said.format)?.has(extension) === true
}

/**
 * A declared format in CKAN's spelling: `csv`, `.csv` and `text/csv; charset=utf-8` are all `CSV`. An unknown format
 * stays. `''` for a generic media type, which CKAN would turn into `BIN`.
 */
export function canonicalFormat(declared: string): string {
  const word = formatWord(declared)
  const known = typeOfFormat(word)?.format
  return known || (word.includes('/') && isGeneric(word) ? '' : declared.trim())
}

/** The type of files of a declared format; `undefined` for an unknown format, and for a service. */
export function fileTypeOfFormat(declared: string): FileType | undefined {
  const type = typeOfFormat(formatWord(declared))
  return type?.extensions.length === 0 ? undefined : type
}

/** Whether loaders make a table from files of this format. */
export function isTabular(format: string | undefined): boolean {
  return TABULAR.has(format ?? '')
}

/** Whether two bare media types are equal, or belong to the same format. */
export function isSameType(one: string, other: string): boolean {
  const known = typeOfMediaType(one)?.mimetype
  return one === other || (known !== undefined && known === typeOfMediaType(other)?.mimetype)
}

function formatWord(declared: string): string {
  return bareType(declared).replace(VOCABULARY, '').replace(/^\./u, '')
}

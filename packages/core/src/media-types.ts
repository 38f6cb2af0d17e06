/** How CKAN names the formats of data files, and the media type of each: extension → [format, media type]. */
const BY_EXTENSION: Readonly<Record<string, readonly [format: string, mimetype: string]>> = {
  '7z': ['7Z', 'application/x-7z-compressed'],
  arrow: ['Arrow', 'application/vnd.apache.arrow.file'],
  avro: ['Avro', 'application/vnd.apache.avro'],
  bmp: ['BMP', 'image/bmp'],
  bz2: ['BZ2', 'application/x-bzip2'],
  csv: ['CSV', 'text/csv'],
  dbf: ['dBase', 'application/x-dbf'],
  doc: ['DOC', 'application/msword'],
  docx: ['DOCX', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  epub: ['EPUB', 'application/epub+zip'],
  feather: ['Feather', 'application/vnd.apache.arrow.file'],
  geojson: ['GeoJSON', 'application/geo+json'],
  gif: ['GIF', 'image/gif'],
  gml: ['GML', 'application/gml+xml'],
  gpkg: ['GeoPackage', 'application/geopackage+sqlite3'],
  gpx: ['GPX', 'application/gpx+xml'],
  gz: ['GZ', 'application/gzip'],
  h5: ['HDF5', 'application/x-hdf5'],
  htm: ['HTML', 'text/html'],
  html: ['HTML', 'text/html'],
  ics: ['ICS', 'text/calendar'],
  jpeg: ['JPEG', 'image/jpeg'],
  jpg: ['JPEG', 'image/jpeg'],
  json: ['JSON', 'application/json'],
  jsonl: ['JSONL', 'application/x-ndjson'],
  jsonld: ['JSON-LD', 'application/ld+json'],
  kml: ['KML', 'application/vnd.google-earth.kml+xml'],
  kmz: ['KMZ', 'application/vnd.google-earth.kmz'],
  md: ['Markdown', 'text/markdown'],
  mp3: ['MP3', 'audio/mpeg'],
  mp4: ['MP4', 'video/mp4'],
  n3: ['N3', 'text/n3'],
  nc: ['NetCDF', 'application/x-netcdf'],
  ndjson: ['NDJSON', 'application/x-ndjson'],
  nt: ['N-Triples', 'application/n-triples'],
  ods: ['ODS', 'application/vnd.oasis.opendocument.spreadsheet'],
  odt: ['ODT', 'application/vnd.oasis.opendocument.text'],
  parquet: ['Parquet', 'application/vnd.apache.parquet'],
  pbf: ['PBF', 'application/x-protobuf'],
  pdf: ['PDF', 'application/pdf'],
  png: ['PNG', 'image/png'],
  ppt: ['PPT', 'application/vnd.ms-powerpoint'],
  pptx: ['PPTX', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  rar: ['RAR', 'application/vnd.rar'],
  rdf: ['RDF', 'application/rdf+xml'],
  rss: ['RSS', 'application/rss+xml'],
  shp: ['SHP', 'application/vnd.shp'],
  sqlite: ['SQLite', 'application/vnd.sqlite3'],
  svg: ['SVG', 'image/svg+xml'],
  tar: ['TAR', 'application/x-tar'],
  tgz: ['TGZ', 'application/gzip'],
  tif: ['TIFF', 'image/tiff'],
  tiff: ['TIFF', 'image/tiff'],
  topojson: ['TopoJSON', 'application/json'],
  tsv: ['TSV', 'text/tab-separated-values'],
  ttl: ['TTL', 'text/turtle'],
  txt: ['TXT', 'text/plain'],
  webp: ['WebP', 'image/webp'],
  xls: ['XLS', 'application/vnd.ms-excel'],
  xlsm: ['XLSM', 'application/vnd.ms-excel.sheet.macroenabled.12'],
  xlsx: ['XLSX', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  xml: ['XML', 'application/xml'],
  xz: ['XZ', 'application/x-xz'],
  yaml: ['YAML', 'application/yaml'],
  yml: ['YAML', 'application/yaml'],
  zip: ['ZIP', 'application/zip'],
  zst: ['ZST', 'application/zstd'],
}

/** Media types seen in the wild that the table's own don't cover. */
const ALIASES: Readonly<Record<string, string>> = {
  'application/csv': 'csv',
  'application/octet-stream': '',
  'application/parquet': 'parquet',
  'application/vnd.geo+json': 'geojson',
  'application/x-gzip': 'gz',
  'application/x-parquet': 'parquet',
  'application/x-www-form-urlencoded': '',
  'application/x-yaml': 'yaml',
  'application/x-zip-compressed': 'zip',
  'application/jsonl': 'jsonl',
  'binary/octet-stream': '',
  'text/json': 'json',
  'text/x-csv': 'csv',
  'text/xml': 'xml',
  'text/yaml': 'yaml',
}

const EXTENSION_BY_TYPE = new Map([
  ...Object.entries(BY_EXTENSION)
    .map(([extension, [, type]]) => [type, extension] as const)
    .reverse(),
  ...Object.entries(ALIASES),
])
const FORMATS = new Map(
  Object.entries(BY_EXTENSION)
    .map(([extension, [format]]) => [format.toLowerCase(), extension] as const)
    .reverse(),
)

/** What a file is, in CKAN's words. `format` is absent where nothing tells: better none than `BIN`. */
export interface FileType {
  readonly format?: string
  readonly mimetype: string
}

/**
 * The name's extension says it best (an `.xlsx` is a ZIP to any sniffer), then the media type without its parameters.
 * Of two extensions the last counts: `data.csv.gz` is a GZ.
 */
export function fileTypeOf(fileName: string, contentType = ''): FileType {
  const type = bareType(contentType)
  const entry = byExtension(fileName) ?? BY_EXTENSION[EXTENSION_BY_TYPE.get(type) ?? '']
  if (entry) return { format: entry[0], mimetype: entry[1] }
  const generic = type === '' || EXTENSION_BY_TYPE.get(type) === ''
  return { mimetype: generic ? 'application/octet-stream' : type }
}

/**
 * A declared format in CKAN's spelling: `csv`, `.csv` and `text/csv; charset=utf-8` are all `CSV`; what isn't known stays.
 * `''` for a media type that says nothing: CKAN would make `BIN` of it.
 */
export function canonicalFormat(declared: string): string {
  const word = bareType(declared).replace(/^\./u, '')
  const extension = FORMATS.get(word) ?? (Object.hasOwn(BY_EXTENSION, word) ? word : EXTENSION_BY_TYPE.get(word))
  return BY_EXTENSION[extension ?? '']?.[0] ?? (extension === '' ? '' : declared.trim())
}

/** The extension, with its dot, of files of this format; `''` when it isn't known. */
export function extensionOfFormat(format: string): string {
  const extension = FORMATS.get(canonicalFormat(format).toLowerCase())
  return extension === undefined ? '' : `.${extension}`
}

/** Whether a file may be taken: what it is said to be and what its name makes of it both have to be among the types; an empty list allows all. */
export function isAllowedType(allowed: readonly string[], mimetype: string, fileName: string): boolean {
  const said = bareType(mimetype)
  const named = byExtension(fileName)?.[1].toLowerCase() ?? said
  return allowed.length === 0 || (allowed.includes(said) && allowed.includes(named))
}

/** Whether loaders make a table of files of this name. */
export function isTabular(fileName: string): boolean {
  return ['CSV', 'ODS', 'TSV', 'XLS', 'XLSM', 'XLSX'].includes(fileTypeOf(fileName).format ?? '')
}

/** `Text/CSV; charset=utf-8` → `text/csv` */
export function bareType(contentType: string): string {
  return contentType.split(';', 1).join('').trim().toLowerCase()
}

function byExtension(fileName: string): readonly [string, string] | undefined {
  const extension = /\.([^.]+)$/u.exec(fileName)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined
}

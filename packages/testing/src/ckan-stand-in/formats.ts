/**
 * The formats that CKAN knows, each with what it is recognised by (without regard to case): its media types and other names.
 * CKAN does not change formats that are not in these lines.
 * Source: https://github.com/ckan/ckan/blob/master/ckan/config/resource_formats.json
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'Atom Feed': ['application/atom+xml'],
  BIN: ['binary data', 'application/octet-stream'],
  BMP: ['bitmap image file', 'image/x-ms-bmp'],
  'ArcGIS Map Service': [],
  'Esri REST': ['esri rest api endpoint', 'arcgis_rest'],
  CSV: ['comma separated values file', 'text/csv', 'text/comma-separated-values'],
  dBase: ['dbase database', 'application/x-dbf', 'dbf'],
  DOC: ['word document', 'application/msword'],
  DOCX: ['word ooxml document', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  GeoJSON: ['geographic javascript object notation', 'application/geo+json'],
  GIF: ['gif image file', 'image/gif'],
  GTFS: ['general transit feed specification'],
  GZ: ['gzip file', 'application/gzip', 'application/x-gzip'],
  HTML: ['web page', 'text/html', 'htm'],
  ICS: ['icalendar', 'text/calendar', 'ifb', 'ical'],
  JPEG: ['jpg image file', 'image/jpeg', 'jpg'],
  JSON: ['javascript object notation', 'application/json'],
  KML: ['kml file', 'application/vnd.google-earth.kml+xml'],
  KMZ: ['kmz file', 'application/vnd.google-earth.kmz+xml', 'application/vnd.google-earth.kmz'],
  JS: ['javascript', 'application/x-javascript'],
  MDB: ['access database', 'application/x-msaccess'],
  MP3: ['mpeg-1 audio layer-3', 'audio/mpeg', 'audio/mpeg3', 'audio/x-mpeg-3', 'video/mpeg', 'video/x-mpeg'],
  MP4: ['mpeg video file', 'video/mp4', 'application/mp4'],
  N3: ['n3 triples', 'application/x-n3'],
  NetCDF: ['netcdf file', 'application/netcdf'],
  ODS: ['opendocument spreadsheet', 'application/vnd.oasis.opendocument.spreadsheet'],
  ODT: ['opendocument text', 'application/vnd.oasis.opendocument.text'],
  ODP: ['opendocument presentation', 'application/vnd.oasis.opendocument.presentation'],
  OGG: ['ogg vorbis audio file', 'audio/ogg'],
  OWL: ['web ontology language', 'application/owl+xml'],
  PDF: ['pdf file', 'application/pdf'],
  PNG: ['png image file', 'image/png'],
  PPT: ['powerpoint presentation', 'application/vnd.ms-powerpoint'],
  PPTX: ['powerpoint ooxml presentation', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  QGIS: ['qgis file', 'application/x-qgis'],
  RAR: ['rar compressed file', 'application/rar'],
  RDF: ['application/rdf+xml', 'rdf/xml'],
  RSS: ['rss feed', 'application/rss+xml'],
  SHP: ['shapefile', 'esri shapefile'],
  SPARQL: ['sparql end-point', 'application/sparql-results+xml'],
  SVG: ['svg vector image', 'image/svg+xml'],
  TAR: ['tar compressed file', 'application/x-tar'],
  TIFF: ['tiff image file', 'image/tiff'],
  TORRENT: ['torrent', 'application/x-bittorrent', 'bittorrent'],
  TSV: ['tab separated values file', 'text/tab-separated-values', 'text/tsv'],
  TXT: ['text file', 'text/plain'],
  WAV: ['wave file', 'audio/x-wav', 'audio/wav'],
  WCS: ['web coverage service'],
  WFS: ['web feature service'],
  WMS: ['web mapping service'],
  WMTS: ['web map tile service'],
  WebM: ['webm video', 'video/webm'],
  XLS: [
    'excel document',
    'application/vnd.ms-excel',
    'excel',
    'application/msexcel',
    'application/xls',
    'application/x-xls',
  ],
  XLSM: ['excel ooxml spreadsheet - macro-enabled', 'application/vnd.ms-excel.sheet.macroenabled.12'],
  XLSX: ['excel ooxml spreadsheet', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  XML: ['xml file', 'application/xml', 'text/xml'],
  ZIP: ['zip file', 'application/zip'],
}

const FORMAT_OF = new Map(
  Object.entries(KNOWN).flatMap(([format, names]) =>
    [format.toLowerCase(), ...names].map((name) => [name, format] as const),
  ),
)

/** Media types by extension, as Python's `mimetypes` guesses them without a system's own table. */
const TYPE_OF_EXTENSION: Readonly<Record<string, string>> = {
  bin: 'application/octet-stream',
  csv: 'text/csv',
  doc: 'application/msword',
  gif: 'image/gif',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  ppt: 'application/vnd.ms-powerpoint',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  xls: 'application/vnd.ms-excel',
  xml: 'text/xml',
  zip: 'application/zip',
}

/** A format in CKAN's spelling; unknown ones, `.csv` and `text/csv; charset=utf-8` among them, stay as they are. */
export function canonicalFormat(format: string): string {
  return FORMAT_OF.get(format.toLowerCase()) ?? format
}

/** What CKAN guesses from a URL that ends in an extension; a query hides the extension, a compression's is skipped. */
export function guessType(url: string): string | undefined {
  const [, path = url] = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(.*)$/iu.exec(url) ?? []
  const extension = /\.([^./]+)$/u.exec(path.replace(/\.(?:gz|bz2|xz)$/u, ''))?.[1]
  return TYPE_OF_EXTENSION[extension?.toLowerCase() ?? '']
}

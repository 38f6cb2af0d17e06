/**
 * The formats that CKAN knows, each with what it is recognised by (without regard to case): its media types and other
 * names. CKAN does not change formats that are not in these lines. `test/live/ckan/formats.test.ts` compares them with
 * real CKANs. Source: https://github.com/ckan/ckan/blob/master/ckan/config/resource_formats.json
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'ArcGIS Map Preview': [],
  'ArcGIS Map Service': [],
  'ArcGIS Online Map': ['web map application'],
  'Atom Feed': ['application/atom+xml'],
  BIN: ['application/octet-stream', 'binary data'],
  BMP: ['image/x-ms-bmp', 'bitmap image file'],
  CSV: ['text/csv', 'comma separated values file', 'text/comma-separated-values'],
  DCR: ['application/x-director', 'adobe shockwave format'],
  dBase: ['application/x-dbf', 'dbase database', 'dbf'],
  DOC: ['application/msword', 'word document'],
  DOCM: ['application/vnd.ms-word.document.macroenabled.12', 'word ooxml - macro enabled'],
  DOCX: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'word ooxml document'],
  DOTM: ['application/vnd.ms-word.template.macroenabled.12', 'word ooxml template - macro enabled'],
  DOTX: ['application/vnd.openxmlformats-officedocument.wordprocessingml.template', 'word ooxml - template'],
  'Esri REST': ['esri rest api endpoint', 'arcgis_rest'],
  EXE: ['application/x-msdownload', 'windows executable program'],
  E00: ['application/x-e00', ' arc/info interchange file format'],
  GeoJSON: ['application/geo+json', 'geographic javascript object notation'],
  GIF: ['image/gif', 'gif image file'],
  GTFS: ['general transit feed specification'],
  GZ: ['application/gzip', 'gzip file', 'application/x-gzip'],
  HTML: ['text/html', 'web page', 'htm', 'http://purl.org/net/mediatypes/text/html'],
  ICS: ['text/calendar', 'icalendar', 'ifb', 'ical'],
  JPEG: ['image/jpeg', 'jpg image file', 'jpg'],
  JS: ['application/x-javascript', 'javascript'],
  JSON: ['application/json', 'javascript object notation'],
  KML: ['application/vnd.google-earth.kml+xml', 'kml file'],
  KMZ: ['application/vnd.google-earth.kmz+xml', 'kmz file', 'application/vnd.google-earth.kmz'],
  MDB: ['application/x-msaccess', 'access database'],
  MOP: ['chemical/x-mopac-input', 'mopac input format'],
  MP3: ['audio/mpeg', 'mpeg-1 audio layer-3', 'audio/mpeg3', 'audio/x-mpeg-3', 'video/mpeg', 'video/x-mpeg'],
  MP4: ['video/mp4', 'mpeg video file', 'application/mp4'],
  MrSID: ['image/x-mrsid'],
  MXD: ['application/x-mxd', 'esri arcgis project file'],
  NetCDF: ['application/netcdf', 'netcdf file'],
  N3: ['application/x-n3', 'n3 triples'],
  OGG: ['audio/ogg', 'ogg vorbis audio file'],
  ODB: ['application/vnd.oasis.opendocument.database', 'opendocument database'],
  ODC: ['application/vnd.oasis.opendocument.chart', 'opendocument chart'],
  ODF: ['application/vnd.oasis.opendocument.formula', 'opendocument math formula'],
  ODG: ['application/vnd.oasis.opendocument.graphics', 'opendocument image'],
  OWL: ['application/owl+xml', 'web ontology language'],
  ODP: ['application/vnd.oasis.opendocument.presentation', 'opendocument presentation'],
  ODS: ['application/vnd.oasis.opendocument.spreadsheet', 'opendocument spreadsheet'],
  ODT: ['application/vnd.oasis.opendocument.text', 'opendocument text'],
  PDF: ['application/pdf', 'pdf file'],
  Perl: ['text/x-perl', 'perl script'],
  PNG: ['image/png', 'png image file'],
  POTM: ['application/vnd.ms-powerpoint.template.macroenabled.12', 'powerpoint open xml - macro-enabled template'],
  POTX: [
    'application/vnd.openxmlformats-officedocument.presentationml.template',
    'powerpoint ooxml presentation - template',
  ],
  PPAM: ['application/vnd.ms-powerpoint.addin.macroenabled.12', 'powerpoint open xml - macro-enabled add-in'],
  PPT: ['application/vnd.ms-powerpoint', 'powerpoint presentation'],
  PPTM: ['application/vnd.ms-powerpoint.presentation.macroenabled.12', 'powerpoint open xml - macro-enabled'],
  PPTX: ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'powerpoint ooxml presentation'],
  PPSM: ['application/vnd.ms-powerpoint.slideshow.macroenabled.12', 'powerpoint open xml - macro-enabled slide show'],
  PPSX: ['application/vnd.openxmlformats-officedocument.presentationml.slideshow', 'powerpoint open xml - slide show'],
  QGIS: ['application/x-qgis', 'qgis file'],
  RAR: ['application/rar', 'rar compressed file'],
  RDF: ['application/rdf+xml', 'rdf/xml'],
  RSS: ['application/rss+xml', 'rss feed'],
  SHP: ['shapefile', 'esri shapefile'],
  SPARQL: ['application/sparql-results+xml', 'sparql end-point'],
  SVG: ['image/svg+xml', 'svg vector image'],
  TAR: ['application/x-tar', 'tar compressed file'],
  TIFF: ['image/tiff', 'tiff image file'],
  TORRENT: ['application/x-bittorrent', 'bittorrent'],
  TSV: ['text/tab-separated-values', 'tab separated values file', 'text/tsv'],
  TXT: ['text/plain', 'text file'],
  WAV: ['audio/x-wav', 'wave file', 'audio/wav'],
  WCS: ['web coverage service'],
  WebM: ['video/webm', 'webm video'],
  WFS: ['web feature service'],
  WMS: ['web mapping service'],
  WMTS: ['web map tile service'],
  XLAM: ['application/vnd.ms-excel.addin.macroenabled.12', 'excel ooxml spreadsheet - macro-enabled add-in'],
  XLS: [
    'application/vnd.ms-excel',
    'excel document',
    'excel',
    'application/msexcel',
    'application/x-msexcel',
    'application/x-ms-excel',
    'application/x-excel',
    'application/x-dos_ms_excel',
    'application/xls',
    'application/x-xls',
  ],
  XLSB: ['application/vnd.ms-excel.sheet.binary.macroenabled.12', 'excel ooxml spreadsheet - binary workbook'],
  XLSM: ['application/vnd.ms-excel.sheet.macroenabled.12', 'excel ooxml spreadsheet - macro-enabled'],
  XLSX: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'excel ooxml spreadsheet'],
  XLTM: ['application/vnd.ms-excel.template.macroenabled.12', 'excel ooxml spreadsheet - macro-enabled template'],
  XLTX: ['application/vnd.openxmlformats-officedocument.spreadsheetml.template', 'excel ooxml spreadsheet - template'],
  XML: ['application/xml', 'xml file', 'text/xml', 'http://purl.org/net/mediatypes/application/xml'],
  XSLT: ['application/xslt+xml', 'extensible stylesheet language transformations'],
  XYZ: ['chemical/x-xyz', 'xyz chemical file'],
  ZIP: ['application/zip', 'zip file', 'http://purl.org/net/mediatypes/application/zip'],
}

/** Each format in CKAN's spelling, with the other names that CKAN knows it by, in lower case. */
export const CKAN_FORMATS: readonly { readonly format: string; readonly names: readonly string[] }[] = Object.entries(
  KNOWN,
).map(([format, names]) => ({ format, names }))

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

/**
 * The formats of files: `format|media type|extensions|other names`, where `a/` is `application/`. The first extension
 * is the usual one. An extension, a media type or a name belongs to the first line that has it. Formats of CKAN's own
 * list are spelled as CKAN spells them. Lines without a format have extensions that CKAN does not know. The last lines
 * are services, which have no files.
 * https://github.com/ckan/ckan/blob/master/ckan/config/resource_formats.json
 */
const LINES = `
7Z|a/x-7z-compressed|7z
Arrow|a/vnd.apache.arrow.file|arrow
Atom Feed|a/atom+xml|atom
AVI|video/x-msvideo|avi
AVIF|image/avif|avif
Avro|a/vnd.apache.avro|avro|a/avro
BMP|image/bmp|bmp|image/x-ms-bmp,bitmap image file
BZ2|a/x-bzip2|bz2|a/bzip2,a/x-bzip
CSS|text/css|css
CSV|text/csv|csv|text/comma-separated-values,a/csv,a/x-csv,text/x-csv,comma separated values file
DCR|a/x-director|dcr|adobe shockwave format
dBase|a/x-dbf|dbf|a/dbf,a/dbase,dbase database
DOC|a/msword|doc|word,word document
DOCM|a/vnd.ms-word.document.macroenabled.12|docm|word ooxml - macro enabled
DOCX|a/vnd.openxmlformats-officedocument.wordprocessingml.document|docx|word ooxml document
DOTM|a/vnd.ms-word.template.macroenabled.12|dotm|word ooxml template - macro enabled
DOTX|a/vnd.openxmlformats-officedocument.wordprocessingml.template|dotx|word ooxml - template
DWG|image/vnd.dwg|dwg
DXF|image/vnd.dxf|dxf
E00|a/x-e00|e00|arc/info interchange file format
ECW|image/x-ecw|ecw
EPS|a/postscript|eps ps
EPUB|a/epub+zip|epub
EXE|a/x-msdownload|exe|windows executable program
Feather|a/vnd.apache.arrow.file|feather
FLAC|audio/flac|flac
FlatGeobuf|a/flatgeobuf|fgb
GeoJSON|a/geo+json|geojson|a/vnd.geo+json,geographic javascript object notation
GeoPackage|a/geopackage+sqlite3|gpkg|a/x-gpkg
GIF|image/gif|gif|gif image file
glTF|model/gltf+json|gltf
GLB|model/gltf-binary|glb
GML|a/gml+xml|gml
GPX|a/gpx+xml|gpx
GRIB|a/x-grib|grib grb grib2 grb2
GZ|a/gzip|gz|a/x-gzip,gzip,gzip file
HDF5|a/x-hdf5|h5 hdf5|a/x-hdf
HEIC|image/heic|heic
HTML|text/html|html htm|http://purl.org/net/mediatypes/text/html,web page
ICS|text/calendar|ics ifb ical|icalendar
IFC|a/x-step|ifc
JPEG|image/jpeg|jpeg jpg|image/jpg,image/pjpeg,jpg image file
JP2|image/jp2|jp2
JS|text/javascript|js mjs|javascript,a/javascript,a/x-javascript
JSON|a/json|json|text/json,javascript object notation
JSONL|a/x-ndjson|jsonl|a/jsonl
JSON-LD|a/ld+json|jsonld
Jupyter|a/x-ipynb+json|ipynb
KML|a/vnd.google-earth.kml+xml|kml|kml file
KMZ|a/vnd.google-earth.kmz|kmz|a/vnd.google-earth.kmz+xml,kmz file
LAS|a/vnd.las|las
LAZ|a/vnd.laszip|laz
M4A|audio/mp4|m4a
Markdown|text/markdown|md|text/x-markdown
MBTiles||mbtiles
MDB|a/x-msaccess|mdb|access database
MOP|chemical/x-mopac-input|mop|mopac input format
MOV|video/quicktime|mov
MP3|audio/mpeg|mp3|audio/mpeg3,audio/x-mpeg-3,mpeg-1 audio layer-3
MP4|video/mp4|mp4 m4v|a/mp4,mpeg video file
MPEG|video/mpeg|mpg mpeg
MrSID|image/x-mrsid|sid
MXD|a/x-mxd|mxd|esri arcgis project file
N3|text/n3|n3|a/x-n3,n3 triples
NDJSON|a/x-ndjson|ndjson
NetCDF|a/x-netcdf|nc nc4|a/netcdf,netcdf file
N-Quads|a/n-quads|nq
N-Triples|a/n-triples|nt
ODB|a/vnd.oasis.opendocument.database|odb|opendocument database
ODC|a/vnd.oasis.opendocument.chart|odc|opendocument chart
ODF|a/vnd.oasis.opendocument.formula|odf|opendocument math formula
ODG|a/vnd.oasis.opendocument.graphics|odg|opendocument image
ODP|a/vnd.oasis.opendocument.presentation|odp|opendocument presentation
ODS|a/vnd.oasis.opendocument.spreadsheet|ods|opendocument spreadsheet
ODT|a/vnd.oasis.opendocument.text|odt|opendocument text
OGG|audio/ogg|ogg oga|a/ogg,ogg vorbis audio file
ORC|a/vnd.apache.orc|orc
OSM|a/vnd.openstreetmap.data+xml|osm
OWL|a/owl+xml|owl|web ontology language
Parquet|a/vnd.apache.parquet|parquet geoparquet|a/parquet,a/x-parquet
PBF|a/x-protobuf|pbf
PDF|a/pdf|pdf|a/x-pdf,pdf file
Perl|text/x-perl|pl|perl script
PMTiles|a/vnd.pmtiles|pmtiles
PNG|image/png|png|image/x-png,png image file
POTM|a/vnd.ms-powerpoint.template.macroenabled.12|potm|powerpoint open xml - macro-enabled template
POTX|a/vnd.openxmlformats-officedocument.presentationml.template|potx|powerpoint ooxml presentation - template
PPAM|a/vnd.ms-powerpoint.addin.macroenabled.12|ppam|powerpoint open xml - macro-enabled add-in
PPSM|a/vnd.ms-powerpoint.slideshow.macroenabled.12|ppsm|powerpoint open xml - macro-enabled slide show
PPSX|a/vnd.openxmlformats-officedocument.presentationml.slideshow|ppsx|powerpoint open xml - slide show
PPT|a/vnd.ms-powerpoint|ppt|powerpoint,powerpoint presentation
PPTM|a/vnd.ms-powerpoint.presentation.macroenabled.12|pptm|powerpoint open xml - macro-enabled
PPTX|a/vnd.openxmlformats-officedocument.presentationml.presentation|pptx|powerpoint ooxml presentation
PX|text/x-pcaxis|px|pc-axis
Python|text/x-python|py
QGIS|a/x-qgis|qgs|qgis file
QGZ|a/x-qgis-project|qgz
R|text/x-r|r
RAR|a/vnd.rar|rar|a/rar,a/x-rar,a/x-rar-compressed,rar compressed file
RData||rdata rda
RDF|a/rdf+xml|rdf|rdf/xml
RDS||rds
RSS|a/rss+xml|rss|rss feed
RTF|a/rtf|rtf|text/rtf
SAS|a/x-sas-data|sas7bdat
SPARQL|a/sparql-results+xml|srx|sparql end-point
SPSS|a/x-spss-sav|sav
SQL|a/sql|sql|text/x-sql
SQLite|a/vnd.sqlite3|sqlite sqlite3|a/x-sqlite3
Stata|a/x-stata-dta|dta
SVG|image/svg+xml|svg|svg vector image
TAR|a/x-tar|tar|tar compressed file
TGZ|a/gzip|tgz
TIFF|image/tiff|tif tiff|tiff image file
TopoJSON|a/json|topojson
TORRENT|a/x-bittorrent|torrent|bittorrent
TriG|a/trig|trig
TSV|text/tab-separated-values|tsv|text/tsv,tab separated values file
TTL|text/turtle|ttl|turtle,a/x-turtle
TXT|text/plain|txt log|text file
WAV|audio/wav|wav|audio/x-wav,audio/vnd.wave,wave file
WebM|video/webm|webm|webm video
WebP|image/webp|webp
XLAM|a/vnd.ms-excel.addin.macroenabled.12|xlam|excel ooxml spreadsheet - macro-enabled add-in
XLS|a/vnd.ms-excel|xls|excel,a/msexcel,a/x-msexcel,a/x-ms-excel,a/x-excel,a/x-dos_ms_excel,a/xls,a/x-xls,excel document
XLSB|a/vnd.ms-excel.sheet.binary.macroenabled.12|xlsb|excel ooxml spreadsheet - binary workbook
XLSM|a/vnd.ms-excel.sheet.macroenabled.12|xlsm|excel ooxml spreadsheet - macro-enabled
XLSX|a/vnd.openxmlformats-officedocument.spreadsheetml.sheet|xlsx|excel ooxml spreadsheet
XLTM|a/vnd.ms-excel.template.macroenabled.12|xltm|excel ooxml spreadsheet - macro-enabled template
XLTX|a/vnd.openxmlformats-officedocument.spreadsheetml.template|xltx|excel ooxml spreadsheet - template
XML|a/xml|xml|text/xml,http://purl.org/net/mediatypes/application/xml,xml file
XSD|a/xml|xsd
XSLT|a/xslt+xml|xslt xsl|extensible stylesheet language transformations
XYZ|chemical/x-xyz|xyz|xyz chemical file
XZ|a/x-xz|xz
YAML|a/yaml|yaml yml|a/x-yaml,text/yaml,text/x-yaml
ZIP|a/zip|zip|a/x-zip,a/x-zip-compressed,a/x-compressed,multipart/x-zip,http://purl.org/net/mediatypes/application/zip,zip file
ZST|a/zstd|zst
GTFS|a/zip|zip|general transit feed specification
SHP|a/zip|zip|shapefile,esri shapefile
SHP|a/vnd.shp|shp
ACCDB|a/x-msaccess|accdb
COG|image/tiff|tif
GeoTIFF|image/tiff|tif|image/geotiff
||asc bam bib cpg dae dgn djvu dmg eml fasta fastq gdb indd iso jar lz4 mbox mif mkv msg obj prj psd
||rmd sh shx stl tab tex tfw toml vcf vsd vsdx wmv
ArcGIS Map Preview
ArcGIS Map Service
ArcGIS Online Map|||web map application
Esri REST|||arcgis_rest,esri rest api endpoint
WCS|||web coverage service
WFS|||web feature service
WMS|||web mapping service
WMTS|||web map tile service
`

/** A format of files. All but `format` is in lower case. */
export interface FileType {
  /** In CKAN's spelling; `''` for extensions that CKAN does not know. */
  readonly format: string
  /** `''` when there is no usual media type. */
  readonly mimetype: string
  /** Without dots; the usual one first. Empty for services. */
  readonly extensions: readonly string[]
}

const byExtension = new Map<string, FileType>()
const byMediaType = new Map<string, FileType>()
const byFormat = new Map<string, FileType>()

for (const line of LINES.trim().split('\n')) {
  const [format = '', type = '', extensions = '', names = ''] = line.split('|')
  const mimetype = expandMediaType(type)
  const fileType = { format, mimetype, extensions: words(extensions, ' ') }
  for (const extension of fileType.extensions) add(byExtension, extension, fileType)
  for (const name of [format, mimetype, ...words(names, ',').map(expandMediaType)])
    add(name.includes('/') ? byMediaType : byFormat, name.toLowerCase(), fileType)
}

/** Takes an extension without its dot, in lower case. */
export function typeOfExtension(extension: string): FileType | undefined {
  return byExtension.get(extension)
}

/** Takes a bare media type. */
export function typeOfMediaType(mimetype: string): FileType | undefined {
  return byMediaType.get(mimetype)
}

/** Takes the name of a format in lower case, without a leading dot. */
export function typeOfFormat(format: string): FileType | undefined {
  const type = byFormat.get(format) ?? byMediaType.get(format) ?? byExtension.get(format)
  return type?.format === '' ? undefined : type
}

function add(map: Map<string, FileType>, name: string, fileType: FileType): void {
  if (name !== '' && !map.has(name)) map.set(name, fileType)
}

function expandMediaType(mimetype: string): string {
  return mimetype.replace(/^a\//u, 'application/')
}

function words(text: string, separator: string): readonly string[] {
  return text === '' ? [] : text.split(separator)
}

import { describe, expect, it } from 'vitest'
import { canonicalFormat } from '../src/media-types.ts'
import { bareType, extensionOfFormat, fileTypeOf } from '../src/uploads/index.ts'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

describe('the type of a file', () => {
  it.each([
    ['data.csv', undefined, 'CSV', 'text/csv'],
    ['DATA.CSV', undefined, 'CSV', 'text/csv'],
    ['data.csv', 'application/octet-stream', 'CSV', 'text/csv'],
    ['data.csv', 'application/vnd.ms-excel', 'CSV', 'text/csv'],
    ['data', 'text/csv; charset=utf-8', 'CSV', 'text/csv'],
    ['data', 'Text/CSV;header=present', 'CSV', 'text/csv'],
    ['data.csv.gz', 'text/csv', 'GZ', 'application/gzip'],
    ['data.tar.gz', undefined, 'GZ', 'application/gzip'],
    ['book.xlsx', 'application/zip', 'XLSX', XLSX],
    ['book.xlsm', undefined, 'XLSM', 'application/vnd.ms-excel.sheet.macroenabled.12'],
    [
      'book',
      'application/vnd.ms-excel.sheet.macroEnabled.12',
      'XLSM',
      'application/vnd.ms-excel.sheet.macroenabled.12',
    ],
    ['gtfs.zip', 'application/x-zip-compressed', 'ZIP', 'application/zip'],
    ['map.geojson', 'application/json', 'GeoJSON', 'application/geo+json'],
    ['map', 'application/geo+json', 'GeoJSON', 'application/geo+json'],
    ['map', 'application/vnd.geo+json', 'GeoJSON', 'application/geo+json'],
    ['map.json', undefined, 'JSON', 'application/json'],
    ['map', 'application/json', 'JSON', 'application/json'],
    ['t.parquet', 'application/octet-stream', 'Parquet', 'application/vnd.apache.parquet'],
    ['t', 'application/x-parquet', 'Parquet', 'application/vnd.apache.parquet'],
    ['feed', 'text/xml', 'XML', 'application/xml'],
    ['archive', 'application/gzip', 'GZ', 'application/gzip'],
    ['lines', 'application/x-ndjson', 'JSONL', 'application/x-ndjson'],
    ['data.unknown', 'text/csv', 'CSV', 'text/csv'],
  ])('%s put as %s is %s, %s', (name, contentType, format, mimetype) =>
    expect(fileTypeOf(name, contentType)).toEqual({ format, mimetype }),
  )

  it.each([
    ['data', 'application/octet-stream'],
    ['data.bin', 'binary/octet-stream'],
    ['data', 'application/x-www-form-urlencoded'],
    ['data', ''],
    ['', undefined],
  ])('has no format, rather than BIN, where nothing tells: %j put as %j', (name, contentType) => {
    expect(fileTypeOf(name, contentType)).toEqual({ mimetype: 'application/octet-stream' })
  })

  it('keeps a media type that is not in the table, without its parameters', () => {
    expect(fileTypeOf('model', 'Model/GLTF+json; v=2')).toEqual({ mimetype: 'model/gltf+json' })
  })

  it.each(['a.constructor', 'a.__proto__', 'a.toString'])('is not found in the language itself: %s', (name) => {
    expect(fileTypeOf(name, 'constructor')).toEqual({ mimetype: 'constructor' })
  })
})

describe("a declared format in CKAN's spelling", () => {
  it.each([
    ['csv', 'CSV'],
    ['.csv', 'CSV'],
    [' CSV ', 'CSV'],
    ['text/csv', 'CSV'],
    ['text/csv; charset=utf-8', 'CSV'],
    ['geojson', 'GeoJSON'],
    ['application/geo+json', 'GeoJSON'],
    ['.XLSX', 'XLSX'],
    [XLSX, 'XLSX'],
    ['jpg', 'JPEG'],
    ['tif', 'TIFF'],
    ['parquet', 'Parquet'],
    ['Dbase', 'dBase'],
    ['yml', 'YAML'],
    ['GTFS', 'GTFS'],
    [' Linked Data ', 'Linked Data'],
    ['constructor', 'constructor'],
    ['', ''],
  ])('%j is %j', (declared, format) => expect(canonicalFormat(declared)).toBe(format))

  it('is the same when it is spelled again', () => {
    for (const word of ['csv', 'geojson', 'jpg', 'text/xml', 'GTFS', '.tgz', 'ndjson'])
      expect(canonicalFormat(canonicalFormat(word))).toBe(canonicalFormat(word))
  })
})

describe('the extension of a format', () => {
  it.each([
    ['CSV', '.csv'],
    ['csv', '.csv'],
    ['GeoJSON', '.geojson'],
    ['JPEG', '.jpeg'],
    ['text/csv', '.csv'],
    ['GTFS', ''],
    ['', ''],
  ])('of %j is %j', (format, extension) => expect(extensionOfFormat(format)).toBe(extension))
})

describe('a bare media type', () => {
  it('is in lower case and without parameters', () => expect(bareType(' Text/CSV ; charset="a;b"')).toBe('text/csv'))
})

import { describe, expect, it } from 'vitest'
import { bareType } from '../../src/file-identity/file-types.ts'
import { canonicalFormat, isTabular } from '../../src/uploads/index.ts'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

describe("a declared format in CKAN's spelling", () => {
  it.each([
    ['csv', 'CSV'],
    ['.csv', 'CSV'],
    [' CSV ', 'CSV'],
    ['text/csv', 'CSV'],
    ['text/csv; charset=utf-8', 'CSV'],
    ['Comma Separated Values File', 'CSV'],
    ['http://publications.europa.eu/resource/authority/file-type/CSV', 'CSV'],
    ['https://www.iana.org/assignments/media-types/application/geo+json', 'GeoJSON'],
    [
      'http://publications.europa.eu/resource/authority/file-type/ABC',
      'http://publications.europa.eu/resource/authority/file-type/ABC',
    ],
    ['geojson', 'GeoJSON'],
    ['application/geo+json', 'GeoJSON'],
    ['.XLSX', 'XLSX'],
    [XLSX, 'XLSX'],
    ['Excel', 'XLS'],
    ['jpg', 'JPEG'],
    ['tif', 'TIFF'],
    ['parquet', 'Parquet'],
    ['Dbase', 'dBase'],
    ['yml', 'YAML'],
    ['gtfs', 'GTFS'],
    ['Shapefile', 'SHP'],
    ['wms', 'WMS'],
    ['tab', 'tab'],
    [' Linked Data ', 'Linked Data'],
    ['constructor', 'constructor'],
    ['application/octet-stream', ''],
    ['', ''],
  ])('%j is %j', (declared, format) => expect(canonicalFormat(declared)).toBe(format))

  it('is the same when it is spelled again', () => {
    for (const word of ['csv', 'geojson', 'jpg', 'text/xml', 'GTFS', '.tgz', 'ndjson', 'shapefile', 'tab'])
      expect(canonicalFormat(canonicalFormat(word))).toBe(canonicalFormat(word))
  })
})

describe('a bare media type', () => {
  it('is in lower case and without parameters', () => expect(bareType(' Text/CSV ; charset="a;b"')).toBe('text/csv'))
})

describe('a table', () => {
  it.each(['CSV', 'TSV', 'XLS', 'XLSX', 'XLSM', 'ODS'])('is a file of format %s', (format) =>
    expect(isTabular(format)).toBe(true),
  )

  it.each(['PDF', 'GTFS', '', undefined])('is no file of format %s', (format) => expect(isTabular(format)).toBe(false))
})

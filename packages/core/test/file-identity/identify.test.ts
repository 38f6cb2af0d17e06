import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extensionOf, type FileFacts, identify, isAllowed } from '../../src/uploads/index.ts'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const EXCEL_97 = 'application/vnd.ms-excel'
const UNKNOWN = 'application/octet-stream'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

describe('a known extension of the name', () => {
  it.each([
    ['data.csv', 'CSV', 'text/csv'],
    ['DATA.CSV', 'CSV', 'text/csv'],
    ['data.csv.gz', 'GZ', 'application/gzip'],
    ['data.tar.gz', 'GZ', 'application/gzip'],
    ['book.xlsm', 'XLSM', 'application/vnd.ms-excel.sheet.macroenabled.12'],
    ['map.geojson', 'GeoJSON', 'application/geo+json'],
    ['t.parquet', 'Parquet', 'application/vnd.apache.parquet'],
    ['slides.odp', 'ODP', 'application/vnd.oasis.opendocument.presentation'],
    ['bells.ogg', 'OGG', 'audio/ogg'],
    ['roads.shp', 'SHP', 'application/vnd.shp'],
  ])('says what %s is: %s, %s', (name, format, mimetype) =>
    expect(identify({ name })).toMatchObject({ fileName: name, mimetype, format }),
  )

  it.each<[string, Partial<FileFacts>]>([
    ['a stored media type', { contentType: 'text/html' }],
    ['the content', { firstBytes: bytesOf('%PDF-1.7') }],
    ['what CKAN shows', { resource: { format: 'XLSX', fileName: 'old.xlsx' } }],
    ['a media type that says nothing', { declared: { mimetype: 'application/octet-stream' } }],
  ])('counts more than %s', (_, facts) => {
    const expected = { fileName: 'data.csv', extension: '.csv', mimetype: 'text/csv', format: 'CSV' }
    expect(identify({ name: 'data.csv', ...facts })).toEqual(expected)
  })

  it("says the type also where a curator's format was declared", () => {
    const feed = { fileName: 'feed.zip', extension: '.zip', mimetype: 'application/zip', format: 'GTFS' }
    expect(identify({ name: 'feed.zip', declared: { format: 'gtfs' } })).toEqual(feed)
  })

  it('may say nothing to CKAN', () => {
    const facts = { name: 'roads.prj', contentType: 'text/plain', resource: { format: 'CSV' } }
    expect(identify(facts)).toEqual({ fileName: 'roads.prj', extension: '.prj', mimetype: 'text/plain' })
  })
})

describe('a name with the query of a link or the marks of a header', () => {
  it.each([
    ['data.csv?raw=true', 'data.csv'],
    ['Report.PDF?download', 'Report.PDF'],
    ['data.csv?v=1.2', 'data.csv'],
    ['"data.csv"', 'data.csv'],
    ["'data.csv';", 'data.csv'],
    ['data.csv, ', 'data.csv'],
    ['"data".csv', '_data_.csv'],
    ["Emma's data.csv", "Emma's data.csv"],
  ])('%s is %s', (name, fileName) => expect(identify({ name }).fileName).toBe(fileName))

  it.each(['What is this?.csv', 'download.php?id=3', 'page.html?id=3', 'index.php?file=data.csv'])(
    'stays whole where the query names the file, or the link a page: %s',
    (name) => expect(identify({ name }).fileName).toBe(name.replace('?', '_')),
  )
})

it('has the extension as the name spells it', () => {
  expect(identify({ name: 'DATA.Csv' }).extension).toBe('.Csv')
  expect(identify({ name: 'data.tar.gz' }).extension).toBe('.gz')
})

describe('a name without a known extension gets one', () => {
  it.each<[string, FileFacts, string, string | undefined, string]>([
    [
      'of the declared format',
      { name: 'Budget v1.2', declared: { format: 'CSV' } },
      'Budget v1.2.csv',
      'CSV',
      'text/csv',
    ],
    [
      'of the declared format',
      { name: 'Figure 3.1', declared: { format: 'png' } },
      'Figure 3.1.png',
      'PNG',
      'image/png',
    ],
    ['of the declared format', { name: 'St.Gallen', declared: { format: '.csv' } }, 'St.Gallen.csv', 'CSV', 'text/csv'],
    ['of the declared format', { name: 'Umsatz', declared: { format: 'XLSX' } }, 'Umsatz.xlsx', 'XLSX', XLSX],
    [
      'of the declared format',
      { name: 'www.example.org', declared: { format: 'JSON' } },
      'www.example.org.json',
      'JSON',
      'application/json',
    ],
    [
      'of the declared format',
      { name: 'dane.gov.pl', declared: { format: 'CSV' } },
      'dane.gov.pl.csv',
      'CSV',
      'text/csv',
    ],
    ['of the declared format', { name: 'roads', declared: { format: 'SHP' } }, 'roads.zip', 'SHP', 'application/zip'],
    [
      'of the declared media type',
      { name: 'data', declared: { mimetype: 'Text/CSV; header=present' } },
      'data.csv',
      'CSV',
      'text/csv',
    ],
    [
      'of the declared media type',
      { name: 'map', declared: { mimetype: 'application/vnd.geo+json' } },
      'map.geojson',
      'GeoJSON',
      'application/geo+json',
    ],
    [
      'of the declared media type beside a format that has no files',
      { name: 'data', declared: { format: 'Linked Data', mimetype: 'text/turtle' } },
      'data.ttl',
      'Linked Data',
      'text/turtle',
    ],
    ["of CKAN's format", { name: 'St.Gallen', resource: { format: 'CSV' } }, 'St.Gallen.csv', 'CSV', 'text/csv'],
    [
      'of the stored media type',
      { name: 'lines', contentType: 'application/x-ndjson' },
      'lines.jsonl',
      'JSONL',
      'application/x-ndjson',
    ],
    [
      'of the stored media type',
      { name: 'data.unknown', contentType: 'text/csv' },
      'data.unknown.csv',
      'CSV',
      'text/csv',
    ],
    [
      'of the content',
      { name: 'figure', firstBytes: bytesOf('\u0089PNG\r\n\u001a\n\0\0\0\rIHDR') },
      'figure.png',
      'PNG',
      'image/png',
    ],
    [
      'of the content',
      { name: 'report', contentType: UNKNOWN, firstBytes: bytesOf('%PDF-1.7') },
      'report.pdf',
      'PDF',
      'application/pdf',
    ],
    [
      'of the content',
      { name: 'page', firstBytes: bytesOf('<!doctype html><title>x') },
      'page.html',
      'HTML',
      'text/html',
    ],
  ])('%s: %j', (_, facts, fileName, format, mimetype) => {
    expect(identify(facts)).toEqual({ fileName, extension: extensionOf(fileName), mimetype, format })
  })

  it('in the order: format, media type, what CKAN shows, stored media type, content', () => {
    const declared = { format: 'CSV', mimetype: 'application/json' }
    const facts = {
      name: 'data',
      resource: { format: 'XML' },
      contentType: 'text/turtle',
      firstBytes: bytesOf('%PDF-'),
    }
    expect(identify({ ...facts, declared }).extension).toBe('.csv')
    expect(identify({ ...facts, declared: { mimetype: declared.mimetype } }).extension).toBe('.json')
    expect(identify(facts).extension).toBe('.xml')
    expect(identify({ ...facts, resource: { format: 'WMS' } }).extension).toBe('.ttl')
    expect(identify({ ...facts, resource: { format: '' }, contentType: UNKNOWN }).extension).toBe('.pdf')
  })

  it.each(['application/octet-stream', 'binary/octet-stream', 'application/x-www-form-urlencoded', ''])(
    'or none where nothing tells: put as %j',
    (contentType) => {
      const expected = { fileName: 'data.bin', extension: '', mimetype: UNKNOWN }
      expect(identify({ name: 'data.bin', contentType, firstBytes: bytesOf('a,b\n') })).toEqual(expected)
    },
  )

  it('or none where the media type is not known, which stays', () => {
    const expected = { fileName: 'model', extension: '', mimetype: 'model/vnd.usdz+zip' }
    expect(identify({ name: 'model', contentType: 'Model/vnd.usdz+zip; v=2' })).toEqual(expected)
  })
})

describe('a file without a name is called', () => {
  it.each<[string, FileFacts, string]>([
    ['by the file that CKAN shows', { resource: { format: 'CSV', fileName: 'air.csv' } }, 'air.csv'],
    ['by its page, where that is the file', { resource: { format: 'HTML', fileName: 'report.html' } }, 'report.html'],
    [
      'by the file that CKAN shows, with the declared extension',
      { resource: { format: 'CSV', fileName: 'air.csv' }, declared: { format: 'XLSX' } },
      'air.xlsx',
    ],
    [
      'by the file that CKAN shows, whose extension is one of the declared format',
      { resource: { format: 'JPEG', fileName: 'air.jpg' }, declared: { format: 'JPEG' } },
      'air.jpg',
    ],
    [
      'by the file that a link leads to',
      { resource: { format: '', link: 'https://x.org/air%20(1).csv?x=1' } },
      'air (1).csv',
    ],
    ['by the format', { resource: { format: 'CSV', link: 'https://x.org/download.php?id=3' } }, 'data.csv'],
    ['by the format', { resource: { format: 'XLS', link: 'https://x.org/GetFile.ashx' } }, 'data.xls'],
    ['by the format', { resource: { format: 'JSON', link: 'https://x.org/api/v1.0' } }, 'data.json'],
    ['by the format', { resource: { format: 'CSV', link: 'https://x.org/export.jsp' } }, 'data.csv'],
    ['by the format', { resource: { format: 'CSV', link: 'https://x.org/cgi-bin/query.pl' } }, 'data.csv'],
    ['by the format', { resource: { format: 'XLSX' } }, 'data.xlsx'],
    ['no page because of a link to one', { resource: { format: 'HTML', link: 'https://x.org/report.html' } }, 'data'],
    [
      'no page because of a link to one',
      { resource: { format: 'HTML', link: 'https://x.org/' }, contentType: 'text/csv' },
      'data.csv',
    ],
    [
      'a page where that is declared',
      { resource: { format: '', link: 'https://x.org/' }, declared: { format: 'html' } },
      'data.html',
    ],
    ['by nothing', {}, 'data'],
  ])('%s: %j', (_, facts, fileName) => expect(identify(facts).fileName).toBe(fileName))
})

describe('a media type that programs send', () => {
  it.each([
    ['data.csv', EXCEL_97],
    ['data.csv', 'application/csv'],
    ['data.csv', 'text/comma-separated-values; charset=utf-8'],
    ['data.tsv', EXCEL_97],
    ['book.xlsx', EXCEL_97],
    ['book.xlsx', 'application/zip'],
    ['all.zip', 'application/x-zip-compressed'],
    ['all.zip', 'multipart/form-data; boundary=x'],
    ['rows.json', 'text/json'],
    ['map.geojson', 'application/json'],
    ['map.kml', 'text/xml'],
    ['photo.jpg', 'image/jpg'],
    ['letter.docx', 'application/msword'],
    ['all.tgz', 'application/x-gzip'],
    ['data.csv', UNKNOWN],
  ])('means the type of %s: %s', (name, mimetype) => {
    expect(identify({ name, declared: { mimetype } })).toEqual(identify({ name }))
  })

  it.each([
    ['data.csv', 'Text/HTML; charset=utf-8', 'text/html'],
    ['data.csv', 'text/plain', 'text/plain'],
    ['data.csv', 'application/json', 'application/json'],
    ['data.csv', 'application/zip', 'application/zip'],
    ['all.zip', EXCEL_97, EXCEL_97],
    ['page.html', 'text/csv', 'text/csv'],
    ['data.csv', 'text/x-own', 'text/x-own'],
  ])('for another type stays: %s as %s', (name, mimetype, expected) => {
    expect(identify({ name, declared: { mimetype } })).toMatchObject({ fileName: name, mimetype: expected })
  })
})

describe('the allowed types', () => {
  const allows = (allowed: readonly string[], name: string, mimetype?: string) =>
    isAllowed(allowed, identify({ name, declared: { mimetype } }))

  it.each<[string, string | undefined]>([
    ['data.csv', undefined],
    ['data.csv', EXCEL_97],
    ['data', 'application/csv'],
    ['all.zip', 'application/x-zip-compressed'],
  ])('CSV and ZIP take %s declared as %s', (name, mimetype) => {
    expect(allows(['text/csv', 'application/zip'], name, mimetype)).toBe(true)
  })

  it.each<[string, string | undefined]>([
    ['data.csv', 'text/html'],
    ['page.html', 'text/csv'],
    ['page.html', undefined],
    ['book.xls', EXCEL_97],
    ['book.xlsx', 'application/zip'],
    ['data', undefined],
  ])('CSV and ZIP refuse %s declared as %s', (name, mimetype) => {
    expect(allows(['text/csv', 'application/zip'], name, mimetype)).toBe(false)
  })

  it('may be spelled as CKAN or an operator spells them', () => {
    expect(allows(['text/xml'], 'a.xml')).toBe(true)
    expect(allows(['application/x-zip-compressed'], 'a.zip')).toBe(true)
    expect(allows(['application/netcdf'], 'a.nc')).toBe(true)
  })

  it('are all where the list is empty', () => expect(allows([], 'a.exe', 'text/html')).toBe(true))
})

describe('any name', () => {
  const parts = fc.constantFrom(
    '.',
    ' ',
    'a',
    '.csv',
    '.CSV',
    '.tar',
    '.gz',
    '.pl',
    '\u200b',
    '\u00ad',
    'é',
    '📊',
    '/',
    'v1',
  )
  const names = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.array(parts, { maxLength: 80 }).map((some) => some.join('')),
  )
  const formats = fc.constantFrom('', 'CSV', 'GeoJSON', 'SHP', 'WMS', 'Perl', 'Linked Data')

  it('gives a name that identifies as the same file', () => {
    fc.assert(
      fc.property(names, formats, (name, format) => {
        const once = identify({ name, declared: { format } })
        expect(identify({ name: once.fileName, declared: { format } })).toEqual(once)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives at most 200 bytes, with the extension at the end', () => {
    fc.assert(
      fc.property(names, formats, (name, format) => {
        const { fileName, extension } = identify({ name, declared: { format } })
        expect(new TextEncoder().encode(fileName).length).toBeLessThanOrEqual(200)
        expect(fileName.endsWith(extension)).toBe(true)
        expect(fileName.length).toBeGreaterThan(extension.length)
      }),
      { numRuns: 1000 },
    )
  })
})

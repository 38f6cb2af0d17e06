import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contradictionOf,
  encodingMistake,
  endsAsZip,
  FIRST_BYTES,
  isEncoded,
  mayBeInChunks,
  mistakeIn,
  mistakeInChunks,
  ZIP_TAIL_BYTES,
} from '../../src/file-identity/content.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const inUtf16 = (text: string): string => Array.from(text, (character) => `${character}\0`).join('')

const HTML = '<!DOCTYPE html>\n<html lang="en"><title>404</title>'
const ZIP = 'PK\u0003\u0004\u0014'
const OLD_OFFICE = '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1'
const PNG = '\u0089PNG\r\n\u001a\n'

describe('the content of a file', () => {
  it.each([
    ['table.xlsx', HTML, 'HTML'],
    ['table.XLSX', 'a;b\n1;2\n', 'something else'],
    ['table.csv', HTML, 'HTML'],
    ['table.csv', `\u00ef\u00bb\u00bf \n<!-- saved -->\n<HTML>`, 'HTML'],
    ['table.csv', ZIP, 'a ZIP archive'],
    ['table.csv', OLD_OFFICE, 'a Microsoft Office 97 document'],
    ['shapes.geojson', HTML, 'HTML'],
    ['report.pdf', HTML, 'HTML'],
    ['report.pdf', ZIP, 'a ZIP archive'],
    ['photo.png', HTML, 'HTML'],
    ['photo.png', '%PDF-1.7', 'a PDF'],
    ['all.zip', PNG, 'an image'],
    ['all.tar.gz', HTML, 'HTML'],
    ['rows.parquet', 'a,b\n', 'something else'],
    ['table.csv', '\u001f\u008b\u0008', 'a GZIP archive'],
    ['table.csv', 'BZh91AY&SY', 'a compressed file'],
    ['table.tsv', '\u00fd7zXZ\u0000', 'a compressed file'],
    ['rows.json', '(\u00b5/\u00fd\u0004', 'a compressed file'],
    ['all.zip', '7z\u00bc\u00af\u0027\u001c', 'a compressed file'],
    ['table.csv.gz', 'Rar!\u001a\u0007', 'a compressed file'],
    ['table.csv', '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', 'XML'],
    ['table.tsv', `\u00ef\u00bb\u00bf<?xml version="1.0"?>`, 'XML'],
    ['rows.json', '<?xml version="1.0"?>', 'XML'],
    ['photo.png', '<?xml version="1.0"?>', 'XML'],
    ['feed.xml', '<?xml version="1.0"?>\n<!DOCTYPE html>', 'HTML'],
    ['table.csv', '<!-- a -->\n<!-- b -->\n<meta charset="utf-8">', 'HTML'],
    ['table.csv', '<title>Sign in</title>', 'HTML'],
    ['slides.odp', HTML, 'HTML'],
    ['table.csv', `\u00ff\u00fe${inUtf16(HTML)}`, 'HTML'],
    ['table.csv', inUtf16(HTML), 'HTML'],
    ['table.csv', `\u00fe\u00ff\0${inUtf16(HTML).slice(0, -1)}`, 'HTML'],
    ['rows.json', `\u00ff\u00fe${inUtf16('<?xml version="1.0"?>')}`, 'XML'],
    ['table.xls', '%PDF-1.7', 'a PDF'],
    ['letter.doc', PNG, 'an image'],
    ['table.xls', '\u001f\u008b\u0008', 'a GZIP archive'],
    ['table.csv', '<br />\n<b>Warning</b>: fopen()', 'HTML'],
    ['table.csv', '<div class="error">', 'HTML'],
    ['table.csv', 'PAR1\u0015\u0004', 'a Parquet file'],
    ['photo.png', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'XML'],
    ['photo.png', 'iVBORw0KGgoAAAANSUhEUgAA', 'Base64 text'],
    ['photo.jpg', '/9j/4AAQSkZJRgABAQ', 'Base64 text'],
    ['report.pdf', 'JVBERi0xLjcKJeLjz9MK', 'Base64 text'],
    ['table.xlsx', 'UEsDBBQABgAIAAAAIQ', 'Base64 text'],
    ['table.csv', 'H4sIAAAAAAAAA0vUSdIx', 'Base64 text'],
    ['book.xlsb', 'a;b\n', 'something else'],
  ])('contradicts the name %s when it is %j', (name, content, kind) => {
    expect(contradictionOf(name, bytesOf(content))).toBe(kind)
  })

  it.each([
    ['table.xlsx', ZIP],
    ['with-a-password.xlsx', OLD_OFFICE],
    ['saved-by-excel.xls', HTML],
    ['saved-by-excel.xls', ZIP],
    ['saved-by-excel.xls', 'a\tb\n1\t2\n'],
    ['saved-by-excel.xls', '<?xml version="1.0"?><Workbook>'],
    ['letter.doc', '{\\rtf1'],
    ['table.csv', 'a,b\n1,2\n'],
    ['table.csv', '<a>,b\n'],
    ['quotes.csv', '<TITLE>,<PER>,<DATE>\n'],
    ['feed.kml', '<?xml version="1.0"?><kml>'],
    ['page.html', '<?xml version="1.0"?><!DOCTYPE html>'],
    ['regions.csv', 'PARENT;CHILD\n1;2\n'],
    ['golf.tsv', 'PAR1\tPAR2\n'],
    ['names.csv', 'BZh,7z,Rar!\n'],
    ['all.7z', '7z\u00bc\u00af'],
    ['table.csv.bz2', 'BZh91AY&SY'],
    ['formats.csv', 'id,magic\n1,%PDF-\n'],
    ['page.html', HTML],
    ['notes.txt', HTML],
    ['data', HTML],
    ['model.unknown', ZIP],
    ['report.pdf', 'some bytes before %PDF-1.4'],
    ['photo.jpg', PNG],
    ['photo.tif', 'II*\u0000'],
    ['map.gpkg', 'SQLite format 3\u0000'],
    ['table.csv', `\u00ff\u00fe${inUtf16('a,b\n1,2\n')}`],
    ['notes.txt', 'iVBORw0KGgoAAAANSUhEUgAA'],
    ['feed.xml', `\u00ff\u00fe${inUtf16('<?xml version="1.0"?>')}`],
  ])('agrees with the name %s when it is %j', (name, content) => {
    expect(contradictionOf(name, bytesOf(content))).toBeUndefined()
  })

  it.each([
    ['a form', '--X1y\r\nContent-Disposition: form-data; name="file"; filename="data.csv"\r\n', /web form/u],
    [
      'a form that begins with another header',
      '--X\r\nContent-Type: text/csv\r\ncontent-disposition:form-data',
      /web form/u,
    ],
    ['a form with bare line feeds', '--X\nContent-Disposition: form-data; name="a"\n', /web form/u],
    ['a data: URL', 'data:text/csv;base64,YSxiCjEsMgo=', /data: URL/u],
    ['a data: URL in quotation marks', '"data:text/csv;base64,YSxi"', /data: URL/u],
    ['bytes in the JSON of Node', '{"type":"Buffer","data":[97,44,98]}', /JSON of bytes/u],
    ['bytes as Python prints them', "b'a,b\\n1,2\\n'", /upload the bytes without str\(\)/u],
    ['bytes as Python prints them, with an apostrophe', 'b"it\'s\\n"\n', /upload the bytes without str\(\)/u],
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n', /git lfs pull/u],
    ['a data: URL with a character set', 'data:text/csv;charset=utf-8;base64,YSxi', /data: URL/u],
    ['a File that was made a text', '[object File]', /read the file/u],
    ['a Blob that was made a text', '[object Blob]\n', /read the file/u],
    ['a missing value that was made a text', 'undefined', /read the file/u],
    ['a body of several parts', '--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\n', /web form/u],
    ['a part with a name', '--b\r\nContent-Disposition: attachment; filename="a.csv"\r\n\r\n', /web form/u],
    ['a file object of Python', "<_io.BufferedReader name='a.csv'>", /read the file/u],
    ['a buffer of Python', '<_io.BytesIO object at 0x7f2a>\n', /read the file/u],
    ['a stream of Java', 'java.io.FileInputStream@1b6d3586', /read the file/u],
    ['bytes of Java', '[B@1b6d3586', /read the file/u],
    ['bytes of .NET', 'System.Byte[]', /read the file/u],
    ['a stream of .NET', 'System.IO.FileStream', /read the file/u],
    ['an HTTP answer', 'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\na,b\n', /without -i/u],
    ['a web form in JSON', '{"_parts":[["file",{"uri":"file:///data.csv"}]]}', /read the file/u],
    ['a File of React Native in JSON', '{"uri":"content://media/1","type":"text/csv"}', /read the file/u],
    ['a File with a preview in JSON', '{"preview":"blob:https://example.org/1"}', /read the file/u],
    ['a data: URL in UTF-16', `\u00ff\u00fe${inUtf16('data:text/csv;base64,YSxi')}`, /data: URL/u],
    ['signed chunks', `8;chunk-signature=${'0'.repeat(64)}\r\na,b\n`, /chunks/u],
  ])('is no file at all when it is %s', (_, content, reason) => expect(mistakeIn(bytesOf(content))).toMatch(reason))

  it.each([
    'a,b\n1,2\n',
    '--- a/old\n+++ b/new\n',
    '---\ntitle: x\n---\n',
    '---\ncontent-type: x\n---\n',
    '<TICKER>,<DATE>,<object at>\n1,2,3\n',
    'HTTP/1.1 200 OK,count\n1,2\n',
    'emma@example\n',
    'emma@facade1\n',
    'data:,b\n1,2\n',
    'data:a,b\n',
    '[object File],size\na,1\n',
    "b'a,b\n1,2\n",
    "b'\\n,b\n1,2\n",
    '{"type":"Buffer"}',
    'version,https://git-lfs.github.com/spec/v1\n',
    'undefined,b\n',
    '',
  ])('may be a file when it is %j', (content) => expect(mistakeIn(bytesOf(content))).toBeUndefined())

  it.each(['data.csv', '@data.csv', 'data.csv\r\n', 'C:\\Users\\emma\\data.csv', '@./data/data.csv'])(
    'is no file when it is only the path of the file: %j',
    (content) => {
      expect(mistakeIn(bytesOf(content), 'data.csv')).toMatch(/read the file/u)
      expect(mistakeIn(bytesOf(content), 'other.csv')).toBeUndefined()
      expect(mistakeIn(bytesOf(`${content}\na,b\n`), 'data.csv')).toBeUndefined()
    },
  )

  it('may be the word that the file is called', () => {
    expect(mistakeIn(bytesOf('README'), 'README')).toBeUndefined()
  })

  it('never contradicts a name without a known type', () => {
    fc.assert(fc.property(fc.string(), (name) => contradictionOf(name, new Uint8Array()) === undefined))
  })

  it('is recognized by its first bytes, at any length', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a.csv', 'a.xlsx', 'a.png', 'a.txt'),
        fc.uint8Array({ maxLength: 64 }),
        fc.uint8Array({ maxLength: 64 }),
        (name, start, rest) => {
          const padded = Uint8Array.from([...start, ...Array.from({ length: FIRST_BYTES - start.length }, () => 32)])
          expect(contradictionOf(name, Uint8Array.from([...padded, ...rest]))).toBe(contradictionOf(name, padded))
        },
      ),
    )
  })
})

describe('the end of content that begins with a number', () => {
  const DATA = 'a,b\n1,2\n'
  const trailers = ['x-amz-checksum-crc32:5mLtRA==\r\n\r\n', 'x-amz-checksum-crc64nvme: YSxi\r\n']

  it.each(trailers)('says that it is a body in chunks: %j', (trailer) => {
    const body = bytesOf(`8\r\n${DATA}\r\n0\r\n${trailer}`)
    expect([mayBeInChunks(body), mistakeInChunks(body)]).toEqual([true, expect.stringMatching(/chunks/u)])
  })

  it.each(['2000\r\n5\r\n0\r\n', '2000\r\n0\r\nx-amz-meta\r\n', 'a\r\n0\r\nnote:x\r\n\r\n'])(
    'says that it is a table all the same: %j',
    (text) => expect([mayBeInChunks(bytesOf(text)), mistakeInChunks(bytesOf(text))]).toEqual([true, undefined]),
  )
})

describe('the encoding of content', () => {
  const GZIP = '\u001f\u008b\u0008'

  it.each([
    ['gzip', GZIP],
    ['GZIP, identity', GZIP],
    ['x-gzip', GZIP],
    ['aws-chunked,gzip', GZIP],
    ['br', 'a,b\n'],
  ])('%s hides the file in %j', (encoding, start) => expect(isEncoded(encoding, bytesOf(start))).toBe(true))

  it.each([
    ['', GZIP],
    ['identity', GZIP],
    ['aws-chunked', GZIP],
    ['gzip', 'a,b\n'],
    ['utf-8', GZIP],
    ['br', HTML],
    ['deflate', '<?xml version="1.0"?>'],
    ['base64', 'a,b\n'],
  ])('%j does not hide the file in %j', (encoding, start) => expect(isEncoded(encoding, bytesOf(start))).toBe(false))

  it.each(['gzip', 'x-gzip', 'aws-chunked, GZIP'])('is a mistake without GZIP: %s', (encoding) => {
    expect(encodingMistake(encoding, bytesOf('a,b\n'))).toMatch(/without this header/u)
    expect(encodingMistake(encoding, bytesOf(GZIP))).toBeUndefined()
    expect(encodingMistake(encoding, bytesOf(''))).toBeUndefined()
  })

  it.each(['', 'br', 'utf-8', 'gzip, br'])('is believed: %j', (encoding) => {
    expect(encodingMistake(encoding, bytesOf('a,b\n'))).toBeUndefined()
  })
})

describe('the end of a ZIP archive', () => {
  const record = (comment: string, length = comment.length) =>
    `PK\u0005\u0006${'\0'.repeat(16)}${String.fromCharCode(length % 256, Math.floor(length / 256))}${comment}`

  it.each([
    ['nothing else', record('')],
    ['entries before it', `PK00PK\u0003\u0004${record('')}`],
    ['a comment', `x${record('made by hand')}`],
    ['the longest comment', record('x'.repeat(ZIP_TAIL_BYTES - 22))],
  ])('is found with %s', (_, content) => expect(endsAsZip(bytesOf(content))).toBe(true))

  it.each([
    ['no record', 'a;b\n1;2\n'],
    ['a record that is cut', record('').slice(0, 20)],
    ['a comment that is cut', record('x', 300)],
    ['nothing at all', ''],
  ])('is not found with %s', (_, content) => expect(endsAsZip(bytesOf(content))).toBe(false))
})

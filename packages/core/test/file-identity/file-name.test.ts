import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileNameOfUrl } from '../../src/file-identity/file-name.ts'
import { extensionOf, hasForbiddenCharacters, safeFileName, visibleName } from '../../src/uploads/index.ts'

const bytes = (text: string): number => new TextEncoder().encode(text).length
const odd = fc.constantFrom(
  ' ',
  '.',
  '/',
  '\\',
  '\0',
  '\n',
  '\u2028',
  '\u061c',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\u200b',
  '\u200d',
  '%',
  '&',
  '.tar',
  '.gz',
  '.csv',
  'é',
  'e\u0301',
  '日',
  '📊',
  'a',
)
const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(odd, { maxLength: 120 }).map((parts) => parts.join('')),
)

describe('a safe file name', () => {
  it.each([
    ['日本語.csv', '日本語.csv'],
    ['日本語 データ (1)+final.csv', '日本語 データ (1)+final.csv'],
    ['../../etc/passwd', '_._etc_passwd'],
    ['..\\..\\boot.ini', '_._boot.ini'],
    ['.csv', 'data.csv'],
    ['', 'data'],
    ['..', 'data'],
    [' . . ', 'data'],
    ['/', '_'],
    ['a\0b.csv', 'a_b.csv'],
    ['a\r\nSet-Cookie: x.csv', 'a_Set-Cookie_ x.csv'],
    ['a\u2028b.csv', 'a_b.csv'],
    ['invoice\u202evsc.exe', 'invoice_vsc.exe'],
    ['a\u061cb\u200fc.csv', 'a_b_c.csv'],
    ['\ufeffa.csv', 'a.csv'],
    ['data.csv\u200b', 'data.csv'],
    ['data.csv\u2060', 'data.csv'],
    ['data.csv\u00ad', 'data.csv'],
    ['data.csv\u200e', 'data.csv'],
    ['data.csv \u200b', 'data.csv'],
    ['\u202edata.csv', '_data.csv'],
    ['data.\u200bcsv', 'data.csv'],
    ['data\u200b.csv', 'data.csv'],
    ['data.c\u00adsv', 'data.csv'],
    ['\u200b', 'data'],
    ['نامه\u200cها.csv', 'نامه\u200cها.csv'],
    ['👩\u200d🔬 lab.csv', '👩\u200d🔬 lab.csv'],
    ['v1.نامه\u200cها', 'v1.نامه\u200cها'],
    ['a\ud800b.csv', 'a_b.csv'],
    ['trailing.csv...', 'trailing.csv'],
    ['  padded.csv  ', 'padded.csv'],
    ['. hidden.csv', 'hidden.csv'],
    ['.tar .gz', 'data.tar.gz'],
    ['a.tar.gz', 'a.tar.gz'],
    ['.htaccess', 'data.htaccess'],
    ['100% & more?.CSV', '100_ _ more_.CSV'],
    ['<b>"x|y*z":1.csv', '_b_x_y_z_1.csv'],
    ['📊 Q1.xlsx', '📊 Q1.xlsx'],
    ['e\u0301te\u0301.csv', 'été.csv'],
  ])('%j becomes %j', (name, expected) => expect(safeFileName(name)).toBe(expected))

  it.each([
    ['x'.repeat(5000), '.csv'],
    ['日'.repeat(5000), '.tar.gz'],
    ['📊'.repeat(5000), '.json'],
  ])('is cut between two characters and keeps its extension', (stem, extension) => {
    const name = safeFileName(stem + extension)
    expect(name.endsWith(extension)).toBe(true)
    expect(stem.startsWith(name.slice(0, -extension.length))).toBe(true)
    expect(name.isWellFormed()).toBe(true)
    expect(bytes(name)).toBeLessThanOrEqual(200)
    expect(bytes(name)).toBeGreaterThan(196)
  })

  it('is the same when it is made safe again', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(safeFileName(safeFileName(name))).toBe(safeFileName(name))
      }),
      { numRuns: 1000 },
    )
  })

  it('is never empty, has at most 200 bytes, and contains no forbidden character', () => {
    fc.assert(
      fc.property(names, (name) => {
        const safe = safeFileName(name)
        expect(safe).not.toBe('')
        expect(bytes(safe)).toBeLessThanOrEqual(200)
        expect(hasForbiddenCharacters(safe)).toBe(false)
        expect(safe).not.toMatch(/^\.|[\s.]$|[:*?"<>|%#&]/u)
        expect(safe).toBe(safe.normalize('NFC'))
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps the extension of every name that has one', () => {
    const extensions = fc.constantFrom('.csv', '.CSV', '.xlsx', '.geojson', '.tar.gz', '.7z')
    fc.assert(
      fc.property(names, extensions, (stem, extension) => {
        expect(safeFileName(`${stem}${extension}`)).toSatisfy((name: string) => name.endsWith(extension))
      }),
    )
  })
})

describe('the visible name', () => {
  it('is what a person sees, with its blanks', () => {
    expect(visibleName('\u200b  data.csv \u2060')).toBe('  data.csv ')
    expect(visibleName('a\u202eb.csv')).toBe('a\u202eb.csv')
  })
})

describe('an extension', () => {
  it.each([
    ['a.csv', '.csv'],
    ['a.tar.gz', '.tar.gz'],
    ['a.csv.gz', '.gz'],
    ['A.CSV', '.CSV'],
    ['README', ''],
    ['a.', ''],
    ['a.b c', ''],
    ['a.seventeen-letters', ''],
  ])('of %j is %j', (name, extension) => expect(extensionOf(name)).toBe(extension))
})

describe('a name with forbidden characters', () => {
  it.each(['a/b', 'a\\b', 'a\0', 'a\nb', 'a\u2029b', '\u202ea', '\u2066a', '\u061ca', '\ufeffa', '\udc00'])(
    '%j',
    (name) => {
      expect(hasForbiddenCharacters(name)).toBe(true)
    },
  )

  it.each(['日本語 データ (1)+final.csv', '100% & more?.csv', '📊.csv', 'e\u0301.csv'])('is not %j', (name) =>
    expect(hasForbiddenCharacters(name)).toBe(false),
  )
})

describe('the file name of a URL', () => {
  it.each([
    ['https://example.org/a/data.csv', 'data.csv'],
    ['https://example.org/a/data.csv?v=1#top', 'data.csv'],
    ['https://example.org/%E6%97%A5%20(1).csv', '日 (1).csv'],
    ['https://example.org/100%.csv', '100%.csv'],
    ['data.csv', 'data.csv'],
    ['files/data.csv', 'data.csv'],
  ])('%j is %j', (url, name) => expect(fileNameOfUrl(url)).toBe(name))

  it.each([
    '',
    'https://example.org',
    'https://data.csv',
    'https://example.org/',
    'https://example.org/data',
    'https://example.org/a.csv/',
    'https://example.org/?f=a.csv',
  ])('is none in %j', (url) => expect(fileNameOfUrl(url)).toBeUndefined())
})

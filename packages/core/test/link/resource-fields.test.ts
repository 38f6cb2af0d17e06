import { describe, expect, it } from 'vitest'
import type { Resource, ResourceFields } from '../../src/index.ts'
import { fieldsFor, identityOf } from '../../src/link/resource-fields.ts'
import type { FileCandidate } from '../../src/link/upload.ts'
import { parseLinkedUrl, type UploadRecord } from '../../src/uploads/index.ts'
import { keyOf, RESOURCE, settingsOf, uploadId } from '../support/fixtures.ts'
import { CKAN_TIME, resourceOf } from '../support/table-catalog.ts'
import { candidateOf, objectOf, uploadOf } from '../support/uploads.ts'

const settings = settingsOf()

function fields(
  options: {
    name?: string
    resource?: Partial<Resource>
    declared?: UploadRecord['declared']
    candidate?: Partial<FileCandidate>
  } = {},
): ResourceFields {
  const { name = 'data.csv', declared = {} } = options
  const resource = resourceOf(RESOURCE, options.resource)
  const candidate = candidateOf(uploadOf(keyOf(1, RESOURCE, name), { declared }), options.candidate, resource)
  return fieldsFor(settings, resource, candidate, CKAN_TIME)
}

describe('the fields that an upload owns', () => {
  it('are these and no others', () => {
    expect(fields()).toEqual({
      url: `https://up.example.org/resource/${RESOURCE}/download/${uploadId(1)}/0123456789abcdef/data.csv`,
      url_type: '',
      mimetype: 'text/csv',
      size: 8,
      last_modified: '2026-03-04T05:06:07',
      format: 'CSV',
    })
  })

  it("have CKAN's own time in whole seconds, without a zone and never rounded up into the future", () => {
    expect(CKAN_TIME.getMilliseconds()).toBeGreaterThan(500)
    expect(
      fields({ candidate: { object: objectOf(keyOf(1), { modifiedAt: new Date('2030-01-01') }) } }).last_modified,
    ).toBe('2026-03-04T05:06:07')
  })
})

describe('the format', () => {
  it.each<[string, Partial<Resource>, string, string | undefined]>([
    ['is set where there is none', { format: '' }, 'data.csv', 'CSV'],
    [
      "stays a curator's GTFS though the file is a ZIP",
      { format: 'GTFS', url: 'https://example.org/feed.zip' },
      'feed.zip',
      undefined,
    ],
    ["stays a curator's GTFS over a file that is no ZIP", { format: 'GTFS', url: '' }, 'feed.csv', undefined],
    [
      'changes with the file where it said what the previous file was',
      { format: 'CSV', url: 'https://example.org/a.csv' },
      'a.xlsx',
      'XLSX',
    ],
    [
      'changes though it was spelled in another way',
      { format: 'csv', url: 'https://example.org/a.csv' },
      'a.xlsx',
      'XLSX',
    ],
    [
      'stays where the previous URL says nothing about it',
      { format: 'CSV', url: 'https://example.org/export' },
      'a.xlsx',
      undefined,
    ],
    ['stays where there was no file before', { format: 'CSV', url: '' }, 'a.xlsx', undefined],
    ['stays empty where nothing tells', { format: '' }, 'data.bin', undefined],
    [
      'is emptied where it named the page that a link led to',
      { format: 'HTML', url: 'https://example.org/report.html' },
      'data.bin',
      '',
    ],
    ['of a page gives way to the file', { format: 'html', url: 'https://example.org/' }, 'data.csv', 'CSV'],
  ])('%s', (_, resource, name, expected) => {
    const written = fields({ name, resource })
    expect(written.format).toBe(expected)
    expect('format' in written).toBe(expected !== undefined)
  })

  it.each([
    ['csv', 'CSV'],
    ['.geojson', 'GeoJSON'],
    ['GTFS', 'GTFS'],
  ])('is the declared format in every case: %s', (format, expected) => {
    expect(
      fields({ name: 'a.zip', resource: { format: 'XLSX', url: 'https://example.org/a.pdf' }, declared: { format } })
        .format,
    ).toBe(expected)
  })
})

it('a format that the linker derived from the media type is replaced', () => {
  const url = `https://up.example.org/resource/${RESOURCE}/download/${uploadId(0)}/readme?v=0123456789abcdef`
  expect(fields({ resource: { url, format: 'TXT', mimetype: 'text/plain' } }).format).toBe('CSV')
  expect(fields({ resource: { url, format: 'GTFS', mimetype: 'text/plain' } }).format).toBeUndefined()
})

describe('the hash', () => {
  it('of a loader stays when the same content is linked again, so that the loader recognizes the file', () => {
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
    const { url } = fields()
    const candidate = { checksum: `sha256:${'a'.repeat(64)}` }
    expect(fields({ resource: { url, hash: md5 }, candidate })).not.toHaveProperty('hash')
    expect(fields({ resource: { url: url.replace('0123', '4567'), hash: md5 }, candidate })).toHaveProperty(
      'hash',
      candidate.checksum,
    )
  })

  const checksum = `sha256:${'a'.repeat(64)}`
  it.each<[string, string, string | undefined, string | undefined]>([
    ['is written when it was verified', '', checksum, checksum],
    ['is written over that of the file before', `sha256:${'b'.repeat(64)}`, checksum, checksum],
    ['of the file before is cleared where the new one has none', `sha256:${'b'.repeat(64)}`, undefined, ''],
    ['that a loader or a person wrote is left alone', 'd41d8cd98f00b204e9800998ecf8427e', undefined, undefined],
    ['stays out where there is none', '', undefined, undefined],
  ])('%s', (_, hash, verified, expected) => {
    const written = fields({ resource: { hash }, candidate: verified === undefined ? {} : { checksum: verified } })
    expect(written.hash).toBe(expected)
    expect('hash' in written).toBe(expected !== undefined)
  })
})

describe('the media type', () => {
  it.each([
    ['a.csv', 'application/octet-stream', undefined, 'text/csv'],
    ['a.csv', 'text/csv', 'Text/Plain; charset=utf-8', 'text/plain'],
    ['a', 'application/json; charset=utf-8', undefined, 'application/json'],
    ['a', undefined, undefined, 'application/octet-stream'],
  ])('of %s, put as %s and declared as %s, is %s', (name, contentType, mimetype, expected) => {
    const object = objectOf(keyOf(1), contentType === undefined ? {} : { contentType })
    const declared = mimetype === undefined ? {} : { mimetype }
    expect(fields({ name, declared, candidate: { object } }).mimetype).toBe(expected)
  })
})

describe('the name of the download', () => {
  it.each([
    ['https://example.org/r%C3%A9sum%C3%A9.csv?x=1', '', 'résumé.csv'],
    ['https://example.org/a%2Fb%3F.csv', '', 'a_b_.csv'],
    ['https://example.org/download.php?id=3', 'CSV', 'data.csv'],
    ['https://example.org/report.html', 'HTML', 'data'],
    ['https://example.org/export', 'GeoJSON', 'data.geojson'],
    ['', 'csv', 'data.csv'],
    ['', '', 'data'],
    [`https://up.example.org/resource/${RESOURCE}/download/old.csv?v=0123456789abcdef`, '', 'old.csv'],
  ])('of a plain key over %j with format %j is %j', (url, format, name) => {
    const candidate = { upload: uploadOf(keyOf(0), null), object: objectOf(keyOf(0)) }
    expect(identityOf(settings, resourceOf(RESOURCE, { url, format }), candidate).fileName).toBe(name)
  })

  it.each(['data.csv', 'a&b 100%.csv', 'e\u0301.csv', '#1?.csv', '.hidden'])(
    "is the key's own, letter by letter, so that the URL leads to the object: %j",
    (name) => {
      const url = fields({ name }).url
      expect(parseLinkedUrl(settings, url)).toEqual({ ...keyOf(1, RESOURCE, name), version: '0123456789abcdef' })
    },
  )
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  buildKey,
  DEFAULT_KEY_PREFIX,
  isResourceId,
  isUploadId,
  parseKey,
  safeFileName,
} from '../../src/uploads/index.ts'
import { uploadId } from '../support/fixtures.ts'

const ID = 'aaaaaaaa-0000-4000-8000-000000000001'
const UPLOAD = uploadId(1)
const resourceIds = fc.stringMatching(/^[0-9A-Za-z _-]{7,100}$/)
const uploadIds = fc.uuid({ version: 7 })
const fileNames = fc.string({ unit: 'binary', maxLength: 300 }).map(safeFileName)
const prefixes = fc.constantFrom(DEFAULT_KEY_PREFIX, 'files/', 'a/b/c/')

describe('a key', () => {
  it('is parsed into its resource, upload and file name', () => {
    fc.assert(
      fc.property(prefixes, resourceIds, uploadIds, fileNames, (prefix, resourceId, id, fileName) => {
        expect(parseKey(prefix, buildKey(prefix, { resourceId, uploadId: id, fileName }))).toEqual({
          kind: 'resource',
          resourceId,
          uploadId: id,
          fileName,
        })
      }),
    )
  })

  it('is parsed into its resource when it is plain', () => {
    fc.assert(
      fc.property(prefixes, resourceIds, (prefix, resourceId) => {
        expect(parseKey(prefix, buildKey(prefix, { resourceId }))).toEqual({ kind: 'resource', resourceId })
      }),
    )
  })

  it('accepts the ids that CKAN 2.10 accepts, spaces and underscores included', () => {
    expect(parseKey('f/', 'f/my res_1 ')).toEqual({ kind: 'resource', resourceId: 'my res_1 ' })
  })

  it.each([
    '',
    'resources/',
    'resources/api_upload/x',
    'uplink/uploads/x.json',
    `images/user/${ID}`,
    DEFAULT_KEY_PREFIX.toUpperCase() + ID,
  ])('is undefined outside the prefix: %j', (key) => expect(parseKey(DEFAULT_KEY_PREFIX, key)).toBeUndefined())

  it.each([
    '',
    'short1',
    'x'.repeat(101),
    'naïve-resource',
    'a.b.c.d.e',
    'with%20blank',
    `${ID}/`,
    `${ID}/data.csv`,
    `${ID}/${UPLOAD}`,
    `${ID}/${UPLOAD}/`,
    `${ID}/${UPLOAD}/a/b.csv`,
    `${ID}/${UPLOAD}/data.csv/`,
    `${ID}/${UPLOAD}/.`,
    `${ID}/${UPLOAD}/..`,
    `${ID}/${UPLOAD}/\ud800.csv`,
    `${ID}/${UPLOAD.toUpperCase()}/data.csv`,
    `${ID}/f47ac10b-58cc-4372-a567-0e02b2c3d479/data.csv`,
    `/${ID}`,
    `../${ID}`,
    `${ID}\n`,
  ])('is malformed inside the prefix: %j', (rest) =>
    expect(parseKey(DEFAULT_KEY_PREFIX, DEFAULT_KEY_PREFIX + rest)).toEqual({ kind: 'malformed' }),
  )

  it('never makes the parser throw', () => {
    const rests = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(ID, UPLOAD, '', '..', 'a.csv')).map((parts) => parts.join('/')),
    )
    fc.assert(
      fc.property(rests, (rest) => {
        expect(parseKey(DEFAULT_KEY_PREFIX, DEFAULT_KEY_PREFIX + rest)).toBeDefined()
      }),
    )
  })
})

describe('an upload id', () => {
  it('is greater, as a string, for a later request', () => {
    expect(uploadId(2) > uploadId(1)).toBe(true)
    expect(
      [uploadId(1), UPLOAD.toUpperCase(), 'f47ac10b-58cc-4372-a567-0e02b2c3d479', ` ${UPLOAD}`].map(isUploadId),
    ).toEqual([true, false, false, false])
  })
})

describe('a resource id', () => {
  it.each([
    ['1234567', true],
    ['x'.repeat(100), true],
    ['a b_c-d9', true],
    ['123456', false],
    ['a/b/c/d/e', false],
    ['ресурс-1', false],
  ])('%j: %s', (id, expected) => expect(isResourceId(id)).toBe(expected))
})

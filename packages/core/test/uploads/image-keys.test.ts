import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  buildImageKey,
  IMAGE_OWNER_TYPES,
  imageUrl,
  parseImageKey,
  parseImageUrl,
  parseLinkedUrl,
  parseUploadKey,
  safeFileName,
} from '../../src/uploads/index.ts'
import { settingsOf, uploadId } from '../support/fixtures.ts'

const settings = settingsOf()
const VERSION = '0123456789abcdef'

const imageKeys = fc.record({
  kind: fc.constant('image' as const),
  ownerType: fc.constantFrom(...IMAGE_OWNER_TYPES),
  ownerId: fc.stringMatching(/^[0-9A-Za-z _-]{7,100}$/),
  uploadId: fc.nat(99_999).map(uploadId),
  fileName: fc.string({ unit: 'grapheme', minLength: 1 }).map(safeFileName),
})

describe('the key of an image', () => {
  it('is parsed into its parts, and so is its URL', () => {
    fc.assert(
      fc.property(imageKeys, (key) => {
        expect(parseImageKey(buildImageKey(key))).toEqual(key)
        expect(parseUploadKey(settings.keyPrefix, buildImageKey(key))).toEqual(key)
        expect(parseImageUrl(settings, imageUrl(settings, key, VERSION))).toEqual({ ...key, version: VERSION })
      }),
    )
  })

  it('is never confused with the key of a file, and neither is its URL', () => {
    fc.assert(
      fc.property(imageKeys, (key) => {
        expect(parseLinkedUrl(settings, imageUrl(settings, key, VERSION))).toBeUndefined()
      }),
    )
  })

  it.each([
    'images/',
    'images/dataset/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/a.png',
    'images/user/short/019cb700-aa00-7000-8000-000000000001/a.png',
    'images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-4000-8000-000000000001/a.png',
    'images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001',
    'images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/',
    'images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/..',
    'images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/a/b.png',
  ])('is malformed as %s', (key) => expect(parseImageKey(key)).toEqual({ kind: 'malformed' }))

  it('begins with images/', () => expect(parseImageKey('image/user/be4b6fa0-3f5d-4c97/x/a.png')).toBeUndefined())

  it.each([
    'https://elsewhere.example.org/images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/a.png?v=0123456789abcdef',
    'https://up.example.org/images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/a.png',
    'https://up.example.org/images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/a%2Fb.png?v=0123456789abcdef',
    'https://up.example.org/images/user/..%2F../019cb700-aa00-7000-8000-000000000001/a.png?v=0123456789abcdef',
    'https://up.example.org/images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/%FF?v=0123456789abcdef',
    'logo.png',
    '',
  ])('is not in the URL %s', (url) => expect(parseImageUrl(settings, url)).toBeUndefined())
})

describe('the URL of an image at a former address', () => {
  it('is parsed when the settings know the address', () => {
    const url =
      'https://old.example.org/images/user/be4b6fa0-3f5d-4c97/019cb700-aa00-7000-8000-000000000001/a.png?v=0123456789abcdef'
    expect(parseImageUrl(settings, url)).toBeUndefined()
    expect(parseImageUrl({ ...settings, formerUrls: ['https://old.example.org'] }, url)).toMatchObject({
      fileName: 'a.png',
    })
  })
})

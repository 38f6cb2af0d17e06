import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keysOf, labelInPath, locationOf, parseLabel } from '../../src/filestore/label.ts'

const GATEWAY = { gatewayUrl: 'https://uploads.example.org' }
const nasty = fc.constantFrom(
  '.',
  '..',
  '/',
  '\\',
  '%',
  '%2F',
  '%2e',
  '\u0024{filename}',
  ' ',
  'a',
  'é',
  '\u0000',
  '?',
  '#',
)
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(nasty, { maxLength: 9 }).map((all) => all.join('')),
)

describe('a label', () => {
  it.each(['2012-04-27T092841/myfile.jpg', 'file/8630a664-0ae4-485f-99c2-126dae95653a', 'a b/日本語.csv', 'x?y#z'])(
    'may be %s, also with a slash at its beginning',
    (text) => {
      expect(parseLabel(text)).toBe(text)
      expect(parseLabel(`/${text}`)).toBe(text)
    },
  )

  it.each([
    '',
    '/',
    'a//b',
    'a/',
    '..',
    'a/../b',
    './a',
    'a\\b',
    'a\nb',
    'a%2Fb',
    'a/\u0024{filename}',
    'a.',
    'a'.repeat(901),
  ])('may not be %j', (text) => expect(parseLabel(text)).toBeUndefined())

  it('never leaves its prefix, and is read from its address as it was', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const label = parseLabel(text)
        if (label === undefined) return
        const { file, metadata } = keysOf(label)
        expect(file.startsWith('filestore/files/') && metadata.startsWith('filestore/metadata/')).toBe(true)
        const { pathname, href } = new URL(
          `https://bucket.example.org/${file.split('/').map(encodeURIComponent).join('/')}`,
        )
        expect(decodeURIComponent(pathname)).toBe(`/${file}`)
        expect(href.length).toBeLessThan(4000)
        expect(labelInPath(new URL(locationOf(GATEWAY, label)).pathname.slice('/storage/f/'.length))).toBe(label)
      }),
    )
  })

  it('shares its keys with no other label', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const labels = new Set([parseLabel(one), parseLabel(other)])
        labels.delete(undefined)
        const keys = [...labels].flatMap((label) => Object.values(keysOf(label ?? '')))
        expect(new Set(keys).size).toBe(labels.size * 2)
      }),
    )
  })
})

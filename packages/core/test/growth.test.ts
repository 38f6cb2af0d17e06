import { describe, expect, it } from 'vitest'
import { growthOf } from '../../testing/src/growth.ts'
import { contradictionOf, isEncoded, mistakeIn } from '../src/file-identity/content.ts'
import {
  extensionOf,
  hasForbiddenCharacters,
  identify,
  parseImageKey,
  parseImageUrl,
  parseKey,
  parseLinkedUrl,
  safeFileName,
  visibleName,
} from '../src/uploads/index.ts'

const urls = { gatewayUrl: 'https://uploads.example.org', keyPrefix: 'resources/api_uploads/' }
const texts = {
  blanks: ' ',
  dots: '.',
  'blanks and dots': '. ',
  'escaped blanks': '%20',
  'broken escapes': '%',
  slashes: '/',
  'question marks': '?',
  extensions: '.tar.gz',
  letters: 'x',
  'marks in the wrong order': '\u0301\u0323',
  'lone surrogates': '\ud800',
  'invisible characters': '\u200b',
  'invisible extensions': '.\u200bcsv',
  comments: '<!-- -->',
  'lines of a form': '--x\r\n',
}
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  safeFileName: (text) => safeFileName(`a${text}b`),
  extensionOf,
  hasForbiddenCharacters,
  visibleName: (text) => visibleName(`a${text}b`),
  identify: (text) => identify({ name: text, declared: { format: text, mimetype: text }, contentType: text }),
  'identify by a link': (text) => identify({ resource: { format: text, link: `https://a.example.org/${text}b.csv` } }),
  'identify by the content': (text) => identify({ firstBytes: new TextEncoder().encode(text) }),
  isEncoded: (text) => isEncoded(text, new TextEncoder().encode(text)),
  contradictionOf: (text) => contradictionOf('a.csv', new TextEncoder().encode(text)),
  mistakeIn: (text) => mistakeIn(new TextEncoder().encode(`--x\r\n${text}`)),
  parseLinkedUrl: (text) => parseLinkedUrl(urls, `${urls.gatewayUrl}/resource/${text}`),
  parseImageUrl: (text) => parseImageUrl(urls, `${urls.gatewayUrl}/images/${text}`),
  parseKey: (text) => parseKey(urls.keyPrefix, `${urls.keyPrefix}${text}`),
  parseImageKey: (text) => parseImageKey(`images/${text}`),
}

describe.each(Object.entries(readers))('the time of %s', (_, read) => {
  it.each(Object.entries(texts))('grows no faster than its input, of %s', async (__, unit) => {
    const prepare = (size: number) => {
      const text = unit.repeat(Math.ceil(size / unit.length))
      return () => read(text)
    }
    expect(await growthOf(prepare)).toBeLessThan(3)
  })
})

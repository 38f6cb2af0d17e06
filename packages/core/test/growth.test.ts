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
/** They get a text, its bytes, and the bytes of a form with it: making bytes takes longer than reading them. */
const readers: Readonly<Record<string, (text: string, bytes: Uint8Array, form: Uint8Array) => unknown>> = {
  safeFileName: (text) => safeFileName(`a${text}b`),
  extensionOf,
  hasForbiddenCharacters,
  visibleName: (text) => visibleName(`a${text}b`),
  identify: (text) => identify({ name: text, declared: { format: text, mimetype: text }, contentType: text }),
  'identify by a link': (text) => identify({ resource: { format: text, link: `https://a.example.org/${text}b.csv` } }),
  'identify by the content': (_, firstBytes) => identify({ firstBytes }),
  isEncoded,
  contradictionOf: (_, bytes) => contradictionOf('a.csv', bytes),
  mistakeIn: (_, __, form) => mistakeIn(form),
  parseLinkedUrl: (text) => parseLinkedUrl(urls, `${urls.gatewayUrl}/resource/${text}`),
  parseImageUrl: (text) => parseImageUrl(urls, `${urls.gatewayUrl}/images/${text}`),
  parseKey: (text) => parseKey(urls.keyPrefix, `${urls.keyPrefix}${text}`),
  parseImageKey: (text) => parseImageKey(`images/${text}`),
}

describe.each(Object.entries(readers))('the time of %s', (_, read) => {
  it.each(Object.entries(texts))('grows no faster than its input, of %s', async (__, unit) => {
    const prepare = (size: number) => {
      const text = unit.repeat(Math.ceil(size / unit.length))
      const encoder = new TextEncoder()
      const [bytes, form] = [encoder.encode(text), encoder.encode(`--x\r\n${text}`)]
      return () => read(text, bytes, form)
    }
    expect(await growthOf(prepare)).toBeLessThan(3)
  })
})

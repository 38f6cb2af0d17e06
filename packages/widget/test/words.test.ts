import { describe, expect, it } from 'vitest'
import { formatSize, formatTime } from '../src/format.ts'
import { linkWordsFor } from '../src/link-page/link-words.ts'
import { createSpeed } from '../src/speed.ts'
import { addWords, fill, wordsFor } from '../src/words/languages.ts'

const LANGUAGES = ['en', 'de', 'fr', 'es', 'uk']
const placesOf = (text: string) => [...text.matchAll(/\{\w+\}/gu)].map(([place]) => place).sort()

describe('the languages', () => {
  it.each(LANGUAGES)('%s has every text, with the same values in it', (language) => {
    const { words } = wordsFor(language)
    for (const [name, text] of Object.entries(wordsFor('en').words)) {
      const translated = Reflect.get(words, name)
      expect(translated, name).toMatch(/\S/u)
      expect(placesOf(translated), name).toEqual(placesOf(text))
    }
  })

  it.each(LANGUAGES)('%s has every text of the page of upload links too', (language) => {
    const { words } = linkWordsFor([language])
    for (const [name, text] of Object.entries(linkWordsFor(['en']).words)) {
      expect(Reflect.get(words, name), name).toMatch(/\S/u)
      expect(placesOf(Reflect.get(words, name)), name).toEqual(placesOf(text))
    }
    expect(linkWordsFor(['xx', `${language}-XX`]).language).toBe(language)
  })

  it('differ from one another', () => {
    expect(new Set(LANGUAGES.map((language) => wordsFor(language).words.cancel)).size).toBe(LANGUAGES.length)
  })

  it('are found by regions too, and English stands in for others', () => {
    expect(wordsFor('de_AT')).toMatchObject({ words: { pause: 'Anhalten' }, language: 'de-AT' })
    expect(wordsFor('pt-BR')).toMatchObject({ words: { pause: 'Pause' }, language: 'en' })
  })

  it('can be added by a page', () => {
    addWords('it', { pause: 'Sospendi' })
    expect(wordsFor('it-CH')).toMatchObject({ words: { pause: 'Sospendi', cancel: 'Cancel' }, language: 'it-CH' })
  })
})

describe('values', () => {
  it('are written as the reader writes them', () => {
    expect(formatSize(0, 'en')).toBe('0 bytes')
    expect(formatSize(12_345_678, 'de')).toMatch(/^12,3\sMB$/u)
    expect(formatTime(0.2, 'en')).toBe('1 sec')
    expect(formatTime(61, 'en')).toBe('2 min')
    expect(formatTime(5400, 'en')).toBe('1.5 hr')
    expect(formatSize(1, 'no language')).toBe('1 byte')
    expect(fill('{sent} of {size}', { sent: '1', size: '2' })).toBe('1 of 2')
  })

  it('the speed is that of the last ten seconds, and unknown at first', () => {
    const speed = createSpeed()
    expect([speed.note(0, 0), speed.note(10, 500)]).toEqual([undefined, undefined])
    expect(speed.note(2000, 2000)).toBe(1000)
    expect(speed.note(2000, 20_000)).toBeUndefined()
    expect(speed.note(5000, 21_000)).toBe(3000)
    expect(speed.note(100, 22_000)).toBeUndefined()
  })
})

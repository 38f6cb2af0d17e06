import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { uk } from './uk.ts'
import type { Words } from './words.ts'

const LANGUAGES: Readonly<Record<string, Words>> = { en, de, fr, es, uk }

/** Adds a language, or replaces the texts of one. `language` is a tag such as `pt`. */
const added = new Map<string, Words>()
export function addWords(language: string, words: Partial<Words>): void {
  added.set(language.toLowerCase(), { ...(LANGUAGES[language.toLowerCase()] ?? en), ...words })
}

/**
 * The texts for a language tag such as `de-AT`, and the language that they are in: a screen reader pronounces them by
 * it, and it decides their direction. English for an unknown language.
 */
export function wordsFor(tag: string): { readonly words: Words; readonly language: string } {
  const exact = tag.toLowerCase().replace('_', '-')
  const language = exact.split('-')[0] ?? ''
  const words = added.get(exact) ?? added.get(language) ?? LANGUAGES[language]
  return words === undefined ? { words: en, language: 'en' } : { words, language: tag.replace('_', '-') }
}

/** Puts values into the `{…}` of a text. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/gu, (whole, name: string) => values[name] ?? whole)
}

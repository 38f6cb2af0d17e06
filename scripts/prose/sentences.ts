import { lineAt, type Passage } from './passage.ts'

/** A sentence of a passage: where it begins, and how many words it has. */
export interface Sentence {
  readonly line: number
  readonly words: number
}

const END = /(?<=[.!?]["')*_]*)\s+(?=["'(*_[]*[A-Z0-9])/u
/** Shorter ones are headings and cells of tables: they would hide long sentences in the share. */
const SHORTEST = 4

/** The sentences of a passage that have at least four words. */
export function sentencesOf(passage: Passage): readonly Sentence[] {
  let index = 0
  return passage.text.split(END).flatMap((text) => {
    const start = passage.text.indexOf(text, index)
    index = start + text.length
    const words = text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word)).length
    return words < SHORTEST ? [] : [{ line: lineAt(passage, start), words }]
  })
}

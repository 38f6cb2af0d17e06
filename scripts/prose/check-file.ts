import { findClauses, type Place } from './find-clauses.ts'
import { longLines, readMarkdown } from './read-markdown.ts'
import { longComments, readTypeScript } from './read-typescript.ts'
import { type Sentence, sentencesOf } from './sentences.ts'

/** A sentence of Markdown has at most this many words. */
export const MAX_WORDS = 35
/** At least nine sentences of ten have at most this many words. */
export const USUAL_WORDS = 28
const MAX_COLUMNS = 120

/** The prose of one file. Sentences are measured in Markdown only. */
export interface FileReport {
  readonly path: string
  readonly lines: number
  readonly clauses: readonly Place[]
  readonly sentences: readonly Sentence[]
  readonly longLines: readonly number[]
}

/** Checks a file by its text: Markdown by its ending, anything else as TypeScript. */
export function checkFile(path: string, source: string): FileReport {
  const isMarkdown = path.endsWith('.md')
  const passages = isMarkdown ? readMarkdown(source) : readTypeScript(source)
  return {
    path,
    lines: source.split('\n').length - 1,
    clauses: passages.flatMap(findClauses).sort((one, other) => one.line - other.line),
    sentences: isMarkdown ? passages.flatMap(sentencesOf) : [],
    longLines: isChangeset(path) ? [] : (isMarkdown ? longLines : longComments)(source, MAX_COLUMNS),
  }
}

/** A changeset is one line, which changesets puts into a list as it is. */
function isChangeset(path: string): boolean {
  return path.startsWith('.changeset/')
}

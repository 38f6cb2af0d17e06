import { lineAt, type Passage } from './passage.ts'
import { RULES, type Rule } from './rules.ts'

/** A place in a file, and advice for the writer. */
export interface Place {
  readonly line: number
  readonly found: string
  readonly advice: string
}

/** Every place of a passage that breaks a rule. */
export function findClauses(passage: Passage): readonly Place[] {
  return RULES.flatMap((rule) =>
    [...passage.text.matchAll(rule.pattern)].flatMap((match) => place(passage, rule, match)),
  )
}

function place(passage: Passage, rule: Rule, match: RegExpExecArray): readonly Place[] {
  if (rule.isFineInQuestion && isQuestion(passage.text, match.index)) return []
  const found = match[0].trim().replace(/\s+/gu, ' ')
  return [{ line: lineAt(passage, match.index), found, advice: rule.advice }]
}

/** Whether a question begins at `index`: the first mark after it is "?", and no sentence runs before it. */
function isQuestion(text: string, index: number): boolean {
  const begins = /(?:^|[.!?:]["')]*\s)\s*["'(]*$/u.test(text.slice(0, index))
  return begins && /[.?!]/u.exec(text.slice(index))?.[0] === '?'
}

import { keepLineBreaks, type Passage, withoutCode } from './passage.ts'

const FRONT_MATTER = /^---\n[\s\S]*?\n---\n/u
const HTML_COMMENT = /<!--[\s\S]*?-->/gu
const TABLE_ROW = /^\s*\|/u
const TABLE_RULE = /^[\s|:-]+$/u
const LINK_DEFINITION = /^\s*\[[^\]]+\]:/u
/** A heading, a list item or a quotation: a passage of its own, without its mark. */
const BLOCK_MARK = /^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s?)/u

/** The passages of a Markdown file: paragraphs, headings, list items and cells of tables. Code is left out. */
export function readMarkdown(source: string): readonly Passage[] {
  const lines = withoutCode(withoutMatter(source)).split('\n')
  const passages: Passage[] = []
  let open: { text: string; line: number } | undefined
  for (const [index, text] of lines.entries()) {
    const line = index + 1
    if (text.trim() === '' || LINK_DEFINITION.test(text)) {
      open = undefined
    } else if (TABLE_ROW.test(text)) {
      open = undefined
      passages.push(...cells(text, line))
    } else if (open === undefined || BLOCK_MARK.test(text)) {
      open = { text: text.replace(BLOCK_MARK, ''), line }
      passages.push(open)
      if (/^\s*#/u.test(text)) open = undefined
    } else {
      open.text += `\n${text.trim()}`
    }
  }
  return passages
}

/** The numbers of lines that are longer than `limit`. Code blocks, tables and lone links cannot be wrapped. */
export function longLines(source: string, limit: number): readonly number[] {
  const code = withoutCode(withoutMatter(source)).split('\n')
  const isLong = (text: string, index: number) =>
    text.length > limit && code[index] !== '' && !TABLE_ROW.test(text) && !LINK_DEFINITION.test(text)
  return source.split('\n').flatMap((text, index) => (isLong(text, index) ? [index + 1] : []))
}

function withoutMatter(source: string): string {
  return source.replace(FRONT_MATTER, keepLineBreaks).replace(HTML_COMMENT, keepLineBreaks)
}

function cells(row: string, line: number): readonly Passage[] {
  if (TABLE_RULE.test(row)) return []
  return row.split(/(?<!\\)\|/u).flatMap((cell) => (cell.trim() === '' ? [] : [{ text: cell.trim(), line }]))
}

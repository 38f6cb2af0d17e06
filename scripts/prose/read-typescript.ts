import ts from 'typescript'
import { keepLineBreaks, type Passage, withoutCode } from './passage.ts'

/** The passages of a TypeScript file: comments, and literals that hold more than one word. */
export function readTypeScript(source: string): readonly Passage[] {
  const file = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true)
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1
  const comments = commentRanges(file).map(({ pos, end }) => ({
    text: withoutCode(withoutMarks(source.slice(pos, end))),
    line: lineOf(pos),
  }))
  const literals = literalsOf(file).map((node) => ({
    text: literalText(node, file),
    line: lineOf(node.getStart(file)),
  }))
  return [...comments, ...literals.filter(({ text }) => /\w\s+\w/u.test(text))]
}

/** The numbers of comment lines that are longer than `limit`. Biome wraps code, and nothing can wrap an address. */
export function longComments(source: string, limit: number): readonly number[] {
  const isLong = (text: string) =>
    text.length > limit && /^\s*(?:\/[/*]|\*)/u.test(text) && !/^\s*(?:\/\/|\*) *https:\S+$/u.test(text)
  return source.split('\n').flatMap((text, index) => (isLong(text) ? [index + 1] : []))
}

/** All comments of a file in order. Line comments that follow one another are one range. */
function commentRanges(file: ts.SourceFile): readonly ts.TextRange[] {
  const found = new Map<number, ts.TextRange>()
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []) found.set(range.pos, range)
    for (const range of ts.getTrailingCommentRanges(file.text, node.getEnd()) ?? []) found.set(range.pos, range)
    for (const child of node.getChildren(file)) visit(child)
  }
  visit(file)
  return [...found.values()].sort((one, other) => one.pos - other.pos).reduce<ts.TextRange[]>(joinLines(file.text), [])
}

function joinLines(source: string) {
  return (ranges: ts.TextRange[], range: ts.TextRange): ts.TextRange[] => {
    const last = ranges.at(-1)
    const isNext = last !== undefined && /^\n[^\S\n]*$/u.test(source.slice(last.end, range.pos))
    if (!isNext || !source.startsWith('//', last.pos) || !source.startsWith('//', range.pos)) return [...ranges, range]
    return [...ranges.slice(0, -1), { pos: last.pos, end: range.end }]
  }
}

/** A comment without its slashes and stars, and without the code of its examples. */
function withoutMarks(comment: string): string {
  return comment
    .replace(/^\/\*\*?|\*\/$/gu, '')
    .replace(/^[^\S\n]*(?:\/\/|\*)[^\S\n]?/gmu, '')
    .replace(/@example[\s\S]*?(?=\n@|$)/gu, keepLineBreaks)
}

function literalsOf(node: ts.Node): readonly (ts.StringLiteral | ts.TemplateLiteral)[] {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return []
  const inner: (ts.StringLiteral | ts.TemplateLiteral)[] = []
  node.forEachChild((child) => {
    inner.push(...literalsOf(child))
  })
  return ts.isStringLiteral(node) || ts.isTemplateLiteral(node) ? [node, ...inner] : inner
}

/** A literal as its reader sees it, with "…" for each expression in it. */
function literalText(node: ts.StringLiteral | ts.TemplateLiteral, file: ts.SourceFile): string {
  const text = ts.isTemplateExpression(node) ? withoutExpressions(node, file) : node.getText(file)
  return withoutCode(
    text
      .slice(1, -1)
      .replace(/\\[nt]/gu, ' ')
      .replace(/\\(?=['"`])/gu, ''),
  )
}

function withoutExpressions(node: ts.TemplateExpression, file: ts.SourceFile): string {
  const spans = node.templateSpans.map(
    ({ expression, literal }) => `…${keepLineBreaks(expression.getFullText(file))}${literal.getText(file).slice(1)}`,
  )
  return node.head.getText(file).slice(0, -2) + spans.join('')
}

import { type FileReport, MAX_WORDS, USUAL_WORDS } from './check-file.ts'
import type { Room } from './rooms.ts'

/** One line for each place of a file: `docs/page.md:12: "anew": write "again" or "new"`. */
export function placesOf({ path, clauses, sentences, longLines }: FileReport): readonly string[] {
  const places = [
    ...clauses.map(({ line, found, advice }) => ({ line, text: `"${found}": ${advice}` })),
    ...sentences.filter(({ words }) => words > USUAL_WORDS).map(({ line, words }) => ({ line, text: tooLong(words) })),
    ...longLines.map((line) => ({ line, text: 'the line has more than 120 characters: wrap it' })),
  ]
  return places.sort((one, other) => one.line - other.line).map(({ line, text }) => `${path}:${line}: ${text}`)
}

function tooLong(words: number): string {
  const limit = words > MAX_WORDS ? `${MAX_WORDS} at most` : `${USUAL_WORDS} at most nine times of ten`
  return `a sentence of ${words} words: split it (${limit})`
}

const HEAD = ['room', 'lines', 'clauses', 'per 1,000', `over ${MAX_WORDS} words`, `over ${USUAL_WORDS}`, 'long lines']

/** A table with one row per room and one for all of them. */
export function toTable(rooms: readonly Room[]): string {
  const rows = [HEAD, ...rooms.map(toRow), toRow(total(rooms))]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ')).join('\n')
}

function toRow({ name, lines, counts }: Room): readonly string[] {
  const share = lines === 0 ? 0 : (1000 * counts.clauses) / lines
  const { clauses, longSentences, overUsual, longLines } = counts
  return [name, `${lines}`, `${clauses}`, share.toFixed(1), `${longSentences}`, `${overUsual}`, `${longLines}`]
}

function total(rooms: readonly Room[]): Room {
  const add = (one: Room, other: Room): Room => ({
    name: 'all',
    lines: one.lines + other.lines,
    counts: {
      clauses: one.counts.clauses + other.counts.clauses,
      longSentences: one.counts.longSentences + other.counts.longSentences,
      overUsual: one.counts.overUsual + other.counts.overUsual,
      longLines: one.counts.longLines + other.counts.longLines,
    },
  })
  const none = { clauses: 0, longSentences: 0, overUsual: 0, longLines: 0 }
  return rooms.reduce(add, { name: 'all', lines: 0, counts: none })
}

import { type FileReport, MAX_WORDS, USUAL_WORDS } from './check-file.ts'

/** The faults of a room by kind, in the order in which the table shows them. */
export const KINDS = ['clauses', 'longSentences', 'overUsual', 'longLines'] as const
type Kind = (typeof KINDS)[number]
export type Counts = Readonly<Record<Kind, number>>

/** A folder of the repository, its size and its faults. */
export interface Room {
  readonly name: string
  readonly lines: number
  readonly counts: Counts
}

/** The room of a file: `packages/core`, `infra/aws`, `docs`; `.` for files at the top. */
export function roomOf(path: string): string {
  const folders = path.split('/').slice(0, -1)
  return folders.slice(0, folders[0] === 'packages' || folders[0] === 'infra' ? 2 : 1).join('/') || '.'
}

/** The rooms of all files by name. */
export function toRooms(reports: readonly FileReport[]): readonly Room[] {
  const byName = Map.groupBy(reports, ({ path }) => roomOf(path))
  return [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, files]) => toRoom(name, files))
}

function toRoom(name: string, files: readonly FileReport[]): Room {
  const sentences = files.flatMap((file) => file.sentences)
  const long = sentences.filter(({ words }) => words > USUAL_WORDS).length
  const counts = {
    clauses: sum(files.map((file) => file.clauses.length)),
    longSentences: sentences.filter(({ words }) => words > MAX_WORDS).length,
    overUsual: Math.max(0, long - Math.ceil(sentences.length / 10)),
    longLines: sum(files.map((file) => file.longLines.length)),
  }
  return { name, lines: sum(files.map((file) => file.lines)), counts }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

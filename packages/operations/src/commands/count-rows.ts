import type { Printer } from '@ckan-uplink/cli'

/** How many rows have this word in the first column. */
export type Counts = Map<string, number>

export function count(counts: Counts, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1)
}

/** The last line of a command: one JSON object, or words about these things and a hint. */
export function totalOf(counts: Counts, { json }: Pick<Printer, 'json'>, things: string, hint = ''): string {
  if (json) return JSON.stringify({ kind: 'total', ...Object.fromEntries(counts) })
  const words = [...counts].map(([word, number]) => `${number} ${word}`).join(', ')
  return `${words || `no ${things}`}.${hint}`
}

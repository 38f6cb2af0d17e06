import { parseLine } from './open-logs.ts'

/** A text and how often the log has it. */
export interface Counted {
  readonly text: string
  readonly times: number
}

/** The figures of a period. */
export interface Figures {
  /** Upload URLs that the gateway gave. */
  readonly requested: number
  /** How often the linker and the reconciliation came to each outcome. An upload that waits is a `retry` each time. */
  readonly outcomes: Readonly<Record<string, number>>
  /** From the upload to its link. Absent if nothing was linked. */
  readonly seconds?: { readonly median: number; readonly p95: number }
  /** Why uploads wait, the most frequent first, such as an answer of CKAN. */
  readonly waiting: readonly Counted[]
  readonly parked: readonly Counted[]
  readonly failures: readonly Counted[]
}

export interface Tally {
  add(text: string): void
  figures(): Figures
}

type Fields = Readonly<Record<string, unknown>>

/** Different texts that are counted by themselves. */
const MOST_TEXTS = 1_000
const OTHERS = 'others'
const SHOWN = 10

/** Counts lines of ckan-uplink. Its memory does not grow with the log. */
export function createTally(): Tally {
  let requested = 0
  const outcomes = new Map<string, number>()
  const seconds = new Map<number, number>()
  const [waiting, parked, failures] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]

  function addOutcome({ outcome, cause, reason, seconds: taken }: Fields): void {
    count(outcomes, String(outcome))
    if (outcome === 'retry') count(waiting, String(cause))
    if (outcome === 'parked') count(parked, String(reason))
    if (outcome === 'linked' && typeof taken === 'number') increase(seconds, Number(taken.toPrecision(2)))
  }

  return {
    add(text) {
      const line = parseLine(text)
      if (typeof line !== 'object' || line === null) return
      const fields: Fields = { ...line }
      const { event, level, action, check = action, message, reason = message } = fields
      if (event === 'upload_issued') requested += 1
      else if (event === 'outcome') addOutcome(fields)
      else if (level === 'error')
        count(failures, [event, check, reason].filter((part) => part !== undefined).join(': '))
    },
    figures: () => ({
      requested,
      outcomes: Object.fromEntries(outcomes),
      ...(seconds.size > 0 && { seconds: { median: quantile(seconds, 0.5), p95: quantile(seconds, 0.95) } }),
      waiting: mostFrequent(waiting),
      parked: mostFrequent(parked),
      failures: mostFrequent(failures),
    }),
  }
}

function count(counts: Map<string, number>, text: string): void {
  increase(counts, counts.has(text) || counts.size < MOST_TEXTS ? text : OTHERS)
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** The smallest value that is not less than this part of all values. */
function quantile(counts: ReadonlyMap<number, number>, part: number): number {
  const sorted = [...counts].toSorted(([a], [b]) => a - b)
  const wanted = part * sorted.reduce((sum, [, times]) => sum + times, 0)
  let seen = 0
  for (const [value, times] of sorted) {
    seen += times
    if (seen >= wanted) return value
  }
  return 0
}

function mostFrequent(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts]
    .map(([text, times]) => ({ text, times }))
    .toSorted((a, b) => b.times - a.times)
    .slice(0, SHOWN)
}

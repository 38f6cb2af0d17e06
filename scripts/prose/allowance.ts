import { type Counts, KINDS, type Room } from './rooms.ts'

/** How many faults each room may have until somebody rewrites it. A room or a kind that is not listed may have none. */
export type Allowance = Readonly<Record<string, Partial<Counts>>>

/** One line for each kind of which a room has more faults than its allowance. */
export function excesses(rooms: readonly Room[], allowance: Allowance): readonly string[] {
  return rooms.flatMap(({ name, counts }) =>
    KINDS.flatMap((kind) => {
      const allowed = allowance[name]?.[kind] ?? 0
      return counts[kind] > allowed ? [`${name}: ${counts[kind]} ${kind}, ${allowed} allowed`] : []
    }),
  )
}

/** The allowance that fits today's faults: never more than before, and nothing for a room without faults. */
export function lowered(rooms: readonly Room[], allowance: Allowance): Allowance {
  const entries = rooms.map(({ name, counts }): [string, Partial<Counts>] => {
    const kept = KINDS.map((kind) => [kind, Math.min(counts[kind], allowance[name]?.[kind] ?? 0)] as const)
    return [name, Object.fromEntries(kept.filter(([, count]) => count > 0))]
  })
  return Object.fromEntries(entries.filter(([, counts]) => Object.keys(counts).length > 0))
}

import { resolveKey } from './flattened-keys.ts'
import { type Fields, isFields, type Json } from './json.ts'

interface Glob {
  readonly keep: boolean
  readonly parts: readonly string[]
}

/**
 * Removes from `data`, in place, what patterns like `-resources__0` or `-*` name; of two patterns for one thing the
 * first wins.
 */
export function filterGlobs(data: Fields, patterns: readonly string[]): void {
  filterIn(
    data,
    patterns.map((pattern) => ({ keep: pattern.startsWith('+'), parts: pattern.replace(/^[-+]+/u, '').split('__') })),
  )
}

function filterIn(data: Json | undefined, globs: readonly Glob[]): void {
  if (Array.isArray(data)) {
    const { removed, below } = sort(globs, (head) => indexes(data, head))
    for (const [index, deeper] of below) filterIn(data[Number(index)], deeper)
    data.splice(0, data.length, ...data.filter((_, index) => !removed.has(String(index))))
  } else if (isFields(data)) {
    const { removed, below } = sort(globs, (head) =>
      head === '*' ? Object.keys(data) : [head].filter((name) => name in data),
    )
    for (const name of removed) delete data[name]
    for (const [name, deeper] of below) filterIn(data[name], deeper)
  }
}

/** The names to remove, and for each other name the patterns for the levels below it. */
function sort(
  globs: readonly Glob[],
  namesOf: (head: string) => readonly string[],
): { removed: Set<string>; below: Map<string, Glob[]> } {
  const verdicts = new Map<string, boolean>()
  const below = new Map<string, Glob[]>()
  for (const { keep, parts } of globs) {
    const [head = '', ...rest] = parts
    const isDeeper = head !== '*' && rest.length > 0
    for (const name of namesOf(head)) {
      if (isDeeper) below.set(name, [...(below.get(name) ?? []), { keep, parts: rest }])
      else if (!verdicts.has(name)) verdicts.set(name, keep)
    }
  }
  return { removed: new Set([...verdicts].flatMap(([name, keep]) => (keep ? [] : [name]))), below }
}

function indexes(data: Json[], head: string): string[] {
  if (head === '*') return Object.keys(data)
  try {
    const index = Number(resolveKey(data, head).path[0])
    return [String(index < 0 ? data.length + index : index)]
  } catch {
    return []
  }
}

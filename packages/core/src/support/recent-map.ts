/** A map that keeps only the entries that were set last. */
export interface RecentMap<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
  /** Whether there was such an entry. */
  delete(key: string): boolean
  removeWhere(isUnwanted: (key: string, value: T) => boolean): void
}

export function createRecentMap<T>(maxEntries: number): RecentMap<T> {
  const entries = new Map<string, T>()
  return {
    get: (key) => entries.get(key),
    delete: (key) => entries.delete(key),
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      dropOldest(entries, maxEntries)
    },
    removeWhere(isUnwanted) {
      for (const [key, value] of entries) if (isUnwanted(key, value)) entries.delete(key)
    },
  }
}

/** Call this after each new entry: it removes the oldest entry of a map with more than `maxEntries`. */
export function dropOldest(entries: Map<string, unknown>, maxEntries: number): void {
  const [oldest] = entries.keys()
  if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
}

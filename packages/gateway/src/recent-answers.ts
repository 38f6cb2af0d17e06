import type { Clock } from '@ckan-uplink/core'
import { createRecentMap } from '@ckan-uplink/core/support'

const MAX_ENTRIES = 1000

/** Remembers the latest answers by id for a limited time, in the memory of this process. Their number is bounded. */
export interface RecentAnswers<T> {
  get(id: string): T | undefined
  set(id: string, answer: T): void
}

export function createRecentAnswers<T>(clock: Clock, lifetimeMs: number): RecentAnswers<T> {
  const entries = createRecentMap<{ readonly answer: T; readonly until: number }>(MAX_ENTRIES)
  return {
    get(id) {
      const entry = entries.get(id)
      return entry !== undefined && clock.now().getTime() < entry.until ? entry.answer : undefined
    },
    set(id, answer) {
      entries.set(id, { answer, until: clock.now().getTime() + lifetimeMs })
    },
  }
}

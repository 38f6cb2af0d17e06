/** One sentence when the days are none that a store can keep. */
export function* checkRetention(keepRemovedDays: number | undefined): Iterable<string> {
  if (keepRemovedDays === undefined) return
  if (!Number.isInteger(keepRemovedDays) || keepRemovedDays < 1 || keepRemovedDays > 365)
    yield `keepRemovedDays is ${JSON.stringify(keepRemovedDays)}: give a whole number from 1 to 365, or leave it out.`
}

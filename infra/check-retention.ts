/** One sentence if no store can keep objects for so many days. */
export function* checkRetention(keepRemovedDays: number | undefined): Iterable<string> {
  if (keepRemovedDays === undefined) return
  if (!Number.isInteger(keepRemovedDays) || keepRemovedDays < 1 || keepRemovedDays > 365)
    yield `keepRemovedDays is ${JSON.stringify(keepRemovedDays)}: give a whole number from 1 to 365, or leave it out.`
}

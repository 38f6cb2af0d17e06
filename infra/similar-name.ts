/** The known name that the text most likely means: at most two letters are wrong, missing, added or swapped. */
export function similarName(text: string, known: readonly string[]): string | undefined {
  const distances = known.map((name) => ({ name, distance: distanceOf(text.toLowerCase(), name.toLowerCase()) }))
  const nearest = distances.toSorted((a, b) => a.distance - b.distance)[0]
  return nearest !== undefined && nearest.distance <= 2 ? nearest.name : undefined
}

/** The number of letters to insert, remove or replace (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** Runs all tasks, `atOnce` at a time, and returns the results in order. */
export async function inTurns<T>(atOnce: number, tasks: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = []
  const waiting = tasks.entries()
  const lane = async (): Promise<void> => {
    for (const [index, task] of waiting) results[index] = await task()
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return results
}

/** Runs a limited number of tasks at once. The others wait, first come first served. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>

/** All tasks of one limiter share its `places`. Any number of tasks may wait. */
export function createLimiter(places: number): Limiter {
  const waiting: (() => void)[] = []
  let free = places
  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

/** Runs a task as soon as it is its turn. */
type Limiter = <T>(task: () => Promise<T>) => Promise<T>

/** Lets at most `limit` tasks run at once; the others wait in the order they came, however many they are. */
export function createLimiter(limit: number): Limiter {
  const waiting: (() => void)[] = []
  let free = limit
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

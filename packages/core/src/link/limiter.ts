/** Runs what it is given, at most so much of it at once, first come first served. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>

/** A limiter of its own count: everything that passes through one limiter shares its places. */
export function createLimiter(places: number): Limiter {
  let free = places
  const waiting: (() => void)[] = []
  const enter = (): Promise<void> | undefined => {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve))
    free -= 1
    return undefined
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return async (task) => {
    await enter()
    try {
      return await task()
    } finally {
      leave()
    }
  }
}

/** Runs what it is given, at most so much of it at once, first come first served. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>

/** A limiter of its own count: everything that passes through one limiter shares its places, and as much as there is may wait. */
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

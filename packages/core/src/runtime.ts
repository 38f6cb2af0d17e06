import type { Clock, Logger } from './ports.ts'

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/** One JSON object a line on the console, where every cloud's log reads it. */
export const consoleLogger: Logger = {
  log: (level, event, fields) => console[level](JSON.stringify({ level, event, ...fields })),
}

/** Makes a value at the first call and gives it back from then on; what throws is tried again at the next call. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

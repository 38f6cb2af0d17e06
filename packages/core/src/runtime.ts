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

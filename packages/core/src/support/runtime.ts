import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/** Writes one JSON object per line to the console, which the logs of all clouds collect. */
export const consoleLogger: Logger = {
  log: (level, event, fields) => console[level](JSON.stringify({ level, event, ...fields })),
}

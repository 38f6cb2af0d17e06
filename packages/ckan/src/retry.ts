import { UnavailableError } from '@ckan-uplink/core'
import { backOff } from '@ckan-uplink/core/support'

const MAX_ATTEMPTS = 3
const FIRST_DELAY_MS = 200
const LONGEST_WAIT_SECONDS = 5
/** Statuses of problems that may pass in a moment. Other answers of a proxy remain, and a time-out has cost enough. */
const PASSING_STATUSES: readonly unknown[] = [429, 500, 502, 503, 504]

/**
 * How long to wait after failure number `attempts` before the client sends a call again, at least CKAN's `Retry-After`.
 * `undefined` when another attempt would not help, or would have to wait too long for the caller.
 */
export function retryDelayMs(thrown: unknown, attempts: number): number | undefined {
  if (!(thrown instanceof UnavailableError) || attempts >= MAX_ATTEMPTS) return undefined
  const { fault, status } = thrown.details
  const askedSeconds = thrown.retryAfterSeconds ?? 0
  if (askedSeconds > LONGEST_WAIT_SECONDS || (fault !== 'network' && !PASSING_STATUSES.includes(status)))
    return undefined
  return Math.max(askedSeconds * 1000, backOff(FIRST_DELAY_MS, attempts, { jitter: 0.5 }))
}

/** `Retry-After` in seconds. HTTP allows a number of seconds or a date. */
export function parseRetryAfter(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/u.test(header)) return Number(header)
  const seconds = Math.ceil((Date.parse(header) - now.getTime()) / 1000)
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

import { UnavailableError } from '@ckan-uplink/core'
import { backOff } from '@ckan-uplink/core/support'

const MAX_ATTEMPTS = 3
const FIRST_DELAY_MS = 200
const LONGEST_WAIT_SECONDS = 5
/** What may be over in a moment. A proxy's other pages stay, and a time-out has cost enough. */
const PASSING_STATUSES: readonly unknown[] = [429, 500, 502, 503, 504]

/**
 * How long to wait before a call is sent again after its `attempts`-th failure, at least what CKAN asked for;
 * `undefined` when another attempt won't help, or would have to wait so long that the caller has to know.
 */
export function retryDelayMs(thrown: unknown, attempts: number): number | undefined {
  if (!(thrown instanceof UnavailableError) || attempts >= MAX_ATTEMPTS) return undefined
  const { fault, status } = thrown.details
  const askedSeconds = thrown.retryAfterSeconds ?? 0
  if (askedSeconds > LONGEST_WAIT_SECONDS || (fault !== 'network' && !PASSING_STATUSES.includes(status)))
    return undefined
  return Math.max(askedSeconds * 1000, backOff(FIRST_DELAY_MS, attempts, { jitter: 0.5 }))
}

/** `Retry-After` in seconds, which HTTP gives as a number of seconds or as a date. */
export function parseRetryAfter(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/u.test(header)) return Number(header)
  const seconds = Math.ceil((Date.parse(header) - now.getTime()) / 1000)
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

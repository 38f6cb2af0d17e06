import { type Authorizer, type Clock, REQUESTS_OF_ADDRESS } from '@ckan-uplink/core'
import { dropOldest, MINUTE_MS } from '@ckan-uplink/core/support'
import { HTTPException } from 'hono/http-exception'

/** Counts requests by key. */
export interface RateLimit {
  /** Counts one request; `false` when the key has used up its requests of this minute. */
  admits(key: string): Promise<boolean>
}

/**
 * Every request passes the first limit. The second counts only requests for which the gateway asks CKAN who the caller is:
 * those for its own actions and for records. Downloads and actions that pass through pass the first alone.
 */
export interface RateLimits {
  readonly perAddress: RateLimit
  readonly perUser: RateLimit
}

/** About 2 MB; with more keys in one minute, the counts of the oldest ones start again. */
const MAX_KEYS = 20_000

/** Limits of this process alone: they count anew in each instance of the gateway. */
export function createRateLimits(clock: Pick<Clock, 'now'>, requestsPerMinute: number): RateLimits {
  return {
    perAddress: createRateLimit(clock, requestsPerMinute * REQUESTS_OF_ADDRESS),
    perUser: createRateLimit(clock, requestsPerMinute),
  }
}

/** Counts in memory, minute by minute. */
export function createRateLimit(clock: Pick<Clock, 'now'>, requestsPerMinute: number): RateLimit {
  const counts = new Map<string, number>()
  let minute = 0
  return {
    async admits(key) {
      const now = Math.floor(clock.now().getTime() / MINUTE_MS)
      if (now !== minute) counts.clear()
      minute = now
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      dropOldest(counts, MAX_KEYS)
      return count <= requestsPerMinute
    },
  }
}

/**
 * An authorizer that refuses users who ask too often. It counts after CKAN has confirmed the token, and by user: made-up
 * tokens get no count of their own, and neither does each further token of a user.
 */
export function limitUsers(authorizer: Authorizer, perUser: RateLimit): Authorizer {
  return {
    ...authorizer,
    async whoami(token) {
      const caller = await authorizer.whoami(token)
      if (caller !== undefined && !(await perUser.admits(caller.id)))
        throw tooManyRequests(`User ${caller.name} has sent`)
      return caller
    },
  }
}

/** The user is named here, since this is thrown before the log learns of the user from the caller. */
export function tooManyRequests(who: string): HTTPException {
  return new HTTPException(429, { message: `${who} too many requests at once. Try again in a minute.` })
}

/** What an address is counted by: of IPv6 the network, since a single computer has all addresses of a /64. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.replace(/^::/u, '0::').split('::')
  const left = head.split(':')
  if (tail === undefined) return left.slice(0, 4).join(':')
  const right = tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

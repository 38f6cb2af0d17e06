import type { Authorizer, Clock } from '@ckan-uplink/core'
import { REQUESTS_OF_ADDRESS } from '@ckan-uplink/core/settings'
import { dropOldest, MINUTE_MS } from '@ckan-uplink/core/support'
import { HTTPException } from 'hono/http-exception'

/** Counts requests by key. */
export interface RateLimit {
  /** Counts one request. `false`: the key has used up its requests for this minute. */
  admits(key: string): Promise<boolean>
}

/**
 * The first limit counts every request. The second counts only requests for own actions and records, for which the
 * gateway asks CKAN who the caller is. It does not count downloads and actions that pass through.
 */
export interface RateLimits {
  readonly perAddress: RateLimit
  readonly perUser: RateLimit
}

/** About 2 MB. With more keys in one minute, the oldest counts start again. */
const MAX_KEYS = 20_000

/** Limits in memory: each instance of the gateway counts for itself. */
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
 * Refuses users who send too many requests. It counts by user, after CKAN has confirmed the token.
 * So invalid tokens use no memory, and several tokens of a user share one count.
 */
export function limitUsers<Asked extends Pick<Authorizer, 'whoami'>>(authorizer: Asked, perUser: RateLimit): Asked {
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

/** The message names the user, since the log does not know the caller yet. */
export function tooManyRequests(who: string): HTTPException {
  return new HTTPException(429, { message: `${who} too many requests at once. Try again in a minute.` })
}

/** The key for an address. For IPv6 it is the network, since a single computer has all addresses of a /64. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.replace(/^::/u, '0::').split('::')
  const left = head.split(':')
  if (tail === undefined) return left.slice(0, 4).join(':')
  const right = tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

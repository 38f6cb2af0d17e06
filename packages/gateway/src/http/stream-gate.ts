import type { Clock } from '@ckan-uplink/core'
import { HTTPException } from 'hono/http-exception'

const PLACES = 50
/** The other places are for users of CKAN, so that strangers with slow bodies cannot take all places. */
const PLACES_OF_STRANGERS = 25
const PLACES_PER_ADDRESS = 25

/** Limits the bodies that are on their way to CKAN at once, in total and per address. */
export interface StreamGate {
  /** Takes a place, and returns a function that frees it. Throws 429 or 503 if no place is free. */
  enter(address: string | undefined, isKnown: () => Promise<boolean>): Promise<() => void>
}

/** A place is freed after `lifetimeMs` in any case: on Workers, an aborted request never frees its place. */
export function createStreamGate({ now }: Clock, lifetimeMs: number): StreamGate {
  const places = new Set<{ readonly address: string | undefined; readonly until: number }>()
  return {
    async enter(address, isKnown) {
      dropExpired()
      const isFull = places.size >= PLACES_OF_STRANGERS && !(await isKnown())
      if (address !== undefined && countOf(address) >= PLACES_PER_ADDRESS)
        throw new HTTPException(429, {
          message: 'This address sends too many request bodies at once. Try again later.',
        })
      if (isFull || places.size >= PLACES)
        throw new HTTPException(503, {
          message: 'The gateway is sending too many request bodies to CKAN. Try again later.',
        })
      const place = { address, until: now().getTime() + lifetimeMs }
      places.add(place)
      return () => {
        places.delete(place)
      }
    },
  }

  function dropExpired(): void {
    const time = now().getTime()
    for (const place of places) if (place.until <= time) places.delete(place)
  }

  function countOf(address: string): number {
    let count = 0
    for (const place of places) if (place.address === address) count += 1
    return count
  }
}

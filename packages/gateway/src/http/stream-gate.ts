import type { Clock } from '@ckan-uplink/core'
import { HTTPException } from 'hono/http-exception'

const PLACES = 50
/** Once so many are taken, the others are for users whom CKAN knows: strangers with slow bodies can't take them all. */
const PLACES_OF_STRANGERS = 25
const PLACES_PER_ADDRESS = 25

/** Bounds how many bodies are on their way to CKAN at once, in all and from one address. */
export interface StreamGate {
  /** Takes a place until the function that it gives is called. Throws 429 or 503 when there is none. */
  enter(address: string | undefined, isKnown: () => Promise<boolean>): Promise<() => void>
}

/** A place is free again after `lifetimeMs` in any case: on Workers, a request that is cut short never gives its place back. */
export function createStreamGate({ now }: Clock, lifetimeMs: number): StreamGate {
  const places = new Set<{ readonly address: string | undefined; readonly until: number }>()
  return {
    async enter(address, isKnown) {
      dropExpired()
      const isFull = places.size >= PLACES_OF_STRANGERS && !(await isKnown())
      if (address !== undefined && countOf(address) >= PLACES_PER_ADDRESS)
        throw new HTTPException(429, { message: 'Too many bodies come from this address at once. Try again later.' })
      if (isFull || places.size >= PLACES)
        throw new HTTPException(503, { message: 'Too many bodies are on their way to CKAN. Try again later.' })
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

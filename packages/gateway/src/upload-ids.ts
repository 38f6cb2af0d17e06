import type { Clock } from '@ckan-uplink/core'
import { v7 } from 'uuid'
import { refusal } from './validate.ts'

const LAST_TIME = 2 ** 48 - 1

/**
 * Mints upload ids: each greater than the one before it, and than the id given as `after`, even where this machine's clock is behind.
 * Throws `RefusedError` where there is none. Ids that lie ahead of the clock on account of `after` do not pull later ones along.
 */
export function createUploadIds(clock: Clock): (after?: string) => string {
  let msecs = 0
  let seq = 0
  return (after = '') => {
    const now = Math.max(clock.now().getTime(), msecs)
    seq = now === msecs ? seq + 1 : 0
    msecs = now
    const id = v7({ msecs, seq })
    if (id > after) return id
    if (timeOf(after) >= LAST_TIME) throw refusal({ id: ["The resource's URL in CKAN names an upload from the end of time: give it another URL first"] })
    return v7({ msecs: timeOf(after) + 1, seq })
  }
}

/** The first 48 bits of a UUIDv7 are milliseconds. */
function timeOf(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16)
}

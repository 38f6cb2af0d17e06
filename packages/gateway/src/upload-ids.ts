import { type Clock, timeOfUploadId } from '@ckan-uplink/core'
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
    if (timeOfUploadId(after) >= LAST_TIME)
      throw refusal({
        id: ["The resource's URL in CKAN names an upload from the end of time: give it another URL first"],
      })
    return v7({ msecs: timeOfUploadId(after) + 1, seq })
  }
}

import type { Clock } from '@ckan-uplink/core'
import { timeOfUploadId } from '@ckan-uplink/core/uploads'
import { v7 } from 'uuid'
import { refusal } from '../http/validate.ts'
import { createRecentAnswers } from '../recent-answers.ts'

const LAST_TIME = 2 ** 48 - 1
/** Longer than any request for the same resource lasts. */
const REMEMBERED_MS = 3_600_000

/**
 * Makes upload ids. Each id is greater than the previous id and than `after`, even when this machine's clock is behind.
 * Throws `RefusedError` when no greater id exists. An id that is ahead of the clock because of `after` does not move
 * later ids ahead.
 *
 * Each id has its own millisecond, so all 74 bits after the time are random. No id can be guessed from another, and two
 * gateways do not make the same id. A burst of ids runs ahead of the clock by as many milliseconds.
 */
export function createUploadIds(clock: Clock): (after?: string) => string {
  /** The time of the last id for the same `after`, if it is ahead of the clock. */
  const ahead = createRecentAnswers<number>(clock, REMEMBERED_MS)
  let last = 0
  return (after = '') => {
    last = Math.max(clock.now().getTime(), last + 1)
    const passed = after === '' ? 0 : Math.max(timeOfUploadId(after), ahead.get(after) ?? 0)
    if (last > passed) return idAt(last)
    const next = timeAfter(passed)
    ahead.set(after, next)
    return idAt(next)
  }
}

/** The next millisecond. Throws `RefusedError` after the last possible time. */
export function timeAfter(time: number): number {
  if (time < LAST_TIME) return time + 1
  throw refusal({
    id: ["The resource's URL in CKAN contains the id of an upload in the far future: change that URL first"],
  })
}

/** `v7` draws 42 bits by itself; for the other 32 it would draw 31. */
function idAt(msecs: number): string {
  const [seq = 0] = crypto.getRandomValues(new Uint32Array(1))
  return v7({ msecs, seq })
}

import type { Clock } from '@ckan-uplink/core'
import { timeOfUploadId } from '@ckan-uplink/core/uploads'
import { v7 } from 'uuid'
import { refusal } from '../http/validate.ts'
import { createRecentAnswers } from '../recent-answers.ts'

const LAST_TIME = 2 ** 48 - 1
/** Longer than any request for the same resource lasts. */
const REMEMBERED_MS = 3_600_000

/**
 * Mints upload ids: each greater than the one before it, and than the id given as `after`, even where this machine's clock is behind.
 * Throws `RefusedError` where there is none. Ids that lie ahead of the clock on account of `after` do not pull later ones along.
 *
 * Each id has a millisecond of its own, so that all 74 bits behind the time are random: no id can be guessed from its neighbour, and
 * two gateways do not make the same one. A burst of ids runs ahead of the clock by as many milliseconds.
 */
export function createUploadIds(clock: Clock): (after?: string) => string {
  /** The time of the last id for the same `after`, where that lies ahead of the clock. */
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

/** The next millisecond. Throws `RefusedError` where there is none. */
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

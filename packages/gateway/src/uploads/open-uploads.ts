import { countOpen, type OpenKind } from '@ckan-uplink/core/uploads'
import { HTTPException } from 'hono/http-exception'
import type { GatewayDeps } from '../deps.ts'
import type { KnownCaller } from '../http/caller.ts'
import { createRecentAnswers } from '../recent-answers.ts'

/** A user changes few images: their own, and the images of some organizations and groups. */
const MAX_OPEN_IMAGES = 20
/** The share of the remaining uploads that passes without a new count. */
const UNCOUNTED = 1 / 20
const REMEMBERED_MS = 10_000

export interface Room {
  /** Throws unless the caller may have one more open upload of this kind. */
  require(caller: Pick<KnownCaller, 'id' | 'name'>, kind: OpenKind): Promise<void>
  /** Throws when the caller has too many open images, the announced ones included. */
  requireAnnounced(caller: Pick<KnownCaller, 'id' | 'name'>): Promise<void>
}

/**
 * Limits the open uploads of a user. An upload is open while it waits for its file and its URL is valid. A listing counts them, up
 * to the limit. Far below the limit, a process counts only every ten seconds, so several processes together may exceed the limit
 * a little. The limit for images is exact: they are counted again when the store lists the new upload.
 */
export function createRoom({ settings, store, clock }: GatewayDeps): Room {
  const uncounted = createRecentAnswers<{ left: number }>(clock, REMEMBERED_MS)
  const count = (userId: string, kind: OpenKind, most: number) =>
    countOpen(store, { userId, kind, now: clock.now(), most })
  return {
    async require({ id, name }, kind) {
      const most = kind === 'images' ? MAX_OPEN_IMAGES : settings.maxOpenUploads
      const place = `${kind} ${id}`
      const remembered = uncounted.get(place)
      if (remembered !== undefined && remembered.left > 0) {
        remembered.left -= 1
        return
      }
      const counted = await count(id, kind, most)
      if (counted >= most) throw tooMany(name, kind, most)
      uncounted.set(place, { left: Math.floor((most - counted) * UNCOUNTED) })
    },
    async requireAnnounced({ id, name }) {
      if ((await count(id, 'images', MAX_OPEN_IMAGES + 1)) > MAX_OPEN_IMAGES)
        throw tooMany(name, 'images', MAX_OPEN_IMAGES)
    },
  }
}

function tooMany(name: string, kind: OpenKind, most: number): HTTPException {
  const what = kind === 'images' ? 'uploads of images' : 'uploads'
  return new HTTPException(429, {
    message: `User ${name} has ${most} open ${what}, the most at once. Put their files, abort those in parts, or wait until their URLs expire, then ask again.`,
  })
}

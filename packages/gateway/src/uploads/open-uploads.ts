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
  /** Throws unless the caller may have so many more open uploads of this kind. */
  require(caller: Pick<KnownCaller, 'id' | 'name'>, kind: OpenKind, wanted?: number): Promise<void>
  /** Throws when the caller has too many open images, the announced ones included. */
  requireAnnounced(caller: Pick<KnownCaller, 'id' | 'name'>): Promise<void>
}

/**
 * Limits the open uploads of a user. An upload is open while it waits for its file and its URL is valid. A listing
 * counts them, up to the limit. Far below the limit, a process counts only every ten seconds, so several processes
 * together may exceed the limit a little. The limit for images is exact: they are counted again when the store lists
 * the new upload.
 */
export function createRoom({ settings, store, clock }: GatewayDeps): Room {
  const uncounted = createRecentAnswers<{ left: number }>(clock, REMEMBERED_MS)
  const count = (userId: string, kind: OpenKind, most: number) =>
    countOpen(store, { userId, kind, now: clock.now(), most })
  return {
    async require({ id, name }, kind, wanted = 1) {
      const most = kind === 'images' ? MAX_OPEN_IMAGES : settings.maxOpenUploads
      const place = `${kind} ${id}`
      const remembered = uncounted.get(place)
      if (remembered !== undefined && remembered.left >= wanted) {
        remembered.left -= wanted
        return
      }
      const counted = await count(id, kind, most)
      if (counted + wanted > most) throw tooMany(name, kind, most, counted)
      uncounted.set(place, { left: Math.floor((most - counted - wanted) * UNCOUNTED) })
    },
    async requireAnnounced({ id, name }) {
      if ((await count(id, 'images', MAX_OPEN_IMAGES + 1)) > MAX_OPEN_IMAGES)
        throw tooMany(name, 'images', MAX_OPEN_IMAGES, MAX_OPEN_IMAGES)
    },
  }
}

function tooMany(name: string, kind: OpenKind, most: number, counted: number): HTTPException {
  const what = kind === 'images' ? 'uploads of images' : 'uploads'
  const limit = counted === most ? 'which is the limit' : `and the limit is ${most}`
  return new HTTPException(429, {
    message: `User ${name} has ${counted} open ${what}, ${limit}. Upload their files, abort uploads in parts, or wait until their URLs expire. Then try again.`,
  })
}

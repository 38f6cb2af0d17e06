import type { ObjectStore } from '../ports/index.ts'
import { UPLINK_PREFIX } from './keys.ts'
import type { UploadRecord } from './upload-record.ts'

/**
 * One empty object for each open upload of a user: one that waits for its file, and whose URL has not expired. Its key holds the
 * time at which the upload expires, so that a listing counts without reading, and begins behind the expired ones.
 */
export const OPEN_PREFIX = `${UPLINK_PREFIX}open/`

export type OpenKind = 'files' | 'images'

/** Hexadecimal digits of milliseconds since 1970. */
const TIME_DIGITS = 12

function openKindOf({ entity }: Pick<UploadRecord, 'entity'>): OpenKind {
  return entity.type === 'resource' ? 'files' : 'images'
}

/** Where the mark of an upload is; `undefined` for records of older versions and of plain keys, which have none. */
export function openKey(record: UploadRecord): string | undefined {
  const { id, requested_by_id: userId, expires_at: expiresAt } = record
  if (userId === undefined || expiresAt === undefined) return undefined
  return `${prefixOf(userId, openKindOf(record))}${timeDigits(new Date(expiresAt))}-${id}`
}

/** Has the upload count as open. Throws when the store does. */
export async function markOpen(store: Pick<ObjectStore, 'put'>, record: UploadRecord): Promise<void> {
  const key = openKey(record)
  if (key !== undefined) await store.put(key, new Uint8Array())
}

/** Has the upload count no more. Throws nothing: a mark that stays counts until the upload's URL has expired. */
export async function unmarkOpen(store: Pick<ObjectStore, 'remove'>, record: UploadRecord): Promise<void> {
  const key = openKey(record)
  if (key !== undefined) await store.remove(key).catch(() => {})
}

/** How many open uploads of this kind a user has; counts no further than `most`. Throws when the store does. */
export async function countOpen(
  store: Pick<ObjectStore, 'list'>,
  {
    userId,
    kind,
    now,
    most,
  }: { readonly userId: string; readonly kind: OpenKind; readonly now: Date; readonly most: number },
): Promise<number> {
  const prefix = prefixOf(userId, kind)
  let count = 0
  for await (const _ of store.list(prefix, { after: `${prefix}${timeDigits(now)}` })) {
    count += 1
    if (count === most) break
  }
  return count
}

/** When a mark stops to count; `undefined` for the key of anything else. */
export function expiryOfMark(key: string): Date | undefined {
  const digits = /\/([0-9a-f]{12})-[^/]*$/u.exec(key)?.[1]
  return digits === undefined ? undefined : new Date(Number.parseInt(digits, 16))
}

function prefixOf(userId: string, kind: OpenKind): string {
  return `${OPEN_PREFIX}${encodeURIComponent(userId)}/${kind}/`
}

function timeDigits(time: Date): string {
  return time.getTime().toString(16).padStart(TIME_DIGITS, '0')
}

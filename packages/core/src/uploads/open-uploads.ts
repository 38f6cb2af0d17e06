import type { ObjectStore } from '../ports/index.ts'
import { UPLINK_PREFIX } from './keys.ts'
import { reservationKey } from './quotas.ts'
import { fromTimeDigits, toTimeDigits } from './time-digits.ts'
import type { UploadRecord } from './upload-record.ts'

/**
 * Below this prefix, one empty object marks each open upload of a user. An upload is open while it waits for its file
 * and its URL is valid. The key of the mark contains the time at which the upload expires. So one listing counts the
 * open uploads without reading objects, and begins after the expired marks.
 */
export const OPEN_PREFIX = `${UPLINK_PREFIX}open/`

export type OpenKind = 'files' | 'images'

function openKindOf({ entity }: Pick<UploadRecord, 'entity'>): OpenKind {
  return entity.type === 'resource' || entity.type === 'file' ? 'files' : 'images'
}

/** The key of an upload's mark. Records of older versions and of plain keys have no mark. */
export function openKey(record: UploadRecord): string | undefined {
  const { id, requested_by_id: userId, expires_at: expiresAt } = record
  if (userId === undefined || expiresAt === undefined) return undefined
  return `${prefixOf(userId, openKindOf(record))}${toTimeDigits(new Date(expiresAt))}-${id}`
}

/** Counts the upload as open from now on, and reserves its place in the quota. Throws when the store does. */
export async function markOpen(store: Pick<ObjectStore, 'put'>, record: UploadRecord): Promise<void> {
  await Promise.all(marksOf(record).map((key) => store.put(key, new Uint8Array())))
}

const PENDING: readonly UploadRecord['state'][] = ['issued', 'proposed', 'scanning']

/**
 * Stops counting an upload as open when it has ended. A linked file keeps its place in the quota with its real size,
 * until the nightly count has it. Never throws.
 */
export async function closeUpload(
  store: Pick<ObjectStore, 'put' | 'remove'>,
  before: UploadRecord,
  now: UploadRecord,
): Promise<void> {
  if (!PENDING.includes(before.state) || now.state === before.state) return
  // A file that has arrived and waits keeps its place in the quota.
  if (PENDING.includes(now.state)) return removeAll(store, [openKey(before)])
  await unmarkOpen(store, before)
  const linked = now.state === 'linked' ? reservationKey(now) : undefined
  if (linked !== undefined) await store.put(linked, new Uint8Array()).catch(() => {})
}

/** Reserves what the changed record says, in place of what the record has said so far. Throws when the store does. */
export async function moveReservation(
  store: Pick<ObjectStore, 'put' | 'remove'>,
  before: UploadRecord,
  now: UploadRecord,
): Promise<void> {
  const [former, present] = [reservationKey(before), reservationKey(now)]
  if (present !== undefined) await store.put(present, new Uint8Array())
  if (former !== present) await removeAll(store, [former])
}

/** Stops counting the upload as open and reserved. Never throws: a mark that remains counts until its time is over. */
export async function unmarkOpen(store: Pick<ObjectStore, 'remove'>, record: UploadRecord): Promise<void> {
  await removeAll(store, marksOf(record))
}

async function removeAll(store: Pick<ObjectStore, 'remove'>, keys: readonly (string | undefined)[]): Promise<void> {
  await Promise.all(keys.map((key) => key !== undefined && store.remove(key).catch(() => {})))
}

function marksOf(record: UploadRecord): readonly string[] {
  return [openKey(record), reservationKey(record)].filter((key) => key !== undefined)
}

/** How many open uploads of this kind a user has. Stops counting at `most`. Throws when the store does. */
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
  for await (const _ of store.list(prefix, { after: `${prefix}${toTimeDigits(now)}` })) {
    count += 1
    if (count === most) break
  }
  return count
}

/** When a mark stops counting; `undefined` for any other key. */
export function expiryOfMark(key: string): Date | undefined {
  const digits = /\/([0-9a-f]{12})-[^/]*$/u.exec(key)?.[1]
  return digits === undefined ? undefined : fromTimeDigits(digits)
}

function prefixOf(userId: string, kind: OpenKind): string {
  return `${OPEN_PREFIX}${encodeURIComponent(userId)}/${kind}/`
}

import type { ObjectStore, StoredObject } from '../ports/index.ts'
import { DAY_MS } from '../support/units.ts'
import { OPEN_PREFIX } from './open-uploads.ts'

/** Longer than an upload in parts stays open. */
const KEPT_DAYS = 8
const MIDDLE = '/requests/'

/** A request for many uploads, by which a repetition of it is recognized. */
export interface SentRequest {
  /** When the gateway accepted it, in milliseconds since 1970. The ids of its uploads hold this time. */
  readonly at: number
  /** A digest of its content. */
  readonly digest: string
  /** The status keys of its uploads follow from it; absent in requests of older versions. */
  readonly secret?: string
}

/** `id` is a digest, so it needs no encoding. */
export function sentRequestKey(userId: string, id: string): string {
  return `${OPEN_PREFIX}${encodeURIComponent(userId)}${MIDDLE}${id}`
}

/** `undefined` when there is no such request. */
export async function readSentRequest(store: Pick<ObjectStore, 'get'>, key: string): Promise<SentRequest | undefined> {
  const found = await store.get(key)
  return found && JSON.parse(new TextDecoder().decode(found.bytes))
}

/** Stores the request unless it is stored already, and returns the stored one. */
export async function keepSentRequest(
  store: Pick<ObjectStore, 'get' | 'put'>,
  key: string,
  request: SentRequest,
): Promise<SentRequest> {
  const bytes = new TextEncoder().encode(JSON.stringify(request))
  const etag = await store.put(key, bytes, { contentType: 'application/json', onlyIf: 'absent' })
  return etag === undefined ? ((await readSentRequest(store, key)) ?? request) : request
}

/** When a sent request is no longer needed; `undefined` for any other object. */
export function expiryOfSentRequest({ key, modifiedAt }: Pick<StoredObject, 'key' | 'modifiedAt'>): Date | undefined {
  return key.includes(MIDDLE) ? new Date(modifiedAt.getTime() + KEPT_DAYS * DAY_MS) : undefined
}

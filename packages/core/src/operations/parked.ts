import { decodeMessage } from '../notifications/decode-message.ts'
import type { Decode, ObjectEvent } from '../notifications/object-event.ts'
import { PARKED_PREFIX, type ParkedMessage, parkBody, parkEvent, parkedIdOf, parkedKey } from '../notifications/park.ts'
import type { Clock, DeadLetters, ObjectStore, StoredObject } from '../ports/index.ts'
import { inBatches } from '../support/batches.ts'
import { parseJson } from '../support/json.ts'
import { MIB } from '../support/units.ts'

const READ_AT_ONCE = 20
/** Larger than any parked message. Other objects with the same prefix may have any size. */
const MAX_BYTES = 2 * MIB
/** Enough for an operator to recognize the content. */
const GLIMPSE_CHARACTERS = 1_000

export interface CollectDeps {
  readonly store: Pick<ObjectStore, 'put'>
  readonly clock: Pick<Clock, 'now'>
  readonly decode: Decode
  readonly deadLetters: DeadLetters
}

/**
 * Moves dead letters to the parked messages: one message per event, and one for the unreadable part of a letter.
 * Removes letters that report no new object, such as test messages. Returns the number of dead letters. May be repeated
 * and interrupted. Throws when the dead-letter queue or the store does.
 */
export function collectDeadLetters({ deadLetters, decode, ...parker }: CollectDeps): Promise<number> {
  return deadLetters.drain(async ({ body, reason }) => {
    const { events, malformed } = decodeMessage(decode, body)
    if (malformed) await parkBody(parker, malformed.body, `${reason} ${malformed.reason}`)
    // A removal has nothing to link, and would overwrite the message that is parked for the same key.
    for (const event of events) if (event.kind === 'created') await parkEvent(parker, event, reason)
  })
}

/**
 * Streams every parked message, ordered by id. An unreadable message says so in its reason and can be dropped. Throws
 * when the store does.
 */
export async function* listParked(store: Pick<ObjectStore, 'get' | 'list'>): AsyncGenerator<ParkedMessage> {
  for await (const objects of inBatches(store.list(PARKED_PREFIX), READ_AT_ONCE)) {
    const messages = await Promise.all(
      objects.map(async ({ key }) => {
        const id = parkedIdOf(key)
        return id === undefined ? undefined : readParked(store, id)
      }),
    )
    for (const message of messages) if (message) yield message
  }
}

/** Counts the parked messages without reading them. Throws when the store does. */
export async function countParked(store: Pick<ObjectStore, 'list'>): Promise<number> {
  let count = 0
  for await (const { key } of store.list(PARKED_PREFIX)) if (parkedIdOf(key) !== undefined) count += 1
  return count
}

/** `undefined` when there is no such parked message. Throws when the store does. */
export async function readParked(store: Pick<ObjectStore, 'get'>, id: string): Promise<ParkedMessage | undefined> {
  const found = await store.get(parkedKey(id), { length: MAX_BYTES })
  return found && parseParked(id, found.object, new TextDecoder().decode(found.bytes))
}

/** Removes a parked message permanently; `false` when there is none. Throws when the store does. */
export async function dropParked(store: Pick<ObjectStore, 'head' | 'remove'>, id: string): Promise<boolean> {
  const isThere = (await store.head(parkedKey(id))) !== undefined
  if (isThere) await store.remove(parkedKey(id))
  return isThere
}

function parseParked(id: string, { key, modifiedAt }: StoredObject, text: string): ParkedMessage {
  const parsed = parseJson(text)
  if (isParkedMessage(parsed)) return { ...parsed, id }
  const reason = `The object ${key} is not a parked message of version 1.`
  return {
    version: 1,
    id,
    parked_at: modifiedAt.toISOString(),
    reason,
    what_to_do: 'It can only be dropped.',
    body: text.slice(0, GLIMPSE_CHARACTERS),
    is_cut: true,
  }
}

type Unread<T> = Partial<Record<keyof T, unknown>>

function isParkedMessage(value: unknown): value is ParkedMessage {
  if (typeof value !== 'object' || value === null) return false
  const { version, parked_at, reason, what_to_do, event, body, is_cut }: Unread<ParkedMessage> = value
  const isTold = [parked_at, reason, what_to_do, body ?? ''].every((text) => typeof text === 'string')
  const isMarked = is_cut === undefined || typeof is_cut === 'boolean'
  return version === 1 && isTold && isMarked && (event === undefined || isObjectEvent(event))
}

function isObjectEvent(value: unknown): value is ObjectEvent {
  if (typeof value !== 'object' || value === null) return false
  const { bucket, key, kind }: Unread<ObjectEvent> = value
  return (
    typeof bucket === 'string' &&
    typeof key === 'string' &&
    (kind === 'created' || kind === 'removed' || kind === 'listed' || kind === 'scanned')
  )
}

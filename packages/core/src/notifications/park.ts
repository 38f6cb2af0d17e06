import type { Clock, ObjectStore } from '../ports/index.ts'
import { sha256Hex } from '../support/digest.ts'
import { excerpt } from '../support/excerpt.ts'
import { UPLINK_PREFIX } from '../uploads/keys.ts'
import type { ObjectEvent } from './object-event.ts'

export const PARKED_PREFIX = `${UPLINK_PREFIX}parked/`
/** As much as SNS and Queues deliver. */
const MAX_BODY_CHARACTERS = 262_144
/** What was kept of a body before it was noted whether that is all. */
const OLD_MAX_BODY_CHARACTERS = 65_536
const EXTENSION = '.json'

/** A message that waits for an operator. Replayed, it goes through the linker like any other; replaying twice is harmless. */
export interface ParkedMessage {
  readonly version: 1
  /** Worked out from what is parked, so that the same message parked again takes the same place. */
  readonly id: string
  readonly parked_at: string
  readonly reason: string
  readonly what_to_do: string
  /** What to replay; absent for a message that couldn't be read. */
  readonly event?: ObjectEvent
  /** What couldn't be read, to be decoded again when it is replayed. */
  readonly body?: string
  /** Whether `body` is only the beginning, which can't be replayed. Messages of older versions don't say it: see `isCut`. */
  readonly is_cut?: boolean
}

interface Parker {
  readonly store: Pick<ObjectStore, 'put'>
  readonly clock: Pick<Clock, 'now'>
}

/** Whether an event of this key waits for an operator. */
export async function isParked(
  store: Pick<ObjectStore, 'head'>,
  { bucket, key }: Pick<ObjectEvent, 'bucket' | 'key'>,
): Promise<boolean> {
  return (await store.head(parkedKey(await parkedIdFor({ bucket, key })))) !== undefined
}

/** Parks an object event. Throws when the store does, and then the message must not be acknowledged. */
export async function parkEvent(parker: Parker, event: ObjectEvent, reason: string): Promise<void> {
  const what_to_do = 'Mend the cause, then replay this message; or drop it.'
  const { mayWait: _mayWait, ...parked } = event
  await put(parker, { id: await parkedIdFor(event), event: parked, reason, what_to_do })
}

/** Parks a message, or what of it can't be decoded. Throws when the store does. */
export async function parkBody(parker: Parker, message: unknown, reason: string): Promise<void> {
  const { text, isWhole } = textOf(message)
  const is_cut = !isWhole || text.length > MAX_BODY_CHARACTERS
  const what_to_do = is_cut
    ? 'Only its beginning is kept, so it can only be dropped. If it is about a file, reconcile finds that.'
    : 'Find out what sends it. Replay it after an update that can read it, or drop it.'
  const body = text.slice(0, MAX_BODY_CHARACTERS)
  await put(parker, { id: await idOf(`body\n${text}`), body, is_cut, reason, what_to_do })
}

/** Whether only the beginning of the body is kept. */
export function isCut({ body = '', is_cut }: ParkedMessage): boolean {
  return is_cut ?? body.length >= OLD_MAX_BODY_CHARACTERS
}

async function put({ store, clock }: Parker, message: Omit<ParkedMessage, 'version' | 'parked_at'>): Promise<void> {
  const parked: ParkedMessage = { version: 1, parked_at: clock.now().toISOString(), ...message }
  await store.put(parkedKey(parked.id), new TextEncoder().encode(JSON.stringify(parked)), {
    contentType: 'application/json',
  })
}

/** The id that an event has once it is parked, however often. */
export function parkedIdFor({ bucket, key }: Pick<ObjectEvent, 'bucket' | 'key'>): Promise<string> {
  return idOf(`event\n${bucket}\n${key}`)
}

/** Where the parked message of this id lies. */
export function parkedKey(id: string): string {
  return `${PARKED_PREFIX}${id}${EXTENSION}`
}

/** `undefined` for a key that isn't a parked message's. */
export function parkedIdOf(key: string): string | undefined {
  return key.startsWith(PARKED_PREFIX) && key.endsWith(EXTENSION)
    ? key.slice(PARKED_PREFIX.length, -EXTENSION.length)
    : undefined
}

/** Anything that a queue may carry, as text; what JSON can't hold, or is nested too deep for it, as a glimpse. */
function textOf(body: unknown): { readonly text: string; readonly isWhole: boolean } {
  if (typeof body === 'string') return { text: body, isWhole: true }
  try {
    return { text: JSON.stringify(body) ?? String(body), isWhole: true }
  } catch {
    return { text: excerpt(body), isWhole: false }
  }
}

async function idOf(text: string): Promise<string> {
  return (await sha256Hex(text)).slice(0, 32)
}

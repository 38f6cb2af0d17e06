import { sha256Hex } from './digest.ts'
import { UPLINK_PREFIX } from './keys.ts'
import type { ObjectEvent } from './object-event.ts'
import type { Clock, ObjectStore } from './ports.ts'

export const PARKED_PREFIX = `${UPLINK_PREFIX}parked/`
const MAX_BODY_CHARACTERS = 65_536
const EXTENSION = '.json'

/** A message that waits for an operator. Replayed, it goes through the linker like any other; replaying twice is harmless. */
export interface ParkedMessage {
  readonly version: 1
  /** Worked out from what is parked, so that the same message parked again takes the same place. */
  readonly id: string
  readonly parked_at: string
  readonly reason: string
  readonly what_to_do: string
  /** What to replay; absent for a message that nobody could read. */
  readonly event?: ObjectEvent
  /** The message as it came, shortened, when it made no sense. */
  readonly body?: string
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
  await put(parker, { id: await parkedIdFor(event), event, reason, what_to_do })
}

/** Parks a message that can't be decoded. Throws when the store does. */
export async function parkBody(parker: Parker, body: unknown, reason: string): Promise<void> {
  const text = textOf(body)
  const what_to_do = 'Find out who sends this to the queue. It can only be dropped.'
  await put(parker, { id: await idOf(`body\n${text}`), body: text.slice(0, MAX_BODY_CHARACTERS), reason, what_to_do })
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

/** Whatever a queue may carry, as text; what isn't JSON has to be parked, too. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  try {
    return JSON.stringify(body) ?? String(body)
  } catch {
    return Object.prototype.toString.call(body)
  }
}

async function idOf(text: string): Promise<string> {
  return (await sha256Hex(text)).slice(0, 32)
}

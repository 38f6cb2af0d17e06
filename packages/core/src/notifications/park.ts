import type { Clock, ObjectStore } from '../ports/index.ts'
import { sha256Hex } from '../support/digest.ts'
import { excerpt } from '../support/excerpt.ts'
import { UPLINK_PREFIX } from '../uploads/keys.ts'
import type { ObjectEvent } from './object-event.ts'

export const PARKED_PREFIX = `${UPLINK_PREFIX}parked/`
/** The largest message of SNS and Cloudflare Queues. */
const MAX_BODY_CHARACTERS = 262_144
/** Older versions kept so much of a body, and did not note whether it was cut. */
const OLD_MAX_BODY_CHARACTERS = 65_536
const EXTENSION = '.json'

/**
 * A message that waits for an operator. The linker handles a replayed message like any other; replaying twice is
 * harmless.
 */
export interface ParkedMessage {
  readonly version: 1
  /** Derived from the content, so that parking the same message again overwrites the first one. */
  readonly id: string
  readonly parked_at: string
  readonly reason: string
  readonly what_to_do: string
  /** The event to replay; absent for a message that could not be read. */
  readonly event?: ObjectEvent
  /** The message that could not be read. A replay decodes it again. */
  readonly body?: string
  /**
   * Whether `body` is only the beginning, which cannot be replayed. Absent in messages of older versions: see `isCut`.
   */
  readonly is_cut?: boolean
}

interface Parker {
  readonly store: Pick<ObjectStore, 'put'>
  readonly clock: Pick<Clock, 'now'>
}

/** Whether an event with this key is parked. */
export async function isParked(
  store: Pick<ObjectStore, 'head'>,
  { bucket, key }: Pick<ObjectEvent, 'bucket' | 'key'>,
): Promise<boolean> {
  return (await store.head(parkedKey(await parkedIdFor({ bucket, key })))) !== undefined
}

/** Parks an object event. Throws when the store does; then the message must not be acknowledged. */
export async function parkEvent(parker: Parker, event: ObjectEvent, reason: string): Promise<void> {
  const what_to_do = 'Fix the cause, then replay this message; or drop it.'
  const { mayWait: _mayWait, ...parked } = event
  await put(parker, { id: await parkedIdFor(event), event: parked, reason, what_to_do })
}

/** Only the beginning of a long message is kept. */
export const ONLY_DROP =
  'Only the beginning of this message was kept, so it can only be dropped. If it is about a file, reconcile finds the file.'

/** Parks a message, or the part of it that cannot be decoded. Throws when the store does. */
export async function parkBody(parker: Parker, message: unknown, reason: string): Promise<void> {
  const { text, isWhole } = textOf(message)
  const is_cut = !isWhole || text.length > MAX_BODY_CHARACTERS
  const what_to_do = is_cut
    ? ONLY_DROP
    : 'Find the sender of this message. Replay it after an update that can read it, or drop it.'
  const body = text.slice(0, MAX_BODY_CHARACTERS)
  await put(parker, { id: await idOf(`body\n${text}`), body, is_cut, reason, what_to_do })
}

/** Whether only the beginning of the body was kept. */
export function isCut({ body = '', is_cut }: ParkedMessage): boolean {
  return is_cut ?? body.length >= OLD_MAX_BODY_CHARACTERS
}

async function put({ store, clock }: Parker, message: Omit<ParkedMessage, 'version' | 'parked_at'>): Promise<void> {
  const parked: ParkedMessage = { version: 1, parked_at: clock.now().toISOString(), ...message }
  await store.put(parkedKey(parked.id), new TextEncoder().encode(JSON.stringify(parked)), {
    contentType: 'application/json',
  })
}

/** The id of the parked message for an event. It is the same each time the event is parked. */
export function parkedIdFor({ bucket, key }: Pick<ObjectEvent, 'bucket' | 'key'>): Promise<string> {
  return idOf(`event\n${bucket}\n${key}`)
}

/** The key of the parked message with this id. */
export function parkedKey(id: string): string {
  return `${PARKED_PREFIX}${id}${EXTENSION}`
}

/** The id in the key of a parked message; `undefined` for any other key. */
export function parkedIdOf(key: string): string | undefined {
  return key.startsWith(PARKED_PREFIX) && key.endsWith(EXTENSION)
    ? key.slice(PARKED_PREFIX.length, -EXTENSION.length)
    : undefined
}

/** The body as text. A value that JSON cannot represent, or that is nested too deeply, becomes an excerpt. */
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

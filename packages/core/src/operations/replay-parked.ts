import { type LinkDeps, link } from '../link/link.ts'
import { worstOf } from '../notifications/consume.ts'
import { decodeMessage } from '../notifications/decode-message.ts'
import { logOutcome } from '../notifications/log-outcome.ts'
import type { Decode, Decoded, ObjectEvent } from '../notifications/object-event.ts'
import { isFinal, type Outcome } from '../notifications/outcome.ts'
import { isCut, ONLY_DROP, type ParkedMessage, parkBody, parkedKey } from '../notifications/park.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'

const BATCH = 100

/** The linker's dependencies, and the decoder of the cloud whose messages are parked. */
export interface ReplayDeps extends LinkDeps {
  readonly decode: Decode
}

export interface Replayed {
  readonly message: ParkedMessage
  readonly outcome: Outcome
}

/**
 * Replays parked messages through the linker, a batch at a time, and yields each message with its outcome. Removes a
 * message when its outcome is final and it was not parked again. Decodes an unread body again: links its readable
 * events and parks the rest. May be repeated, also concurrently. Throws when the store does; a message that was linked
 * but is still parked is `unchanged` the next time.
 *
 * A store cannot remove conditionally. If a linker parks the same key again between the last look and the removal, that
 * message is lost; the reconciliation then finds its object.
 */
export async function* replayParked(
  deps: ReplayDeps,
  messages: AsyncIterable<ParkedMessage>,
): AsyncGenerator<Replayed> {
  for await (const batch of inBatches(messages, BATCH)) yield* await replayBatch(deps, batch)
}

interface Found extends Decoded {
  readonly message: ParkedMessage
  /** `undefined` when the message is no longer parked. */
  readonly etag: string | undefined
}

async function replayBatch(deps: ReplayDeps, batch: readonly ParkedMessage[]): Promise<readonly Replayed[]> {
  const limit = createLimiter(deps.settings.storeConcurrency)
  const found = await Promise.all(batch.map((message) => limit(() => find(deps, message))))
  const outcomes = await linkEvents(
    deps,
    found.flatMap(({ events }) => events),
  )
  return Promise.all(
    found.map(async (each) => {
      const own = each.events.flatMap((event) => outcomes.get(event) ?? [])
      return { message: each.message, outcome: await limit(() => conclude(deps, each, own)) }
    }),
  )
}

async function find(deps: ReplayDeps, message: ParkedMessage): Promise<Found> {
  const etag = await etagOf(deps, message)
  return { message, etag, ...(etag === undefined ? { events: [] } : eventsIn(deps.decode, message)) }
}

function eventsIn(decode: Decode, message: ParkedMessage): Decoded {
  const { event, body } = message
  if (event) return { events: [event] }
  return body === undefined || isCut(message) ? { events: [] } : decodeMessage(decode, body)
}

async function conclude(
  deps: ReplayDeps,
  { message, etag, events, malformed }: Found,
  outcomes: readonly Outcome[],
): Promise<Outcome> {
  if (etag === undefined) return GONE
  const { event, body } = message
  if (event === undefined && (body === undefined || isCut(message))) return CUT
  if (malformed && events.length === 0) return { kind: 'parked', reason: malformed.reason }
  if (malformed) await parkBody(deps, malformed.body, malformed.reason)
  // An event of a body that is parked again has a parked message of its own.
  const isOver = outcomes.every(event ? isDone : isFinal)
  if (isOver && (await etagOf(deps, message)) === etag) await deps.store.remove(parkedKey(message.id))
  return worstOf(malformed ? [{ kind: 'parked', reason: malformed.reason }, ...outcomes] : outcomes)
}

async function etagOf({ store }: LinkDeps, { id }: ParkedMessage): Promise<string | undefined> {
  return (await store.head(parkedKey(id)))?.etag
}

/** Whether neither the queue nor an operator has to do more. */
export function isDone(outcome: Outcome): boolean {
  return isFinal(outcome) && outcome.kind !== 'parked' && outcome.kind !== 'orphaned'
}

const GONE: Outcome = { kind: 'ignored', reason: 'This message was already replayed or dropped.' }
const CUT: Outcome = { kind: 'parked', reason: ONLY_DROP }

async function linkEvents(deps: LinkDeps, events: readonly ObjectEvent[]): Promise<ReadonlyMap<ObjectEvent, Outcome>> {
  const outcomes = new Map<ObjectEvent, Outcome>()
  for (const [index, outcome] of (await link(deps, events)).entries()) {
    const event = events[index]
    if (event === undefined) continue
    logOutcome(deps, event, outcome)
    outcomes.set(event, outcome)
  }
  return outcomes
}

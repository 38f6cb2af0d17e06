import { type LinkDeps, link } from '../link/link.ts'
import { worstOf } from '../notifications/consume.ts'
import { decodeMessage } from '../notifications/decode-message.ts'
import { logOutcome } from '../notifications/log-outcome.ts'
import type { Decode, Decoded, ObjectEvent } from '../notifications/object-event.ts'
import { isFinal, type Outcome } from '../notifications/outcome.ts'
import { isCut, type ParkedMessage, parkBody, parkedKey } from '../notifications/park.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'

const BATCH = 100

/** What the linker needs, and the decoder of the cloud whose messages are parked. */
export interface ReplayDeps extends LinkDeps {
  readonly decode: Decode
}

export interface Replayed {
  readonly message: ParkedMessage
  readonly outcome: Outcome
}

/**
 * Has the linker look at what parked messages tell of, a batch at a time, and gives each message with what became of it. A message
 * is removed when its outcome is final and it wasn't parked again meanwhile. A body is decoded again: what can be read by now is
 * linked, and the rest stays parked, or is parked by itself. Harmless twice, also at the same time. Throws when the store does: what
 * is linked then and still parked is found `unchanged` the next time.
 *
 * A store can't remove on a condition. What a linker parks anew for the same key in the instant between the last look and the
 * removal goes with it; the reconciliation finds its object.
 */
export async function* replayParked(
  deps: ReplayDeps,
  messages: AsyncIterable<ParkedMessage>,
): AsyncGenerator<Replayed> {
  for await (const batch of inBatches(messages, BATCH)) yield* await replayBatch(deps, batch)
}

interface Found extends Decoded {
  readonly message: ParkedMessage
  /** `undefined`: it isn't parked any more. */
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
  if (event === undefined && (body === undefined || isCut(message))) return LOST
  if (malformed && events.length === 0) return { kind: 'parked', reason: malformed.reason }
  if (malformed) await parkBody(deps, malformed.body, malformed.reason)
  // What is parked again for one of a body's events has a place of its own.
  const isOver = outcomes.every(event ? isDone : isFinal)
  if (isOver && (await etagOf(deps, message)) === etag) await deps.store.remove(parkedKey(message.id))
  return worstOf(malformed ? [{ kind: 'parked', reason: malformed.reason }, ...outcomes] : outcomes)
}

async function etagOf({ store }: LinkDeps, { id }: ParkedMessage): Promise<string | undefined> {
  return (await store.head(parkedKey(id)))?.etag
}

/** Whether nobody has to wait for anything any more. */
export function isDone(outcome: Outcome): boolean {
  return isFinal(outcome) && outcome.kind !== 'parked' && outcome.kind !== 'orphaned'
}

const GONE: Outcome = { kind: 'ignored', reason: 'It was replayed or dropped meanwhile.' }
const LOST: Outcome = {
  kind: 'parked',
  reason:
    'Only the beginning of this message is kept, so it can only be dropped. If it is about a file, reconcile finds that.',
}

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

import { createLimiter } from '../limiter.ts'
import { type LinkDeps, link } from '../link/link.ts'
import { logOutcome } from '../log-outcome.ts'
import type { ObjectEvent } from '../object-event.ts'
import { isFinal, type Outcome } from '../outcome.ts'
import { type ParkedMessage, parkedKey } from '../park.ts'
import { inBatches } from './listing.ts'

const BATCH = 100

export interface Replayed {
  readonly message: ParkedMessage
  readonly outcome: Outcome
}

/**
 * Has the linker look at what parked messages tell of, a batch at a time, and gives each message with what became of it. A message
 * is removed when its outcome is final and it wasn't parked again meanwhile; one without an event stays, and can only be dropped.
 * Harmless twice, also at the same time. Throws when the store does: what is linked then and still parked is found `unchanged`
 * the next time.
 *
 * A store can't remove on a condition. What a linker parks anew for the same key in the instant between the last look and the
 * removal goes with it; the reconciliation finds its object.
 */
export async function* replayParked(deps: LinkDeps, messages: AsyncIterable<ParkedMessage>): AsyncGenerator<Replayed> {
  for await (const batch of inBatches(messages, BATCH)) yield* await replayBatch(deps, batch)
}

async function replayBatch(deps: LinkDeps, batch: readonly ParkedMessage[]): Promise<readonly Replayed[]> {
  const limit = createLimiter(deps.settings.storeConcurrency)
  const etagOf = async ({ id }: ParkedMessage) => (await deps.store.head(parkedKey(id)))?.etag
  const found = await Promise.all(batch.map(async (message) => ({ message, etag: await limit(() => etagOf(message)) })))
  const outcomes = await linkEvents(
    deps,
    found.flatMap(({ message: { event }, etag }) => (event === undefined || etag === undefined ? [] : event)),
  )
  return Promise.all(
    found.map(async ({ message, etag }) => {
      if (etag === undefined) return { message, outcome: GONE }
      const outcome = message.event && outcomes.get(message.event)
      if (outcome === undefined) return { message, outcome: UNREADABLE }
      await limit(async () => {
        if (isDone(outcome) && (await etagOf(message)) === etag) await deps.store.remove(parkedKey(message.id))
      })
      return { message, outcome }
    }),
  )
}

/** Whether nobody has to wait for anything any more. */
export function isDone(outcome: Outcome): boolean {
  return isFinal(outcome) && outcome.kind !== 'parked' && outcome.kind !== 'orphaned'
}

const GONE: Outcome = { kind: 'ignored', reason: 'It was replayed or dropped meanwhile.' }
const UNREADABLE: Outcome = {
  kind: 'ignored',
  reason: 'It holds no event that could be replayed: it can only be dropped.',
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

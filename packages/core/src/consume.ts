import { messageOf } from './errors.ts'
import { noteParked } from './link/finish-upload.ts'
import { type LinkDeps, link } from './link/link.ts'
import { logOutcome } from './log-outcome.ts'
import type { Decode, Delivery, ObjectEvent } from './object-event.ts'
import type { Outcome } from './outcome.ts'
import { parkBody, parkEvent } from './park.ts'

/**
 * Handles one batch of a provider's queue: decodes, links, and gives one outcome per delivery, in their order.
 * Throws nothing: a delivery that makes no sense is parked by itself. On a delivery's last attempt what would be
 * tried again is parked with its cause, so that nothing falls out of the queue unseen.
 */
export async function consume(
  deps: LinkDeps,
  decode: Decode,
  deliveries: readonly Delivery[],
): Promise<readonly Outcome[]> {
  const decoded = deliveries.map((delivery) => decodeDelivery(decode, delivery))
  const events = decoded.flatMap(({ events: some }) => some)
  const outcomes = await link(deps, events)
  const outcomeOf = new Map(events.map((event, index) => [event, outcomes[index]]))
  return Promise.all(
    decoded.map(async (part) =>
      concludeDelivery(
        deps,
        part,
        part.events.flatMap((event) => outcomeOf.get(event) ?? []),
      ),
    ),
  )
}

/** A test message, or an action that says nothing about an object's content. */
const NO_EVENT: Outcome = { kind: 'ignored', reason: 'The message holds no object event.' }

interface Decoded {
  readonly delivery: Delivery
  readonly events: readonly ObjectEvent[]
  /** Why the body makes no sense. */
  readonly fault?: string
}

function decodeDelivery(decode: Decode, delivery: Delivery): Decoded {
  try {
    return { delivery, events: decode(delivery.body).map((event) => ({ ...event, attempt: delivery.attempt })) }
  } catch (error) {
    return { delivery, events: [], fault: messageOf(error) }
  }
}

async function concludeDelivery(
  deps: LinkDeps,
  { delivery, events, fault }: Decoded,
  outcomes: readonly Outcome[],
): Promise<Outcome> {
  if (fault !== undefined) return concludeMalformed(deps, delivery, fault)
  const concluded = delivery.lastAttempt
    ? await Promise.all(outcomes.map((outcome, index) => parkLast(deps, events[index], outcome)))
    : outcomes
  for (const [index, outcome] of concluded.entries()) logOutcome(deps, events[index], outcome)
  if (events.length === 0) logOutcome(deps, undefined, NO_EVENT)
  return worstOf(concluded)
}

async function concludeMalformed(deps: LinkDeps, delivery: Delivery, fault: string): Promise<Outcome> {
  const parked = parkBody(deps, delivery.body, fault).then((): Outcome => ({ kind: 'parked', reason: fault }))
  const outcome = await parked.catch(
    (error: unknown): Outcome => ({ kind: 'retry', afterSeconds: 60, cause: messageOf(error) }),
  )
  logOutcome(deps, undefined, outcome)
  return outcome
}

async function parkLast(deps: LinkDeps, event: ObjectEvent | undefined, outcome: Outcome): Promise<Outcome> {
  if (event === undefined || outcome.kind !== 'retry') return outcome
  const reason = `Given up after ${event.attempt ?? 1} attempts: ${outcome.cause}`
  // When not even this can be written, the queue's own dead-letter place is what is left.
  return (
    parkEvent(deps, event, reason)
      // The parked message is what counts: a record that can't be written must not keep it from being acknowledged.
      .then(() => noteParked(deps.store, deps.settings.keyPrefix, event.key, reason).catch(() => {}))
      .then((): Outcome => ({ kind: 'parked', reason }))
      .catch(() => outcome)
  )
}

/** A message is done only when all its events are; of those still to come, the soonest decides. */
function worstOf(outcomes: readonly Outcome[]): Outcome {
  const retries = outcomes.filter((outcome) => outcome.kind === 'retry').sort((a, b) => a.afterSeconds - b.afterSeconds)
  const parked = outcomes.find((outcome) => outcome.kind === 'parked')
  return retries[0] ?? parked ?? outcomes[0] ?? NO_EVENT
}

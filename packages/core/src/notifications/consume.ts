import { messageOf } from '../errors.ts'
import { removeCall, targetOf } from '../link/calls.ts'
import { noteParked } from '../link/finish-upload.ts'
import { type LinkDeps, link } from '../link/link.ts'
import { decodeMessage } from './decode-message.ts'
import { logOutcome } from './log-outcome.ts'
import type { Decode, Decoded, Delivery, ObjectEvent } from './object-event.ts'
import { isFinal, type Outcome } from './outcome.ts'
import { parkBody, parkEvent } from './park.ts'

/**
 * Handles one batch of a provider's queue: decodes it, links it, and returns one outcome per delivery, in their order.
 * Never throws. Parks the unreadable part of a delivery separately, and links its other events. On the last attempt of
 * a delivery, parks an event instead of retrying it, so that no message leaves the queue unnoticed.
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

/** For test messages, and for events that do not concern the content of an object. */
const NO_EVENT: Outcome = { kind: 'ignored', reason: 'The message contains no object event.' }

interface DecodedDelivery extends Decoded {
  readonly delivery: Delivery
}

function decodeDelivery(decode: Decode, delivery: Delivery): DecodedDelivery {
  const { events, ...rest } = decodeMessage(decode, delivery.body)
  const { attempt, lastAttempt } = delivery
  return { delivery, ...rest, events: events.map((event) => ({ ...event, attempt, mayWait: !lastAttempt })) }
}

async function concludeDelivery(
  deps: LinkDeps,
  { delivery, events, malformed }: DecodedDelivery,
  outcomes: readonly Outcome[],
): Promise<Outcome> {
  const concluded = delivery.lastAttempt
    ? await Promise.all(outcomes.map((outcome, index) => parkLast(deps, events[index], outcome)))
    : outcomes
  for (const [index, outcome] of concluded.entries()) logOutcome(deps, events[index], outcome)
  if (events.length === 0 && malformed === undefined) logOutcome(deps, undefined, NO_EVENT)
  // Parks the unreadable part only when all events are final, so that the operator gets one alarm, not one per
  // delivery.
  if (malformed === undefined || !concluded.every(isFinal)) return worstOf(concluded)
  return worstOf([await parkMalformed(deps, malformed), ...concluded])
}

async function parkMalformed(deps: LinkDeps, { body, reason }: NonNullable<Decoded['malformed']>): Promise<Outcome> {
  const parked = parkBody(deps, body, reason).then((): Outcome => ({ kind: 'parked', reason }))
  const outcome = await parked.catch(
    (error: unknown): Outcome => ({ kind: 'retry', afterSeconds: 60, cause: messageOf(error) }),
  )
  logOutcome(deps, undefined, outcome)
  return outcome
}

async function parkLast(deps: LinkDeps, event: ObjectEvent | undefined, outcome: Outcome): Promise<Outcome> {
  if (event === undefined || outcome.kind !== 'retry') return outcome
  const reason = `Given up after ${event.attempt ?? 1} attempts: ${outcome.cause}`
  const target = await targetOf(deps, event)
  // When this write fails too, the queue moves the message to its dead letters.
  return (
    parkEvent(deps, target.event, reason)
      // The message is parked, so it is acknowledged even when the record cannot be written.
      .then(() => noteParked(deps, target.event.key, reason).catch(() => {}))
      .then(() => removeCall(deps, target))
      .then((): Outcome => ({ kind: 'parked', reason }))
      .catch(() => outcome)
  )
}

/** The outcome of a message from the outcomes of its events: the earliest retry, or else a parked event. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  const retries = outcomes.filter((outcome) => outcome.kind === 'retry').sort((a, b) => a.afterSeconds - b.afterSeconds)
  const parked = outcomes.find((outcome) => outcome.kind === 'parked')
  return retries[0] ?? parked ?? outcomes[0] ?? NO_EVENT
}

import { type Decode, type Delivery, type Outcome, UnavailableError } from '@ckan-uplink/core'
import { timeOf } from './decode.ts'

/**
 * Event Grid waits for 30 seconds and delivers again what was answered later, although it was done.
 * https://learn.microsoft.com/azure/event-grid/delivery-and-retry
 */
const ANSWER_WITHIN_MS = 25_000

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** How long Event Grid waits after each attempt; from then on, 12 hours. It may wait a little longer, and skip attempts: same page. */
const WAITS_MS = [
  10 * SECOND_MS,
  30 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
]
const LONGEST_WAIT_MS = 12 * HOUR_MS

/** When each attempt but the first is made, counted from the event. */
const ATTEMPTS_MS = [...WAITS_MS, LONGEST_WAIT_MS].map((_, index, waits) =>
  waits.slice(0, index + 1).reduce((sum, wait) => sum + wait, 0),
)

/** Core's `consume`, its dependencies given. */
export type Consume = (decode: Decode, deliveries: readonly Delivery[]) => Promise<readonly Outcome[]>

/**
 * Links what a batch of events tells of. Event Grid knows no answer for one event of a batch: if one is to be delivered again,
 * this throws, all come again, and those that are done are found done. So it does after 25 seconds; what is under way then
 * goes on, and does no harm.
 */
export async function handleBatch(
  consume: Consume,
  decode: Decode,
  events: readonly unknown[],
  now: Date,
): Promise<void> {
  const outcomes = await inTime(
    consume(
      decode,
      events.map((event, index) => toDelivery(event, index, now)),
    ),
  )
  const [cause, ...others] = events.flatMap((_, index) => causeOfRetry(outcomes[index]))
  if (cause !== undefined)
    throw new UnavailableError(`${others.length + 1} of ${events.length} events are to be delivered again: ${cause}`)
}

function causeOfRetry(outcome: Outcome | undefined): readonly string[] {
  if (outcome?.kind === 'retry') return [outcome.cause]
  return outcome === undefined ? ['The event was not handled.'] : []
}

/**
 * The trigger doesn't tell how often an event was delivered, so that follows from its age: it is how often at most, and 1 where
 * the event has no time. Event Grid gives up when an attempt is due and the event is a day old. After the age of 12 hours it
 * waits for 12 hours more, so an attempt at that age is the last one.
 */
function toDelivery(body: unknown, index: number, now: Date): Delivery {
  const time = Date.parse(timeOf(body) ?? '')
  const ageMs = now.getTime() - time
  const attempt = 1 + ATTEMPTS_MS.filter((dueMs) => dueMs <= ageMs).length
  return { id: String(index), body, attempt, lastAttempt: ageMs > LONGEST_WAIT_MS }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const seconds = ANSWER_WITHIN_MS / SECOND_MS
  const timer = setTimeout(
    () => reject(new UnavailableError(`The events were not handled within ${seconds} s: they are delivered again.`)),
    ANSWER_WITHIN_MS,
  )
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

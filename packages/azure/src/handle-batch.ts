import { type Decode, type Delivery, type Outcome, UnavailableError } from '@ckan-uplink/core'
import { HOUR_MS, MINUTE_MS } from '@ckan-uplink/core/support'
import { timeOf } from './decode.ts'

/**
 * Event Grid waits 30 seconds for an answer. After that it delivers the batch again, even when the work was done.
 * https://learn.microsoft.com/azure/event-grid/delivery-and-retry
 */
const ANSWER_WITHIN_MS = 25_000

const SECOND_MS = 1000

/**
 * How long Event Grid waits after each attempt. Later waits are 12 hours. It may wait longer, and skip attempts: same
 * page.
 */
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

/** The age of an event at each attempt after the first. */
const ATTEMPTS_MS = [...WAITS_MS, LONGEST_WAIT_MS].map((_, index, waits) =>
  waits.slice(0, index + 1).reduce((sum, wait) => sum + wait, 0),
)

/** Core's `consume` with its dependencies. */
export type Consume = (decode: Decode, deliveries: readonly Delivery[]) => Promise<readonly Outcome[]>

/**
 * Links the objects of a batch of events. Event Grid accepts only one answer for the whole batch. If one event needs
 * another delivery, this throws, and Event Grid delivers the whole batch again; completed events are then `unchanged`.
 * It also throws after 25 seconds; the work continues and does no harm.
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
    throw new UnavailableError(`${others.length + 1} of ${events.length} events need another delivery: ${cause}`)
}

function causeOfRetry(outcome: Outcome | undefined): readonly string[] {
  if (outcome?.kind === 'retry') return [outcome.cause]
  return outcome === undefined ? ['The event was not handled.'] : []
}

/**
 * The trigger does not report the number of deliveries. The age of the event gives the greatest possible number, or 1
 * when the event has no time. Event Grid gives up when an attempt is due and the event is a day old. After the age of
 * 12 hours it waits another 12 hours, so an attempt after that age is the last.
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
    () =>
      reject(new UnavailableError(`The events were not handled within ${seconds} s: Event Grid delivers them again.`)),
    ANSWER_WITHIN_MS,
  )
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type BlobEvent, type EventGridSchema, inSchema } from './event-grid-event.ts'

/** An event subscription; units are Event Grid's own. */
export interface EventGridSubscription {
  /** Where the events are posted to. */
  readonly endpoint: string
  readonly schema: EventGridSchema
  /** Compared without regard to case. */
  readonly subjectBeginsWith: readonly string[]
  readonly eventTypes: readonly BlobEvent['type'][]
  readonly maxEventsPerBatch: number
  readonly maxDeliveryAttempts: number
  readonly eventTimeToLiveInMinutes: number
  /** How many milliseconds a second of the retry schedule lasts; an event looks as old as it is by that clock. */
  readonly secondMs: number
  /** How long events gather to a batch. Default: 50 ms. */
  readonly gatherMs?: number
  /** Writes a dead-letter blob. */
  readonly deadLetter: (name: string, content: string) => Promise<void>
}

/** https://learn.microsoft.com/azure/event-grid/delivery-and-retry */
const WAITS_SECONDS = [10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600]
const LONGEST_WAIT_SECONDS = 43_200
const NEVER_TRIED_AGAIN: ReadonlySet<number> = new Set([400, 403, 413])

/**
 * Checks that the endpoint accepts events, like Event Grid when a subscription is created. Throws when it does not.
 * https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
 */
export async function validateEndpoint({ endpoint, schema }: EventGridSubscription): Promise<void> {
  const validationCode = crypto.randomUUID()
  const data = { validationCode, validationUrl: 'https://rp-local.eventgrid.azure.net:553/validate' }
  const type = 'Microsoft.EventGrid.SubscriptionValidationEvent'
  const common = { id: crypto.randomUUID(), subject: '' }
  const event =
    schema === 'EventGridSchema'
      ? [
          {
            ...common,
            topic: '/subscriptions/0',
            eventType: type,
            eventTime: new Date().toISOString(),
            data,
            metadataVersion: '1',
            dataVersion: '1',
          },
        ]
      : {
          ...common,
          source: '/subscriptions/0',
          type,
          time: new Date().toISOString(),
          data: JSON.stringify(data),
          specversion: '1.0',
        }
  const response = await post(endpoint, 'SubscriptionValidation', event, schema)
  const answer = await response.text()
  if (response.status !== 200 || JSON.parse(answer).validationResponse !== validationCode)
    throw new Error(`The endpoint ${endpoint} is not validated: ${response.status} ${answer}`)
}

/**
 * Delivers a batch until it is acknowledged or dead-lettered; all of it or nothing. Rejects when the signal is given.
 */
export async function deliver(
  subscription: EventGridSubscription,
  events: readonly BlobEvent[],
  signal: AbortSignal,
): Promise<void> {
  const { maxDeliveryAttempts, eventTimeToLiveInMinutes, secondMs } = subscription
  for (let attempt = 1, age = 0; ; attempt += 1) {
    const status = await attemptOnce(subscription, events, age)
    if (status >= 200 && status <= 204) return
    const refusal = reasonToGiveUp(status, attempt >= maxDeliveryAttempts)
    const wait = WAITS_SECONDS[attempt - 1] ?? LONGEST_WAIT_SECONDS
    if (refusal === undefined) await sleep(wait * secondMs, undefined, { signal })
    age += wait
    // Looked at only when an attempt is due.
    const reason = refusal ?? (age >= eventTimeToLiveInMinutes * 60 ? 'TimeToLiveExceeded' : undefined)
    if (reason !== undefined)
      return deadLetter(subscription, events, {
        deadLetterReason: reason,
        deliveryAttempts: attempt,
        lastDeliveryOutcome: String(status),
      })
  }
}

/** What the endpoint answered; 0 when it didn't. */
async function attemptOnce(
  { endpoint, schema }: EventGridSubscription,
  events: readonly BlobEvent[],
  ageSeconds: number,
): Promise<number> {
  const at = new Date(Date.now() - ageSeconds * 1000)
  try {
    const response = await post(
      endpoint,
      'Notification',
      events.map((event) => inSchema(schema, event, at)),
      schema,
    )
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

function reasonToGiveUp(status: number, isLast: boolean): string | undefined {
  if (NEVER_TRIED_AGAIN.has(status)) return 'UndeliverableDueToHttpStatus'
  return isLast ? 'MaxDeliveryAttemptsExceeded' : undefined
}

async function deadLetter(
  subscription: EventGridSubscription,
  events: readonly BlobEvent[],
  facts: object,
): Promise<void> {
  const now = new Date()
  const name = `UPLINK/${now.getUTCFullYear()}/${now.getUTCMonth() + 1}/${now.getUTCDate()}/${now.getUTCHours()}/${crypto.randomUUID()}.json`
  await subscription.deadLetter(
    name,
    JSON.stringify(events.map((event) => ({ ...inSchema(subscription.schema, event, now), ...facts }))),
  )
}

function post(endpoint: string, type: string, body: object, schema: EventGridSchema): Promise<Response> {
  const kind =
    schema === 'EventGridSchema' ? 'json' : Array.isArray(body) ? 'cloudevents-batch+json' : 'cloudevents+json'
  const headers = {
    'Content-Type': `application/${kind}; charset=utf-8`,
    'aeg-event-type': type,
    'aeg-subscription-name': 'UPLINK',
  }
  return fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) })
}

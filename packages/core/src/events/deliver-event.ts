import { messageOf } from '../errors.ts'
import type { Clock, Logger, PostWebhook } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { backOff } from '../support/back-off.ts'
import { parseEventMessage } from './event-message.ts'
import { signedHeaders } from './signature.ts'

export interface DelivererDeps {
  readonly settings: Pick<Settings, 'webhookUrls'>
  /** The present secret, and during a rotation a second one. */
  readonly secrets: () => Promise<readonly string[]>
  readonly post: PostWebhook
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
}

/** Delivers one message of the queue. Returns the seconds until the next attempt; `undefined` when there is none. */
export type DeliverEvent = (body: unknown, attempt: number) => Promise<number | undefined>

/** The receiver wants no more events: https://www.rfc-editor.org/rfc/rfc9110#name-410-gone */
const GONE = 410

/**
 * Posts events to their receivers. Any other answer than 2xx means another attempt: after 10 s, doubled up to an hour.
 * Never throws.
 */
export function createDeliverer({ settings, secrets, post, clock, logger }: DelivererDeps): DeliverEvent {
  return async (body, attempt) => {
    const message = parseEventMessage(body)
    if (message === undefined || !settings.webhookUrls.includes(message.url)) {
      logger.log('warn', 'event_dropped', { id: message?.event.id, reason: 'No receiver has this address now.' })
      return undefined
    }
    const { url, event } = message
    // A path may contain a secret of the receiver, so the log has the host alone.
    const facts = { id: event.id, type: event.type, receiver: new URL(url).host, attempt }
    try {
      const text = JSON.stringify(event)
      const seconds = Math.floor(clock.now().getTime() / 1000)
      const signed = await signedHeaders(await secrets(), { id: event.id, seconds, body: text })
      const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8', ...signed }
      const status = await post(url, { headers, body: text })
      if ((status >= 200 && status < 300) || status === GONE) {
        logger.log('info', 'event_delivered', { ...facts, status })
        return undefined
      }
      logger.log('warn', 'event_not_delivered', { ...facts, status })
    } catch (error) {
      logger.log('warn', 'event_not_delivered', { ...facts, reason: messageOf(error) })
    }
    return Math.ceil(backOff(10, attempt, { longest: 3600, jitter: 0.25 }))
  }
}

import { messageOf } from '../errors.ts'
import type { Clock, EventQueue, Logger, ObjectStore, PostWebhook } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { createDeliverer, type DeliverEvent } from './deliver-event.ts'
import { sendUnsentEvents } from './replay-events.ts'

export interface WebhooksDeps {
  readonly settings: Settings
  readonly store: ObjectStore
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  readonly queue: EventQueue
  /** The present secret, and during a rotation a second one. */
  readonly secrets: () => Promise<readonly string[]>
  readonly post: PostWebhook
}

/** The linker's work for receivers, beside its links. */
export interface Webhooks {
  readonly deliver: DeliverEvent
  /** Puts the events that wait in the bucket on the queue. Never rejects; logs a failure. */
  sendUnsent(): Promise<void>
}

/** `undefined` if there are no receivers. */
export function createWebhooks(deps: WebhooksDeps): Webhooks | undefined {
  const { settings, logger, queue } = deps
  if (settings.webhookUrls.length === 0) return undefined
  return {
    deliver: createDeliverer(deps),
    async sendUnsent() {
      try {
        const events = await sendUnsentEvents(deps, queue)
        if (events > 0) logger.log('info', 'events_sent', { events })
      } catch (error) {
        logger.log('warn', 'events_not_sent', { reason: messageOf(error) })
      }
    },
  }
}

import { messageOf } from '../errors.ts'
import type { Clock, EventQueue, Logger, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'
import type { EventMessage } from './event-message.ts'
import { keepUnsent } from './unsent.ts'
import { eventOf, type UploadEvent } from './upload-event.ts'

/** Tells receivers what a record shows. Resolves when the event is safe; rejects only when the store does. */
export type PublishEvent = (record: UploadRecord) => Promise<void>

export interface PublisherDeps {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'put'>
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  /** Absent for operators, who cannot reach the queue: the linker's schedule then sends their events. */
  readonly queue?: EventQueue | undefined
}

/**
 * Puts an event on the queue, once for each receiver. If the queue fails, keeps the event in the bucket for the next
 * hour: a link never waits for the queue. `undefined` if there are no receivers.
 */
export function createPublisher({ settings, store, clock, logger, queue }: PublisherDeps): PublishEvent | undefined {
  if (settings.webhookUrls.length === 0) return undefined
  return async (record) => {
    const event = await eventOf(settings, record, clock.now())
    if (event === undefined) return
    if (queue === undefined) return keepUnsent(store, event)
    try {
      await sendEvent(queue, settings.webhookUrls, event)
    } catch (error) {
      logger.log('warn', 'event_kept', { id: event.id, upload: event.data.upload, reason: messageOf(error) })
      await keepUnsent(store, event)
    }
  }
}

/** Rejects if the queue refuses the message of any receiver. */
export async function sendEvent(queue: EventQueue, urls: readonly string[], event: UploadEvent): Promise<void> {
  await Promise.all(urls.map((url) => queue.send(JSON.stringify({ url, event } satisfies EventMessage))))
}

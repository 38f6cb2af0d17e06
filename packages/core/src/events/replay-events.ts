import type { EventQueue, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { inBatches, modifiedSince } from '../support/batches.ts'
import { isObject, parseJson } from '../support/json.ts'
import { createLimiter } from '../support/limiter.ts'
import { RECORDS_PREFIX, readRecord } from '../uploads/upload-record.ts'
import { sendEvent } from './publish-event.ts'
import { keepUnsent, UNSENT_PREFIX } from './unsent.ts'
import { eventOf, type UploadEvent } from './upload-event.ts'

interface EventDeps {
  readonly settings: Settings
  readonly store: ObjectStore
}

const BATCH = 100
/** The hourly run has other work: 24,000 events a day are more than a large portal has. */
const MOST_PER_RUN = 1000

/**
 * Puts the oldest events that wait in the bucket on the queue, `MOST_PER_RUN` at most. May be repeated and interrupted.
 * Throws when the queue or the store does. Returns the number of events.
 */
export async function sendUnsentEvents({ settings, store }: EventDeps, queue: EventQueue): Promise<number> {
  const limit = createLimiter(settings.storeConcurrency)
  let count = 0
  for await (const objects of inBatches(store.list(UNSENT_PREFIX), BATCH)) {
    const send = async (key: string) => {
      const found = await store.get(key)
      const event = found && parseJson(new TextDecoder().decode(found.bytes))
      // An object that is no event stops no other.
      if (!isObject(event)) return
      await sendEvent(queue, settings.webhookUrls, event as unknown as UploadEvent)
      await store.remove(key)
      count += 1
    }
    await Promise.all(objects.map(({ key }) => limit(() => send(key))))
    if (count >= MOST_PER_RUN) break
  }
  return count
}

/**
 * Finds the records that changed at this time or later. Keeps their events, with the same ids as before, until the
 * linker's schedule sends them again. Yields each event that now waits. Throws when the store does.
 */
export async function* replayEvents({ settings, store }: EventDeps, since: Date): AsyncGenerator<UploadEvent> {
  const limit = createLimiter(settings.storeConcurrency)
  for await (const objects of inBatches(modifiedSince(store.list(RECORDS_PREFIX), since), BATCH)) {
    const keep = async (key: string, modifiedAt: Date) => {
      const stored = await readRecord(store, key.slice(RECORDS_PREFIX.length, -'.json'.length))
      const event = stored && (await eventOf(settings, stored.record, modifiedAt))
      if (event !== undefined) await keepUnsent(store, event)
      return event
    }
    const events = await Promise.all(objects.map(({ key, modifiedAt }) => limit(() => keep(key, modifiedAt))))
    for (const event of events) if (event !== undefined) yield event
  }
}

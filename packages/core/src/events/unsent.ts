import type { ObjectStore } from '../ports/index.ts'
import { UPLINK_PREFIX } from '../uploads/keys.ts'
import type { UploadEvent } from './upload-event.ts'

/** Events that wait for the linker's schedule. */
export const UNSENT_PREFIX = `${UPLINK_PREFIX}events/`

/** Keeps an event until the linker's schedule has put it on the queue. Throws when the store does. */
export async function keepUnsent(store: Pick<ObjectStore, 'put'>, event: UploadEvent): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(event))
  await store.put(`${UNSENT_PREFIX}${event.id}.json`, bytes, { contentType: 'application/json' })
}

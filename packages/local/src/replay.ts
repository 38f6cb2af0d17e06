import type { ObjectStore } from '@ckan-uplink/core'
import type { R2Notification } from '@ckan-uplink/testing/clouds/cloudflare'

const BATCH = 100

/** The part of a queue's producer that `replay` uses. */
export interface Producer {
  sendBatch(messages: Iterable<{ readonly body: R2Notification }>): Promise<unknown>
}

/**
 * Sends a notification for every object below the prefixes, as if each had just been put. The queue loses its messages
 * when the instance stops, but the bucket keeps the objects. The linker does not write files again that CKAN already
 * shows.
 */
export async function replay(
  store: ObjectStore,
  queue: Producer,
  { bucket, prefixes }: { readonly bucket: string; readonly prefixes: readonly string[] },
): Promise<void> {
  let batch: { readonly body: R2Notification }[] = []
  for (const prefix of prefixes) {
    for await (const { key, size, etag } of store.list(prefix)) {
      const body = {
        account: '00000000000000000000000000000000',
        action: 'PutObject',
        bucket,
        object: { key, size, eTag: etag },
      } as const
      batch.push({ body: { ...body, eventTime: new Date().toISOString() } })
      if (batch.length < BATCH) continue
      await queue.sendBatch(batch)
      batch = []
    }
  }
  if (batch.length > 0) await queue.sendBatch(batch)
}

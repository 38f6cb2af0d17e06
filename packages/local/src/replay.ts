import type { ObjectStore } from '@ckan-uplink/core'
import type { R2Notification } from '@ckan-uplink/testing'

const BATCH = 100

/** A queue's producer, as far as it is used here. */
export interface Producer {
  sendBatch(messages: Iterable<{ readonly body: R2Notification }>): Promise<unknown>
}

/**
 * Emits a notification for every object below the prefixes, as if each had just been put: the queue forgets its messages
 * when the instance stops, the bucket forgets nothing. What CKAN already shows isn't written again.
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

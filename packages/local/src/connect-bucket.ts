import type { ObjectState, R2Notification } from '@ckan-uplink/testing/clouds/cloudflare'
import type { Miniflare } from 'miniflare'

/** The bucket and its queue, seen from this process. Each call fails if the bucket or the queue fails. */
export interface Bucket {
  /** The object's present state, or undefined if there is none. */
  head(key: string): Promise<ObjectState | undefined>
  /** Puts a notification on the queue. */
  notify(notification: R2Notification): Promise<void>
  /** Notifies the linker about all files, as if each had just been put. Takes long for a large bucket. */
  replay(): Promise<void>
}

/**
 * Reaches the bucket through the Worker `bucket-events`. Miniflare's own bindings (`getR2Bucket`, `getQueueProducer`)
 * stop this whole process until workerd answers, 20 ms in each upload. Requests to a Worker do not.
 */
export async function connectBucket(miniflare: Miniflare): Promise<Bucket> {
  // Miniflare's types of bindings come from a package that one call does not justify.
  const worker = (await miniflare.getWorker('bucket-events')) as unknown as { fetch: typeof fetch }
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await worker.fetch(`http://bucket-events/${path}`, init)
    if (!response.ok) throw new Error(`The bucket answered ${response.status}: ${await response.text()}`)
    return response
  }
  return {
    async head(key) {
      const state: ObjectState | null = await (await ask(`object?key=${encodeURIComponent(key)}`)).json()
      return state ?? undefined
    },
    async notify(notification) {
      await ask('notification', { method: 'POST', body: JSON.stringify(notification) })
    },
    async replay() {
      await ask('replay')
    },
  }
}

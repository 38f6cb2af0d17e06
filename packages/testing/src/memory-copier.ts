import type { ObjectStore } from '@ckan-uplink/core'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'

/** Copies inside a bucket in memory. */
export function createMemoryCopier(store: Pick<ObjectStore, 'get' | 'put'>): ObjectCopier {
  return {
    maxBytes: Number.MAX_SAFE_INTEGER,
    async copy({ key, etag }, to) {
      const found = await store.get(key)
      if (found?.object.etag !== etag) return false
      const { contentType } = found.object
      return (await store.put(to, found.bytes, contentType === undefined ? {} : { contentType })) !== undefined
    },
  }
}

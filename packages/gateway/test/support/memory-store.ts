import { createHash } from 'node:crypto'
import type { ObjectStore, StoredObject } from '@ckan-uplink/core'

/** A bucket in memory; what `failWith` holds is thrown by every call. */
export interface MemoryStore extends ObjectStore {
  readonly keys: () => readonly string[]
  readonly json: (key: string) => Record<string, unknown>
  failWith: Error | undefined
}

export function createMemoryStore(): MemoryStore {
  const objects = new Map<string, { object: StoredObject; bytes: Uint8Array }>()
  const store: MemoryStore = {
    failWith: undefined,
    keys: () => [...objects.keys()].sort(),
    json: (key) => JSON.parse(new TextDecoder().decode(objects.get(key)?.bytes)),
    head: async (key) => reach().get(key)?.object,
    get: async (key) => reach().get(key),
    stream: async () => undefined,
    async put(key, bytes, { onlyIf, contentType = '' } = {}) {
      const before = reach().get(key)?.object.etag
      const holds = onlyIf === undefined || (onlyIf === 'absent' ? before === undefined : before === onlyIf.etag)
      if (!holds) return undefined
      const etag = createHash('md5').update(bytes).digest('hex')
      objects.set(key, { bytes, object: { key, size: bytes.byteLength, etag, modifiedAt: new Date(), contentType } })
      return etag
    },
    async *list(prefix) {
      for (const [key, { object }] of reach()) if (key.startsWith(prefix)) yield object
    },
    async remove(key) {
      reach().delete(key)
    },
  }
  const reach = () => {
    if (store.failWith !== undefined) throw store.failWith
    return objects
  }
  return store
}

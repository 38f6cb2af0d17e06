import { createHash } from 'node:crypto'
import type { ObjectStore, StoredObject } from '@ckan-uplink/core'

/** A bucket in memory, for tests and measurements. */
export interface MemoryStore extends ObjectStore {
  /** In the order of their UTF-8 bytes. */
  readonly keys: () => readonly string[]
  readonly json: (key: string) => Record<string, unknown>
  /** Thrown by every call while it is set. */
  failWith: Error | undefined
}

/** ETags are MD5 as those of single PUTs. `readDelayMs` is what each `head` and `get` takes. */
export function createMemoryStore({ readDelayMs = 0 }: { readonly readDelayMs?: number } = {}): MemoryStore {
  const objects = new Map<string, { readonly object: StoredObject; readonly bytes: Uint8Array }>()
  const sortedKeys = (): string[] => [...objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const read = async (key: string): Promise<ReturnType<typeof objects.get>> => {
    if (store.failWith) throw store.failWith
    if (readDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, readDelayMs))
    return objects.get(key)
  }
  const store: MemoryStore = {
    failWith: undefined,
    keys: sortedKeys,
    json: (key) => JSON.parse(new TextDecoder().decode(objects.get(key)?.bytes)),
    head: async (key) => (await read(key))?.object,
    async get(key, { offset = 0, length } = {}) {
      const found = await read(key)
      return found && { ...found, bytes: found.bytes.slice(offset, length === undefined ? undefined : offset + length) }
    },
    async sha256(key, etag) {
      const found = await read(key)
      return found?.object.etag === etag ? createHash('sha256').update(found.bytes).digest('hex') : undefined
    },
    async put(key, bytes, { onlyIf, contentType } = {}) {
      if (store.failWith) throw store.failWith
      const before = objects.get(key)?.object.etag
      if (onlyIf !== undefined && before !== (onlyIf === 'absent' ? undefined : onlyIf.etag)) return undefined
      const etag = createHash('md5').update(bytes).digest('hex')
      objects.set(key, {
        bytes,
        object: {
          key,
          size: bytes.byteLength,
          etag,
          modifiedAt: new Date(),
          ...(contentType !== undefined && { contentType }),
        },
      })
      return etag
    },
    async *list(prefix, { after = '' } = {}) {
      for (const key of sortedKeys()) {
        const object = key.startsWith(prefix) && key > after ? await store.head(key) : undefined
        if (object) yield object
      }
    },
    async remove(key) {
      if (store.failWith) throw store.failWith
      objects.delete(key)
    },
    async purge(key) {
      await store.remove(key)
      return undefined
    },
  }
  return store
}

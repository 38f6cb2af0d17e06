import { createHash } from 'node:crypto'
import type { ObjectStore, StoredObject } from '../../src/index.ts'

/** An object that a test puts under a key; all fields have defaults. */
export interface Content {
  readonly bytes?: string | Uint8Array
  /** The reported size, when the bytes do not matter. */
  readonly size?: number
  readonly etag?: string
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly sha256?: string
  readonly unregistrable?: string
  readonly modifiedAt?: Date
}

/** A bucket in a Map. It records every call as `<method> <key>`. */
export interface MemoryStore extends ObjectStore {
  readonly calls: string[]
  /** Calls for keys that start with one of these fail. */
  readonly broken: Set<string>
  /** The number of objects that all listings returned. */
  readonly listed: () => number
  place(key: string, content?: Content): void
  json(key: string): Record<string, unknown> | undefined
  keys(prefix?: string): readonly string[]
  count(start: string): number
}

export function createMemoryStore(
  fail: (key: string) => Error = (key) => new Error(`The store fails at ${key}.`),
): MemoryStore {
  const entries = new Map<string, { readonly object: StoredObject; readonly bytes: Uint8Array }>()
  const calls: string[] = []
  const broken = new Set<string>()
  let writes = 0
  let listed = 0

  const note = (method: string, key: string): void => {
    calls.push(`${method} ${key}`)
    for (const start of broken) if (key.startsWith(start)) throw fail(key)
  }
  const place = (key: string, { bytes = 'a,b\n1,2\n', size, etag, ...facts }: Content = {}): void => {
    writes += 1
    const raw = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    entries.set(key, {
      bytes: raw,
      object: { key, size: size ?? raw.length, etag: etag ?? `etag-${writes}`, modifiedAt: new Date(0), ...facts },
    })
  }
  const keys = (prefix = ''): readonly string[] => [...entries.keys()].filter((key) => key.startsWith(prefix)).sort()

  return {
    calls,
    broken,
    listed: () => listed,
    place,
    keys,
    json: (key) => {
      const found = entries.get(key)
      return found && JSON.parse(new TextDecoder().decode(found.bytes))
    },
    count: (start) => calls.filter((call) => call.startsWith(start)).length,
    head: async (key) => {
      note('head', key)
      return entries.get(key)?.object
    },
    get: async (key, { offset = 0, length = Number.MAX_SAFE_INTEGER } = {}) => {
      note('get', key)
      const found = entries.get(key)
      return found && { object: found.object, bytes: found.bytes.subarray(offset, offset + length) }
    },
    sha256: async (key, etag) => {
      note('sha256', key)
      const found = entries.get(key)
      return found?.object.etag === etag ? createHash('sha256').update(found.bytes).digest('hex') : undefined
    },
    put: async (key, bytes, { onlyIf, contentType } = {}) => {
      note('put', key)
      const present = entries.get(key)?.object.etag
      if (onlyIf !== undefined && present !== (onlyIf === 'absent' ? undefined : onlyIf.etag)) return undefined
      place(key, { bytes, ...(contentType !== undefined && { contentType }) })
      return entries.get(key)?.object.etag
    },
    list: async function* (prefix, { after = '' } = {}) {
      note('list', prefix)
      for (const key of keys(prefix)) {
        const object = entries.get(key)?.object
        if (object === undefined || key <= after) continue
        listed += 1
        yield object
      }
    },
    remove: async (key) => {
      note('remove', key)
      entries.delete(key)
    },
    purge: async (key) => {
      note('purge', key)
      entries.delete(key)
      return undefined
    },
  }
}

import type { ObjectStore, StoredObject } from '@ckan-uplink/core'
import type { Actor, World } from './world.ts'

interface Entry {
  readonly object: StoredObject
  readonly bytes: Uint8Array
}

/** A strongly consistent bucket. Equal contents have equal ETags, as single PUTs have on R2 and S3. */
export interface ModelStore {
  readonly objects: Map<string, Entry>
  /** The ETag of each content that a client put. */
  readonly puts: readonly { readonly at: number; readonly key: string; readonly etag: string }[]
  /** The text at a key before and after each conditional write. */
  readonly changes: readonly {
    readonly at: number
    /** The name of the actor. */
    readonly by: string
    readonly key: string
    readonly before: string | undefined
    readonly after: string
  }[]
  put(key: string, bytes: Uint8Array, etag: string): void
  /** A conditional write, at once; `undefined`: refused. */
  putIf(by: string, key: string, bytes: Uint8Array, onlyIf?: { readonly etag: string } | 'absent'): string | undefined
  /** The port as one actor sees it, each call at the scheduler's mercy. */
  as(actor: Actor): ObjectStore
}

export function createModelStore(world: World): ModelStore {
  const objects = new Map<string, Entry>()
  const puts: ModelStore['puts'][number][] = []
  const changes: ModelStore['changes'][number][] = []
  let writes = 0
  const put = (key: string, bytes: Uint8Array, etag: string): void => {
    objects.set(key, {
      bytes,
      object: { key, etag, size: bytes.length, modifiedAt: new Date(Date.UTC(2030, 0, 1) + world.now() * 1000) },
    })
  }
  const putIf = (
    by: string,
    key: string,
    bytes: Uint8Array,
    onlyIf?: { readonly etag: string } | 'absent',
  ): string | undefined => {
    const present = objects.get(key)?.object.etag
    if (onlyIf !== undefined && present !== (onlyIf === 'absent' ? undefined : onlyIf.etag)) return undefined
    writes += 1
    changes.push({ at: world.now(), by, key, before: textOf(objects.get(key)), after: textOf({ bytes }) ?? '' })
    put(key, bytes, `write-${writes}`)
    return `write-${writes}`
  }
  return {
    objects,
    puts,
    changes,
    put(key, bytes, etag) {
      puts.push({ at: world.now(), key, etag })
      put(key, bytes, etag)
    },
    putIf,
    as: (actor) => ({
      head: (key) => world.call(actor, `head ${key}`, () => objects.get(key)?.object),
      get: (key) => world.call(actor, `get ${key}`, () => objects.get(key)),
      sha256: (key) => world.call(actor, `sha256 ${key}`, () => undefined),
      put: (key, bytes, options) =>
        world.call(actor, `put ${key}`, () => putIf(actor.name, key, bytes, options?.onlyIf)),
      remove: (key) => world.call(actor, `remove ${key}`, () => void objects.delete(key)),
      purge: (key) =>
        world.call(actor, `purge ${key}`, () => {
          objects.delete(key)
          return undefined
        }),
      list: (prefix) =>
        listing(world, actor, () =>
          [...objects.values()].map(({ object }) => object).filter(({ key }) => key.startsWith(prefix)),
        ),
    }),
  }
}

function textOf(entry: Pick<Entry, 'bytes'> | undefined): string | undefined {
  return entry && new TextDecoder().decode(entry.bytes)
}

async function* listing(world: World, actor: Actor, read: () => readonly StoredObject[]): AsyncGenerator<StoredObject> {
  const found = await world.call(actor, 'list', read)
  // A page of a listing is handled long after the store gave it.
  await world.pass()
  yield* found
}

import { type ObjectStore, type StoredObject, UplinkError } from '@ckan-uplink/core'
import { createStore, type R2Bucket } from '../src/index.ts'

type Call = (store: ObjectStore, args: readonly never[]) => Promise<unknown>

const CALLS: Readonly<Record<string, Call>> = {
  head: (store, [key = '']) => store.head(key),
  sha256: (store, [key = '', etag = '']) => store.sha256(key, etag),
  put: (store, [key = '', bytes = [], options]) => store.put(key, Uint8Array.from(bytes), options ?? {}),
  remove: (store, [key = '']) => store.remove(key),
  purge: (store, [key = '']) => store.purge(key),
  async list(store, [prefix = '', options]) {
    const objects: StoredObject[] = []
    for await (const object of store.list(prefix, options ?? {})) objects.push(object)
    return objects
  },
  async get(store, [key = '', range]) {
    const found = await store.get(key, range ?? undefined)
    return found && { ...found, bytes: Array.from(found.bytes) }
  },
}

// biome-ignore lint/style/noDefaultExport: a Worker is its module's default export.
export default {
  async fetch(request: Request, { BUCKET }: { readonly BUCKET: R2Bucket }): Promise<Response> {
    const { method, args } = JSON.parse(await request.text())
    // Answers with the result of the call, or with the message of its error.
    try {
      return Response.json({ value: await CALLS[method]?.(createStore(BUCKET), args) })
    } catch (error) {
      if (!(error instanceof UplinkError)) throw error
      return Response.json({ error: `${error.code}: ${error.message}` })
    }
  },
}

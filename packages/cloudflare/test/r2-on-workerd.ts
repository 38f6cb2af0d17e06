import type { ObjectStore, StoredObject } from '@ckan-uplink/core'
import { startR2EventEdge } from '@ckan-uplink/testing/clouds/cloudflare'
import { Miniflare } from 'miniflare'
import { COMPATIBILITY_DATE, createStore, type R2Bucket } from '../src/index.ts'
import { bundle } from './bundle.ts'

export const BUCKET = 'uplink-test'
export const CREDENTIALS = { accessKeyId: 'local-key', secretAccessKey: 'local-secret' }

export interface R2OnWorkerd {
  /** The store of a Worker: every call runs on workerd. */
  readonly store: ObjectStore
  /** The S3 endpoint. Its event edge sends no events. */
  readonly endpoint: string
  close(): Promise<void>
}

/** An empty R2 bucket on workerd. */
export async function startR2(): Promise<R2OnWorkerd> {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    modules: true,
    script: await bundle('test/store-worker.ts'),
    compatibilityDate: COMPATIBILITY_DATE,
    r2Buckets: { BUCKET: { id: BUCKET, s3Credentials: CREDENTIALS } },
  })
  const { origin } = await miniflare.ready
  const bucket: unknown = await miniflare.getR2Bucket('BUCKET')
  const { head } = createStore(bucket as R2Bucket)
  const edge = await startR2EventEdge({ upstream: origin, port: 0, prefixes: [], head, emit: async () => {} })
  return {
    store: remoteStore(origin),
    endpoint: `${edge.url}/cdn-cgi/local/r2/s3`,
    async close() {
      await edge.close()
      await miniflare.dispose()
    },
  }
}

type Answer = { readonly value?: unknown; readonly error?: string }

/** Calls the store of `store-worker.ts`. */
function remoteStore(url: string): ObjectStore {
  const call = async <T>(method: keyof ObjectStore, ...args: readonly unknown[]): Promise<T> => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ method, args }) })
    const answer: Answer = JSON.parse(await response.text(), revive)
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.value as T
  }
  return {
    head: (key) => call('head', key),
    get: (key, range) => call('get', key, range),
    sha256: (key, etag) => call('sha256', key, etag),
    put: (key, bytes, options) => call('put', key, Array.from(bytes), options),
    remove: (key) => call('remove', key),
    purge: (key) => call('purge', key),
    async *list(prefix, options) {
      yield* await call<readonly StoredObject[]>('list', prefix, options)
    },
  }
}

function revive(name: string, value: unknown): unknown {
  if (name === 'modifiedAt') return new Date(String(value))
  return name === 'bytes' && Array.isArray(value) ? Uint8Array.from(value) : value
}

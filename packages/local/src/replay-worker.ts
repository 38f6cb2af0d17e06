import { createStore, type R2Bucket } from '@ckan-uplink/cloudflare'
import { DEFAULT_KEY_PREFIX, IMAGE_PREFIX } from '@ckan-uplink/core'
import { type Producer, replay } from './replay.ts'

interface Bindings {
  readonly BUCKET: R2Bucket
  readonly BUCKET_NAME: string
  readonly EVENTS: Producer
}

/** Any request has the bucket replayed; inside workerd, since reading a listing from without takes 35 ms an object. */
// biome-ignore lint/style/noDefaultExport: what workerd asks of a Worker's module.
export default {
  async fetch(_request: Request, { BUCKET, BUCKET_NAME, EVENTS }: Bindings): Promise<Response> {
    await replay(createStore(BUCKET), EVENTS, { bucket: BUCKET_NAME, prefixes: [DEFAULT_KEY_PREFIX, IMAGE_PREFIX] })
    return new Response(null, { status: 204 })
  },
}

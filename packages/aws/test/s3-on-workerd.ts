import { startR2EventEdge } from '@ckan-uplink/testing'
import { Miniflare } from 'miniflare'
import { createS3Client, createStore } from '../src/index.ts'
import type { S3Subject } from './s3-contracts.ts'

const BUCKET = 'uplink-test'
const CREDENTIALS = { accessKeyId: 'local-key', secretAccessKey: 'local-secret' }

/** An empty bucket behind the S3 endpoint of Miniflare's R2, which verifies signatures, with an event edge that emits nothing. */
export async function startS3(): Promise<S3Subject> {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    modules: true,
    script: 'export default {}',
    compatibilityDate: '2026-07-01',
    r2Buckets: { BUCKET: { id: BUCKET, s3Credentials: CREDENTIALS } },
  })
  const { origin } = await miniflare.ready
  const { head } = createStore({ client: clientOf(origin), bucket: BUCKET })
  const edge = await startR2EventEdge({ upstream: origin, port: 0, prefix: '', head, emit: async () => {} })
  return {
    client: clientOf(edge.url),
    bucket: BUCKET,
    async close() {
      await edge.close()
      await miniflare.dispose()
    },
  }
}

function clientOf(url: string) {
  return createS3Client({ endpoint: `${url}/cdn-cgi/local/r2/s3`, region: 'auto', credentials: CREDENTIALS, forcePathStyle: true })
}

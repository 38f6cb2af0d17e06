import type { S3Client } from '@aws-sdk/client-s3'
import { startR2EventEdge } from '@ckan-uplink/testing/clouds/cloudflare'
import { Miniflare } from 'miniflare'
import { createS3Client, createStore } from '../src/index.ts'
import type { S3Subject } from './s3-contracts.ts'

const BUCKET = 'uplink-test'
const OTHER_BUCKET = 'uplink-other'
const CREDENTIALS = { accessKeyId: 'local-key', secretAccessKey: 'local-secret' }

export interface S3OnWorkerd extends S3Subject {
  /** The variables that the AWS SDK reads. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * An empty bucket behind the S3 endpoint of Miniflare's R2, which verifies signatures. Its event edge sends no events.
 */
export async function startS3(): Promise<S3OnWorkerd> {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    modules: true,
    script: 'export default {}',
    compatibilityDate: '2026-07-01',
    r2Buckets: {
      BUCKET: { id: BUCKET, s3Credentials: CREDENTIALS },
      OTHER_BUCKET: { id: OTHER_BUCKET, s3Credentials: CREDENTIALS },
    },
  })
  const { origin } = await miniflare.ready
  const { head } = createStore({ client: clientOf(origin), bucket: BUCKET })
  const edge = await startR2EventEdge({ upstream: origin, port: 0, prefixes: [], head, emit: async () => {} })
  return {
    client: clientOf(edge.url),
    bucket: BUCKET,
    otherBucket: OTHER_BUCKET,
    variables: {
      AWS_ENDPOINT_URL_S3: endpointOf(edge.url),
      AWS_REGION: 'auto',
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    async close() {
      await edge.close()
      await miniflare.dispose()
    },
  }
}

function endpointOf(url: string): string {
  return `${url}/cdn-cgi/local/r2/s3`
}

function clientOf(url: string): S3Client {
  return createS3Client({ endpoint: endpointOf(url), region: 'auto', credentials: CREDENTIALS })
}

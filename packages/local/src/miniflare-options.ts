import { fetch, type MiniflareOptions, type Request, Response } from 'miniflare'
import { COMPATIBILITY_DATE, type WorkerName } from './bundle-worker.ts'
import type { Credentials } from './local-folder.ts'

const BUCKET = 'ckan-uplink'
const QUEUE = 'ckan-uplink-events'
const MAX_RETRIES = 100

/** The Workers' settings that follow from where everything is. */
export function settingsAt({ gateway, storage, ckan }: { readonly gateway: string; readonly storage: string; readonly ckan: string }) {
  return {
    CKAN_URL: ckan,
    GATEWAY_URL: gateway,
    BUCKET_NAME: BUCKET,
    R2_S3_ENDPOINT: `${storage}/cdn-cgi/local/r2/s3`,
    MAX_RETRIES: String(MAX_RETRIES),
  }
}

/** The production Workers with what they are bound to, and one more through which the event edge reaches the queue. */
export function miniflareOptions(options: {
  readonly port: number
  readonly scripts: Readonly<Record<WorkerName, string>>
  /** Of the Worker that knows the queue's other end. */
  readonly replayScript: string
  readonly credentials: Credentials
  /** The folder that keeps the objects. */
  readonly objects: string
  readonly ckan: { readonly url: string; readonly token: string }
  /** Of the Workers, by name, secrets apart. */
  readonly settings: Readonly<Record<string, string>>
  readonly onLog: (line: string) => void
}): MiniflareOptions {
  const { port, scripts, replayScript, credentials, objects, ckan, settings, onLog } = options
  const worker = {
    modules: true,
    compatibilityDate: COMPATIBILITY_DATE,
    outboundService: askCkan,
    bindings: {
      ...settings,
      CKAN_API_TOKEN: ckan.token,
      R2_ACCESS_KEY_ID: credentials.accessKeyId,
      R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    r2Buckets: { BUCKET: { id: BUCKET, s3Credentials: { ...credentials } } },
  }
  return {
    host: '127.0.0.1',
    port,
    r2Persist: objects,
    handleStructuredLogs({ message }: { readonly message: string }) {
      onLog(message)
    },
    workers: [
      { ...worker, name: 'gateway', script: scripts.gateway },
      {
        ...worker,
        name: 'linker',
        script: scripts.linker,
        queueConsumers: {
          [QUEUE]: { maxBatchSize: 100, maxBatchTimeout: 0.2, maxRetries: MAX_RETRIES, deadLetterQueue: `${QUEUE}-dead-letters` },
        },
      },
      {
        name: 'bucket-events',
        modules: true,
        script: replayScript,
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { BUCKET_NAME: BUCKET },
        r2Buckets: { BUCKET },
        queueProducers: { EVENTS: { queueName: QUEUE } },
      },
    ],
  }
}

/**
 * workerd takes HTTP/1.0 connections, as the server that CKAN 2.10 brings along makes them, for ones that stay open, and loses
 * requests on them. Node doesn't.
 */
async function askCkan(request: Request): Promise<Response> {
  try {
    return await fetch(request, { redirect: 'manual' })
  } catch {
    return new Response('CKAN cannot be reached at the moment.', { status: 502 })
  }
}

import {
  COMPATIBILITY_DATE,
  CONSUMER,
  STATIC_FILES_BINDING,
  WEBHOOKS_BINDING,
  WEBHOOKS_QUEUE_SUFFIX,
} from '@ckan-uplink/cloudflare'
import type { WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { fetch, type MiniflareOptions, type Request, Response } from 'miniflare'
import type { Credentials } from './local-folder.ts'
import { NOTIFYING_BUCKET } from './notifying-bucket.ts'

const BUCKET = 'ckan-uplink'
const NOTIFYING = 'notifying-bucket'
const QUEUE = 'ckan-uplink-events'
/**
 * The messages of a replay. A queue handles one batch after the other, so new uploads in the other queue do not wait.
 */
const REPLAY_QUEUE = `${QUEUE}-replay`
const DEAD_LETTERS = `${QUEUE}-dead-letters`
const WEBHOOKS_QUEUE = `${QUEUE}${WEBHOOKS_QUEUE_SUFFIX}`
/** The batches of both queues. On one machine a batch need not wait until it is full. */
const BATCHES = { maxBatchSize: CONSUMER.batchSize, maxBatchTimeout: 0.2 }

/** The Workers' settings that follow from the addresses. */
export function settingsAt({
  gateway,
  storage,
  ckan,
}: {
  readonly gateway: string
  readonly storage: string
  readonly ckan: string
}) {
  return {
    CKAN_URL: ckan,
    GATEWAY_URL: gateway,
    BUCKET_NAME: BUCKET,
    R2_S3_ENDPOINT: `${storage}/cdn-cgi/local/r2/s3`,
  }
}

/**
 * The production Workers with their bindings, and the Worker `bucket-events`: the event edge uses it to reach the
 * queue, and it parks the dead letters.
 */
export function miniflareOptions(options: {
  readonly port: number
  readonly scripts: Readonly<Record<WorkerName, string>>
  /** The script of the Worker `bucket-events`. */
  readonly bucketEventsScript: string
  readonly credentials: Credentials
  /** The gateway's static files by name. */
  readonly files: Readonly<Record<string, string>>
  /** The folder that keeps the objects. */
  readonly objects: string
  readonly ckan: { readonly url: string; readonly token: string }
  /** The Workers' settings by name, without secrets. */
  readonly settings: Readonly<Record<string, string>>
  /** The secrets that sign events for receivers. */
  readonly webhookSecrets?: string
  /** The secret that signs grants, which the gateway shares with CKAN's plugin. */
  readonly grantSecret?: string
  /** Retries of a message before it becomes a dead letter. */
  readonly maxRetries?: number
  readonly onLog: (line: string) => void
}): MiniflareOptions {
  const {
    port,
    scripts,
    bucketEventsScript,
    credentials,
    files,
    objects,
    ckan,
    settings,
    webhookSecrets = '',
    grantSecret,
    maxRetries = CONSUMER.maxRetries,
    onLog,
  } = options
  const worker = {
    compatibilityDate: COMPATIBILITY_DATE,
    outboundService: askCkan,
    r2Buckets: { BUCKET: { id: BUCKET, s3Credentials: { ...credentials } } },
    queueProducers: { [WEBHOOKS_BINDING]: { queueName: WEBHOOKS_QUEUE } },
  }
  const signing = { R2_ACCESS_KEY_ID: credentials.accessKeyId, R2_SECRET_ACCESS_KEY: credentials.secretAccessKey }
  const consumer = { ...BATCHES, maxRetries, deadLetterQueue: DEAD_LETTERS }
  const linking = { CKAN_API_TOKEN: ckan.token, MAX_RETRIES: String(maxRetries), WEBHOOK_SECRETS: webhookSecrets }
  return {
    host: '127.0.0.1',
    port,
    r2Persist: objects,
    handleStructuredLogs({ message }: { readonly message: string }) {
      onLog(message)
    },
    workers: [
      {
        ...worker,
        r2Buckets: {},
        wrappedBindings: { BUCKET: { scriptName: NOTIFYING } },
        name: 'gateway',
        modules: oneModule(scripts.gateway),
        bindings: { ...settings, ...signing, ...(grantSecret !== undefined && { GRANT_SECRETS: grantSecret }) },
        // Static assets of Miniflare would be three more Workers on the way of each request.
        serviceBindings: {
          [STATIC_FILES_BINDING]: ({ url }: Request) => sendFile(files[new URL(url).pathname.slice(1)]),
        },
      },
      {
        ...worker,
        name: 'linker',
        modules: oneModule(scripts.linker),
        bindings: { ...settings, ...linking },
        queueConsumers: { [QUEUE]: consumer, [REPLAY_QUEUE]: consumer, [WEBHOOKS_QUEUE]: { ...BATCHES, maxRetries } },
      },
      {
        name: NOTIFYING,
        modules: oneModule(NOTIFYING_BUCKET),
        bindings: { BUCKET_NAME: BUCKET, PREFIX: settings['KEY_PREFIX'] ?? DEFAULT_KEY_PREFIX },
        r2Buckets: { INNER: BUCKET },
        serviceBindings: { EVENTS: 'bucket-events' },
      },
      {
        name: 'bucket-events',
        modules: oneModule(bucketEventsScript),
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { BUCKET_NAME: BUCKET },
        r2Buckets: { BUCKET },
        queueProducers: { EVENTS: { queueName: QUEUE }, REPLAYED: { queueName: REPLAY_QUEUE } },
        queueConsumers: { [DEAD_LETTERS]: { ...BATCHES, maxRetries: CONSUMER.maxRetries } },
      },
    ],
  }
}

/** With `script`, Miniflare would parse the whole script to look for imports: a fifth of a second each start. */
function oneModule(contents: string): [{ type: 'ESModule'; path: string; contents: string }] {
  return [{ type: 'ESModule', path: 'index.mjs', contents }]
}

/**
 * Fetches through Node. The development server of CKAN 2.10 speaks HTTP/1.0, and workerd loses requests because it
 * keeps such connections open.
 */
async function askCkan(request: Request): Promise<Response> {
  try {
    return await fetch(request, { redirect: 'manual' })
  } catch {
    return new Response('CKAN cannot be reached at the moment.', { status: 502 })
  }
}

function sendFile(text: string | undefined): Response {
  return text === undefined ? new Response(null, { status: 404 }) : new Response(text)
}

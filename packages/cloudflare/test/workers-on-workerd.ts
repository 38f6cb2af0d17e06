import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObjectStore } from '@ckan-uplink/core'
import { Miniflare } from 'miniflare'
import {
  COMPATIBILITY_DATE,
  createStore,
  type R2Bucket,
  STATIC_FILES_BINDING,
  STATIC_FILES_ROUTING,
} from '../src/index.ts'
import { bundle } from './bundle.ts'

export const BUCKET = 'open-data'
const QUEUE = 'events'

/** The static assets of the gateway's Worker as the deployment declares them. */
const ASSETS = {
  binding: STATIC_FILES_BINDING,
  routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: STATIC_FILES_ROUTING.runWorkerFirst },
  assetConfig: {
    html_handling: STATIC_FILES_ROUTING.htmlHandling,
    not_found_handling: STATIC_FILES_ROUTING.notFoundHandling,
  },
}

interface SentMessage {
  readonly id: string
  readonly timestamp: Date
  readonly attempts: number
  readonly body: unknown
}

/** The consumer's answer to its queue. */
interface BatchAnswer {
  readonly outcome: string
  readonly explicitAcks: readonly string[]
  readonly retryMessages: readonly { readonly msgId: string; readonly delaySeconds?: number }[]
  readonly retryBatch: { readonly retry: boolean; readonly delaySeconds?: number }
}

interface Handlers {
  queue(name: string, messages: readonly SentMessage[]): Promise<BatchAnswer>
  scheduled(options: { readonly cron: string }): Promise<{ readonly outcome: string }>
}

export interface WorkersOnWorkerd {
  readonly url: string
  readonly store: ObjectStore
  /** The lines in the log of the Workers. */
  readonly log: readonly string[]
  /** Passes messages to the linker like its queue. */
  deliver(messages: readonly (Pick<SentMessage, 'id' | 'body'> & Partial<SentMessage>)[]): Promise<BatchAnswer>
  /** Puts a message on the queue. */
  enqueue(body: unknown): Promise<void>
  runSchedule(cron: string): Promise<{ readonly outcome: string }>
  close(): Promise<void>
}

/** The production Workers with a bucket, and a queue that delivers each message twice at most. */
export async function startWorkers(
  environment: Readonly<Record<string, string>>,
  ratelimits: Readonly<
    Record<
      string,
      { readonly namespace_id: string; readonly simple: { readonly limit: number; readonly period: 10 | 60 } }
    >
  > = {},
  staticFiles: Readonly<Record<string, string>> = {},
): Promise<WorkersOnWorkerd> {
  const log: string[] = []
  const directory = await mkdtemp(join(tmpdir(), 'ckan-uplink-assets-'))
  for (const [name, text] of Object.entries(staticFiles)) await writeFile(join(directory, name), text)
  const without = (secret: string) =>
    Object.fromEntries(Object.entries(environment).filter(([name]) => name !== secret))
  const common = {
    modules: true,
    compatibilityDate: COMPATIBILITY_DATE,
    r2Buckets: { BUCKET },
    ratelimits: { ...ratelimits },
  }
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    handleStructuredLogs({ message }: { readonly message: string }) {
      log.push(message)
    },
    workers: [
      {
        ...common,
        name: 'gateway',
        script: await bundle('src/gateway.ts'),
        bindings: without('CKAN_API_TOKEN'),
        assets: { ...ASSETS, directory },
      },
      {
        ...common,
        name: 'linker',
        script: await bundle('src/linker.ts'),
        bindings: without('R2_SECRET_ACCESS_KEY'),
        queueProducers: { EVENTS: { queueName: QUEUE } },
        queueConsumers: { [QUEUE]: { maxBatchTimeout: 0, maxRetries: 1, retryDelay: 0 } },
      },
    ],
  })
  const url = (await miniflare.ready).origin
  const store = storeOf(await miniflare.getR2Bucket('BUCKET', 'gateway'))
  const handlers: unknown = await miniflare.getWorker('linker')
  const linker = handlers as Handlers
  return {
    url,
    store,
    log,
    deliver: (messages) =>
      linker.queue(
        QUEUE,
        messages.map((message) => ({ timestamp: new Date(), attempts: 1, ...message })),
      ),
    async enqueue(body) {
      await (await miniflare.getQueueProducer('EVENTS', 'linker')).send(body)
    },
    runSchedule: (cron) => linker.scheduled({ cron }),
    async close() {
      await miniflare.dispose()
      await rm(directory, { recursive: true })
    },
  }
}

function storeOf(bucket: unknown): ObjectStore {
  return createStore(bucket as R2Bucket)
}

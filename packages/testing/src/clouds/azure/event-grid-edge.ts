import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  request as requestByHttp,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer, request as requestByHttps } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { deliver, type EventGridSubscription, validateEndpoint } from './event-grid-delivery.ts'
import { type BlobEvent, blobEventOf, parseBlobRequest } from './event-grid-event.ts'

export interface EventGridEdgeOptions {
  /** Where the storage emulator listens. */
  readonly upstream: string
  /** For https at the edge, too; plain http when absent. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface EventGridEdge {
  readonly url: string
  /**
   * Makes the event subscription, after the handshake; throws when the endpoint doesn't answer it. There is one at
   * most.
   */
  subscribe(subscription: EventGridSubscription): Promise<void>
  /** Resolves once every event so far is acknowledged or dead-lettered. */
  settled(): Promise<void>
  /** Drops undelivered events. */
  close(): Promise<void>
}

/** Event Grid does not say how long it gathers a batch. */
const GATHER_MS = 50

/**
 * What the storage emulator lacks: Event Grid. A reverse proxy on 127.0.0.1 before it that passes everything on
 * untouched.
 */
export async function startEventGridEdge({ upstream, tls }: EventGridEdgeOptions): Promise<EventGridEdge> {
  const closing = new AbortController()
  const dispatcher = createDispatcher(closing.signal)
  const listener: RequestListener = (request, response) => {
    forward(upstream, request, response, dispatcher.publish).catch(() => response.destroy())
  }
  const server = tls ? createHttpsServer(tls, listener) : createHttpServer(listener)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async subscribe(subscription) {
      await validateEndpoint(subscription)
      dispatcher.subscribe(subscription)
    },
    settled: dispatcher.settled,
    async close() {
      closing.abort()
      server.close()
      server.closeAllConnections()
      await dispatcher.settled()
    },
  }
}

function createDispatcher(signal: AbortSignal) {
  const pending = new Set<Promise<void>>()
  let subscription: EventGridSubscription | undefined
  let waiting: BlobEvent[] = []

  function start(task: Promise<void>): void {
    const run = task
      .catch((error: unknown) => {
        if (!signal.aborted) console.error('A batch of events was lost:', error)
      })
      .finally(() => pending.delete(run))
    pending.add(run)
  }

  async function flush(to: EventGridSubscription): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, to.gatherMs ?? GATHER_MS))
    const events = waiting
    waiting = []
    for (let from = 0; from < events.length; from += to.maxEventsPerBatch)
      start(deliver(to, events.slice(from, from + to.maxEventsPerBatch), signal))
  }

  return {
    subscribe(to: EventGridSubscription) {
      subscription = to
    },
    publish(event: BlobEvent) {
      if (subscription === undefined || !isWanted(subscription, event)) return
      waiting.push(event)
      if (waiting.length === 1) start(flush(subscription))
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}

function isWanted({ subjectBeginsWith, eventTypes }: EventGridSubscription, { subject, type }: BlobEvent): boolean {
  return (
    eventTypes.includes(type) &&
    subjectBeginsWith.some((start) => subject.toLowerCase().startsWith(start.toLowerCase()))
  )
}

async function forward(
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
  publish: (event: BlobEvent) => void,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const answer = await askUpstream(upstream, request)
  const status = answer.statusCode ?? 502
  const parsed =
    status >= 200 && status < 300 ? parseBlobRequest({ method, headers, etag: answer.headers.etag }, url) : undefined
  const event = parsed && blobEventOf(parsed)
  if (event) publish(event)
  response.writeHead(status, answer.headers)
  await pipeline(answer, response)
}

function askUpstream(upstream: string, request: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url, rawHeaders } = request
    const { protocol, hostname, port } = new URL(upstream)
    const requestUpstream = protocol === 'https:' ? requestByHttps : requestByHttp
    const forwarded = requestUpstream({ hostname, port, method, path: url, headers: rawHeaders, agent: false }, resolve)
    pipeline(request, forwarded).catch(reject)
    forwarded.on('error', reject)
  })
}

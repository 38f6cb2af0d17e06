import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** A part of Cloudflare's REST API: the queues of one account, of which one has a consumer that pulls over HTTP. */
export interface QueuesStandIn {
  /** As `https://api.cloudflare.com/client/v4` in Cloudflare's place. */
  readonly apiUrl: string
  readonly accountId: string
  readonly apiToken: string
  /** The queue's name. */
  readonly queue: string
  /** As JSON, or as text or bytes where that is said. */
  send(body: unknown, contentType?: 'json' | 'text' | 'bytes'): void
  /** What it was asked, as `<method> <path below the account>`. */
  readonly requests: string[]
  /** Instead of the next answers, one after another; a lost one is closed after it was done. */
  readonly faults: ('lost' | { readonly status: number; readonly headers?: Readonly<Record<string, string>> })[]
  /** Messages that were deleted because they were pulled too often. */
  readonly deleted: () => number
  close(): Promise<void>
}

interface Message {
  readonly id: string
  readonly body: string
  readonly contentType: string
  attempts: number
  visibleAt: number
}

type Answer = readonly [status: number, body: object]

const MAX_RETRIES = 100
const QUEUE = { queue_id: '00112233445566778899aabbccddeeff', queue_name: 'uploads-dead-letters' }
const OTHER = { queue_id: 'ffeeddccbbaa99887766554433221100', queue_name: 'uploads-dead-letters-of-staging' }

/**
 * A pull leases messages. An acknowledgement deletes them, and so do too many pulls:
 * https://developers.cloudflare.com/queues/configuration/pull-consumers/
 */
export async function startQueuesStandIn(): Promise<QueuesStandIn> {
  const queue = createPullQueue()
  const apiToken = crypto.randomUUID()
  const accountId = '0123456789abcdef0123456789abcdef'
  const requests: string[] = []
  const faults: QueuesStandIn['faults'] = []

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in')
    const path = pathname.replace(`/client/v4/accounts/${accountId}`, '')
    const body = await text(request)
    requests.push(`${request.method} ${path}`)
    if (request.headers.authorization !== `Bearer ${apiToken}`) return refused(403, 10000, 'Authentication error')
    if (request.method === 'GET' && path === '/queues')
      return done([OTHER, QUEUE].filter(({ queue_name }) => queue_name.includes(searchParams.get('name') ?? '')))
    if (request.method === 'POST' && path === `/queues/${QUEUE.queue_id}/messages/pull`)
      return done(queue.pull(JSON.parse(body)))
    if (request.method === 'POST' && path === `/queues/${QUEUE.queue_id}/messages/ack`)
      return done(queue.settle(JSON.parse(body)))
    return refused(404, 11000, 'Queue not found')
  }

  const server = createServer(async (request, response) => {
    const fault = faults.shift()
    const [status, body] = fault !== undefined && fault !== 'lost' ? [fault.status, {}] : await answer(request)
    if (fault === 'lost') return void request.socket.destroy()
    const headers = fault?.headers ?? {}
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    apiUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/client/v4`,
    accountId,
    apiToken,
    queue: QUEUE.queue_name,
    send: queue.send,
    requests,
    faults,
    deleted: queue.deleted,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function done(result: unknown): Answer {
  return [200, { success: true, errors: [], messages: [], result }]
}

function refused(status: number, code: number, message: string): Answer {
  return [status, { success: false, errors: [{ code, message }], messages: [], result: null }]
}

interface Lease {
  readonly lease_id: string
  readonly delay_seconds?: number
}

function createPullQueue() {
  const messages = new Set<Message>()
  const leases = new Map<string, Message>()
  let deleted = 0

  function lease(message: Message, timeoutMs: number): object | undefined {
    message.attempts += 1
    if (message.attempts > MAX_RETRIES + 1) {
      messages.delete(message)
      deleted += 1
      return undefined
    }
    const { id, body, contentType, attempts } = message
    const lease_id = crypto.randomUUID()
    leases.set(lease_id, message)
    message.visibleAt = Date.now() + timeoutMs
    return {
      id,
      body,
      attempts,
      lease_id,
      timestamp_ms: Date.now(),
      metadata: { 'CF-sourceMessageSource': 'dlq', 'CF-Content-Type': contentType },
    }
  }

  return {
    send(body: unknown, contentType: 'json' | 'text' | 'bytes' = 'json') {
      const content = contentType === 'json' ? JSON.stringify(body) : String(body)
      const encoded = contentType === 'text' ? content : Buffer.from(content).toString('base64')
      messages.add({ id: crypto.randomUUID(), body: encoded, contentType, attempts: 0, visibleAt: 0 })
    },
    pull({
      batch_size = 5,
      visibility_timeout_ms = 30_000,
    }: {
      readonly batch_size?: number
      readonly visibility_timeout_ms?: number
    }) {
      const visible = [...messages]
        .filter(({ visibleAt }) => visibleAt <= Date.now())
        .slice(0, Math.min(batch_size, 100))
      return {
        message_backlog_count: messages.size,
        messages: visible.flatMap((message) => lease(message, visibility_timeout_ms) ?? []),
      }
    },
    settle({ acks = [], retries = [] }: { readonly acks?: readonly Lease[]; readonly retries?: readonly Lease[] }) {
      for (const { lease_id } of acks) {
        const message = leases.get(lease_id)
        if (message) messages.delete(message)
      }
      for (const { lease_id, delay_seconds = 0 } of retries) {
        const message = leases.get(lease_id)
        if (message) message.visibleAt = Date.now() + 1000 * delay_seconds
      }
      return { ackCount: acks.length, retryCount: retries.length, warnings: {} }
    },
    deleted: () => deleted,
  }
}

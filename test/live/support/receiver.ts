import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { Answer } from '../../support/ckan-calls.ts'
import type { Ticket } from './gateway-calls.ts'

/** A receiver of events on this machine. It accepts only requests that are signed with its secret. */
export interface Receiver {
  readonly url: string
  readonly secret: string
  /** The accepted events of an upload, in the order of their arrival. */
  eventsOf(ticket: Pick<Ticket, 'id'>): readonly Answer[]
  /** Waits for the number of events of an upload. */
  hears(ticket: Pick<Ticket, 'id'>, count: number): Promise<readonly Answer[]>
  /** Goes down: nothing answers at its address. */
  stop(): Promise<void>
  /** Comes back at the same address. */
  start(): Promise<void>
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const key = randomBytes(32)
  const events: Answer[] = []
  let port = 0
  let server: Server | undefined

  async function start(): Promise<void> {
    server = createServer(async (request, response) => {
      const body = await text(request)
      const isSigned = request.headers['webhook-signature'] === signatureOf(key, request, body)
      if (isSigned) events.push(JSON.parse(body))
      response.writeHead(isSigned ? 204 : 401).end()
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  }

  async function stop(): Promise<void> {
    const open = server
    server = undefined
    if (open === undefined) return
    const closed = once(open, 'close')
    open.close()
    open.closeAllConnections()
    await closed
  }

  await start()
  const eventsOf = ({ id }: Pick<Ticket, 'id'>) => events.filter(({ data }) => data.upload === id)
  return {
    url: `http://127.0.0.1:${port}/hook`,
    secret: `whsec_${key.toString('base64')}`,
    eventsOf,
    async hears(ticket, count) {
      await expect.poll(() => eventsOf(ticket)).toHaveLength(count)
      return eventsOf(ticket)
    },
    stop,
    start,
    close: stop,
  }
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
function signatureOf(key: Buffer, { headers }: IncomingMessage, body: string): string {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import type { DeliverEvent, PostWebhook } from '@ckan-uplink/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

/** How a cloud delivers events. */
export interface WebhooksSubject {
  readonly post: PostWebhook
  /** Whether the platform itself keeps requests from private addresses, so that the program need not. */
  readonly isPublicOnly: boolean
  /** Passes one message of the queue to the program. Says whether the queue delivers it again. */
  handle(deliver: DeliverEvent, message: { readonly body: string; readonly attempt: number }): Promise<boolean>
}

/** A receiver on this machine. */
interface Receiver {
  readonly url: string
  readonly requests: {
    readonly method: string | undefined
    readonly headers: IncomingHttpHeaders
    readonly body: string
  }[]
}

const PRIVATE = ['localhost', '127.0.0.1', '[::1]', '10.0.0.1', '169.254.169.254', '[fd00::1]']
const BODY = '{"name":"Zürich.csv"}'
const REQUEST = { headers: { 'content-type': 'application/json', 'webhook-id': 'e1' }, body: BODY }

/** The same for every cloud: what reaches a receiver, and when the queue delivers an event again. */
export function describeWebhooks({ post, isPublicOnly, handle }: WebhooksSubject): void {
  let server: Server
  let receiver: Receiver

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const { method, headers, url } = request
      receiver.requests.push({ method, headers, body: await text(request) })
      if (url === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end()
      // An endless body.
      else if (url === '/endless') response.writeHead(200).write('a')
      else response.writeHead(url === '/broken' ? 500 : 204).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    receiver = { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, requests: [] }
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })
  beforeEach(() => void receiver.requests.splice(0))

  describe('a request to a receiver', () => {
    it('is one POST with the headers and the bytes of the body', async () => {
      expect(await post(`${receiver.url}/hook`, REQUEST)).toBe(204)
      expect(receiver.requests).toEqual([
        { method: 'POST', body: BODY, headers: expect.objectContaining(REQUEST.headers) },
      ])
    })

    it('follows no redirect', async () => {
      expect(await post(`${receiver.url}/redirect`, REQUEST)).toBe(302)
      expect(receiver.requests).toHaveLength(1)
    })

    it('does not wait for the body of the answer', async () => {
      expect(await post(`${receiver.url}/endless`, REQUEST)).toBe(200)
      expect(await post(`${receiver.url}/broken`, REQUEST)).toBe(500)
    })

    it('rejects when there is no receiver', async () => {
      await expect(post('http://127.0.0.1:9/', REQUEST)).rejects.toThrow()
    })

    it.each(isPublicOnly ? [] : PRIVATE)('never goes by https to a private address, such as %s', async (host) => {
      await expect(post(`https://${host}:${new URL(receiver.url).port}/`, REQUEST)).rejects.toThrow('private')
      expect(receiver.requests).toEqual([])
    })
  })

  describe('the queue of events', () => {
    it('forgets an event that was delivered', async () => {
      expect(await handle(async () => undefined, { body: BODY, attempt: 1 })).toBe(false)
    })

    it('delivers an event again that was not, and counts the attempts', async () => {
      const attempts: number[] = []
      const deliver: DeliverEvent = async (_, attempt) => {
        attempts.push(attempt)
        return 10
      }
      for (const attempt of [1, 7]) expect(await handle(deliver, { body: BODY, attempt })).toBe(true)
      expect(attempts).toEqual([1, 7])
    })
  })
}

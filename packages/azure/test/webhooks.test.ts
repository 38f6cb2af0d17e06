import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { postWebhook } from '@ckan-uplink/gateway/node'
import { describeWebhooks } from '@ckan-uplink/testing/contracts'
import { describe, expect, it } from 'vitest'
import { createEventQueue, deliverOne } from '../src/webhooks.ts'

describeWebhooks({
  post: postWebhook,
  isPublicOnly: false,
  handle: (deliver, { body, attempt }) =>
    deliverOne({ deliver }, body, attempt).then(
      () => false,
      () => true,
    ),
})

/** Queue Storage's answer to Put Message: https://learn.microsoft.com/rest/api/storageservices/put-message */
const PUT =
  '<?xml version="1.0"?><QueueMessagesList><QueueMessage><MessageId>1</MessageId><InsertionTime>Fri, 27 Nov 2026 08:00:00 GMT</InsertionTime><ExpirationTime>Fri, 04 Dec 2026 08:00:00 GMT</ExpirationTime><PopReceipt>r</PopReceipt><TimeNextVisible>Fri, 27 Nov 2026 08:00:00 GMT</TimeNextVisible></QueueMessage></QueueMessagesList>'

describe('the queue of events', () => {
  it('takes a message as the trigger of Functions expects it, and rejects when Queue Storage refuses it', async () => {
    const requests: string[] = []
    const authorizations: unknown[] = []
    let status = 201
    const server = createServer(async (request, response) => {
      authorizations.push(request.headers.authorization)
      requests.push(`${request.method} ${request.url} ${await text(request)}`)
      response.writeHead(status, { 'Content-Type': 'application/xml' }).end(status === 201 ? PUT : '')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/account/uplink-webhooks`
    const queue = createEventQueue(url, { accountKey: btoa('key') })
    await queue.send('{"name":"Zürich <1>.csv"}')
    const [, content = ''] = /<MessageText>(.*)<\/MessageText>/u.exec(requests[0] ?? '') ?? []
    expect(requests[0]).toMatch(/^POST \/account\/uplink-webhooks\/messages/u)
    expect(Buffer.from(content, 'base64').toString()).toBe('{"name":"Zürich <1>.csv"}')
    expect(authorizations).toEqual([expect.stringMatching(/^SharedKey account:/u)])
    status = 403
    await expect(queue.send('{}')).rejects.toThrow('403')
    server.close()
    server.closeAllConnections()
  })
})

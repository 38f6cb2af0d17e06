import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { deliver, type Scene, startScene } from '../scene.ts'
import { type RunningFunction, startFunction } from './lambda.ts'

vi.setConfig({ testTimeout: 30_000 })

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

let scene: Scene
let receiver: Server
let linker: RunningFunction
let reconcile: RunningFunction
let status = 204
const received: { readonly signature: unknown; readonly body: string }[] = []

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    received.push({ signature: request.headers['webhook-signature'], body: await text(request) })
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  scene = await startScene()
  scene.services.otherSecrets.set('webhooks', SECRET)
  const variables = {
    ...scene.variables,
    WEBHOOK_URLS: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`,
    WEBHOOK_SECRET: 'webhooks',
    WEBHOOK_QUEUE_URL: `${scene.services.url}/000000000000/uploads-webhooks`,
  }
  ;[linker, reconcile] = await Promise.all([startFunction('linker', variables), startFunction('reconcile', variables)])
})
afterAll(async () => {
  await Promise.all([linker?.close(), reconcile?.close(), scene?.close()])
  receiver?.close()
  receiver?.closeAllConnections()
})

describe('the linker with receivers', () => {
  it('puts the event of a link on the queue of events, and delivers it with a signature', async () => {
    const { id, key } = await scene.uploaded()
    expect(await deliver(linker, [{ id: 'one', body: scene.notification(key) }])).toEqual([])
    const [{ queueUrl, body } = { queueUrl: '', body: '' }] = scene.services.sent
    expect(queueUrl).toMatch(/\/uploads-webhooks$/u)

    status = 503
    const message = { id: 'event', body, queue: 'uploads-webhooks' }
    expect(await deliver(linker, [message])).toEqual(['event'])
    expect(scene.services.visibilities.at(-1)).toMatchObject({ receipt: 'receipt of event' })
    status = 204
    expect(await deliver(linker, [{ ...message, received: 2 }])).toEqual([])
    expect(received).toHaveLength(2)
    expect(received[1]?.signature).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/u)
    expect(JSON.parse(received[1]?.body ?? '')).toMatchObject({
      type: 'ckan-uplink.upload.linked',
      data: { entity: { type: 'resource', id } },
    })
    expect(linker.log.join()).not.toContain(SECRET)
  })

  it('has events that wait in the bucket sent by the hourly run', async () => {
    const before = scene.services.sent.length
    const event = { id: 'waiting', data: { upload: 'u' } }
    await scene.store.put('uplink/events/waiting.json', new TextEncoder().encode(JSON.stringify(event)))
    await reconcile.invoke({ task: 'try-token' })
    expect(scene.services.sent.slice(before).map(({ body }) => JSON.parse(body).event)).toEqual([event])
    expect(await scene.store.head('uplink/events/waiting.json')).toBeUndefined()
  })
})

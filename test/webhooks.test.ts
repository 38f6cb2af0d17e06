import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from './support/ckan-calls.ts'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

const SECRET = `whsec_${randomBytes(32).toString('base64')}`

interface Received {
  readonly signature: string | undefined
  readonly event: { readonly id: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> }
}

let receiver: Server
let edition: OperatedEdition
const received: Received[] = []
/** Whether the receiver answers 503. */
let isDown = false

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const event = JSON.parse(await text(request))
    if (!isDown) received.push({ signature: request.headers['webhook-signature']?.toString(), event })
    response.writeHead(isDown ? 503 : 204).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  const WEBHOOK_URLS = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`
  edition = await openOperatedEdition({ local: { settings: { WEBHOOK_URLS }, webhookSecrets: SECRET } })
})
afterAll(async () => {
  await edition?.close()
  receiver?.close()
  receiver?.closeAllConnections()
})

const typesOf = (upload: string) =>
  received.filter(({ event }) => event.data['upload'] === upload).map(({ event }) => event.type)

async function upload(content: string, resource: string, name = 'a.csv'): Promise<string> {
  return (await edition.uplink.upload(new Blob([content]), { resource, name })).id
}

describe('a receiver', () => {
  it('hears that a file was linked, that another failed, and that the first was removed', async () => {
    const dataset = await edition.newDataset()
    const resource = only(dataset)
    const first = await upload('a,b\n1,2\n', resource)
    await expect.poll(() => typesOf(first)).toEqual(['ckan-uplink.upload.linked'])
    const [linked] = received
    expect(linked?.signature).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/u)
    const { url } = await edition.resource(resource)
    expect(linked?.event.data).toMatchObject({ dataset: dataset.id, name: 'a.csv', size: 8, url })

    const bad = await upload('%PDF-1.7\n', resource, 'b.csv')
    await expect.poll(() => typesOf(bad)).toEqual(['ckan-uplink.upload.failed'])

    const second = await upload('a,b\n3,4\n', resource)
    await expect.poll(() => typesOf(second)).toEqual(['ckan-uplink.upload.linked'])
    const answer = await fetch(`${edition.local.gateway}/api/3/action/upload_remove`, {
      method: 'POST',
      headers: { Authorization: edition.ckan.tokens.editor, 'Content-Type': 'application/json' },
      body: JSON.stringify({ id: first, reason: 'It holds names.' }),
    })
    expect(answer.status).toBe(200)
    await expect.poll(() => typesOf(first)).toEqual(['ckan-uplink.upload.linked', 'ckan-uplink.upload.removed'])
  })

  it('that is down delays no link, and gets its events by a replay with the ids that they had', async () => {
    const resource = only(await edition.newDataset())
    isDown = true
    const id = await upload('a,b\n5,6\n', resource)
    expect((await edition.uplink.waitFor(id, 'linked')).state).toBe('linked')
    isDown = false
    const [line] = linesOf(await edition.operate('events replay --since 1h --json'))
    const waiting: string[] = []
    for await (const { key } of edition.store.list('uplink/events/')) waiting.push(key)
    const last = new Map(received.map(({ event }) => [event.data['upload'], event.id]))
    for (const event of last.values()) expect(waiting).toContain(`uplink/events/${event}.json`)
    // On a busy machine the first attempt comes so late that the receiver is up again.
    const uploads = new Set([...last.keys(), id])
    expect(waiting).toHaveLength(uploads.size)
    expect(line).toEqual({ events: uploads.size })
    expect(await edition.operate('events replay')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--since'),
    })
  })
})

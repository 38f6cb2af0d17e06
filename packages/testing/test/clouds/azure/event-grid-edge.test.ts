import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EventGridEdge, type EventGridSubscription, startEventGridEdge } from '../../../src/clouds/azure/index.ts'

const SUBJECT = '/blobServices/default/containers/open-data/blobs/'
const NAME = '日本語 (1)+100%.csv'

interface Delivery {
  readonly type: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the tests fail if a path in the posted JSON does not exist.
  readonly events: any
}

let storage: Server
let receiver: Server
let edge: EventGridEdge
let deliveries: Delivery[]
let deadLetters: { readonly name: string; readonly content: string }[]
/** What the receiver answers to each delivery in turn, then 202. */
let answers: number[]

function listen(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<Server> {
  const server = createServer((request, response) => void handle(request, response))
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function urlOf(server: Server): string {
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

beforeAll(async () => {
  storage = await listen(async (request, response) => {
    request.resume()
    response
      .writeHead(request.url?.includes('missing') ? 404 : 201, {
        ETag: '"0x8D4BCC2E4835CD0"',
        'x-path': request.url ?? '',
      })
      .end()
  })
  receiver = await listen(async (request, response) => {
    const [type, events] = [String(request.headers['aeg-event-type']), await json(request)]
    deliveries.push({ type, events })
    const [event] = [events].flat() as { readonly data: { readonly validationCode?: string } | string }[]
    const data = typeof event?.data === 'string' ? JSON.parse(event.data) : event?.data
    if (type === 'SubscriptionValidation') response.end(JSON.stringify({ validationResponse: data.validationCode }))
    else response.writeHead(answers.shift() ?? 202).end()
  })
})
afterAll(() => {
  storage.close()
  receiver.close()
})
beforeEach(() => {
  deliveries = []
  deadLetters = []
  answers = []
})
afterEach(() => edge.close())

async function subscribe(changes: Partial<EventGridSubscription> = {}): Promise<void> {
  edge = await startEventGridEdge({ upstream: urlOf(storage) })
  await edge.subscribe({
    endpoint: urlOf(receiver),
    schema: 'EventGridSchema',
    subjectBeginsWith: [`${SUBJECT}resources/`],
    eventTypes: ['Microsoft.Storage.BlobCreated', 'Microsoft.Storage.BlobDeleted'],
    maxEventsPerBatch: 1,
    maxDeliveryAttempts: 30,
    eventTimeToLiveInMinutes: 1_440,
    secondMs: 0.001,
    deadLetter: async (name, content) => {
      deadLetters.push({ name, content })
    },
    ...changes,
  })
  deliveries = []
}

async function send(method: string, key: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const response = await fetch(`${edge.url}/account/open-data/${key}`, {
    method,
    headers,
    body: method === 'PUT' ? 'a,b' : null,
  })
  await response.arrayBuffer()
  return response
}

async function apisOf(
  ...requests: readonly (readonly [string, string, Readonly<Record<string, string>>?])[]
): Promise<readonly string[]> {
  for (const [method, key, headers] of requests) await send(method, key, headers)
  await edge.settled()
  return deliveries.flatMap(({ events }) =>
    events.map((event: { readonly data: { readonly api: string } }) => event.data.api),
  )
}

describe('startEventGridEdge', () => {
  it('reports a new blob like Azure, without encoding its name', async () => {
    await subscribe()
    await apisOf([
      'PUT',
      `resources/${encodeURIComponent(NAME)}?sig=x`,
      { 'x-ms-blob-type': 'BlockBlob', 'Content-Type': 'text/csv' },
    ])
    expect(deliveries).toMatchObject([
      {
        type: 'Notification',
        events: [
          {
            subject: `${SUBJECT}resources/${NAME}`,
            eventType: 'Microsoft.Storage.BlobCreated',
            eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/u),
            data: { api: 'PutBlob', contentType: 'text/csv', contentLength: 3, eTag: '0x8D4BCC2E4835CD0' },
            metadataVersion: '1',
          },
        ],
      },
    ])
  })

  it('tells the same as CloudEvents', async () => {
    await subscribe({ schema: 'CloudEventSchemaV1_0' })
    await apisOf(['PUT', 'resources/a'])
    expect(deliveries).toMatchObject([
      { events: [{ specversion: '1.0', type: 'Microsoft.Storage.BlobCreated', subject: `${SUBJECT}resources/a` }] },
    ])
  })

  it('reports a copy, committed blocks and a removal', async () => {
    await subscribe()
    const copy = { 'x-ms-copy-source': 'https://account.blob.core.windows.net/open-data/other' }
    expect(
      await apisOf(
        ['PUT', 'resources/copy', copy],
        ['PUT', 'resources/parts?comp=blocklist'],
        ['DELETE', 'resources/gone'],
      ),
    ).toEqual(['CopyBlob', 'PutBlockList', 'DeleteBlob'])
  })

  it('does not report reads, blocks, failures, other prefixes or unsubscribed types', async () => {
    await subscribe({ eventTypes: ['Microsoft.Storage.BlobCreated'] })
    const quiet = await apisOf(
      ['GET', 'resources/a'],
      ['PUT', 'resources/a?comp=block&blockid=x'],
      ['PUT', 'resources/missing'],
      ['PUT', 'uplink/a'],
      ['DELETE', 'resources/a'],
    )
    expect(quiet).toEqual([])
  })

  it('passes paths on as they are, since they are signed', async () => {
    await subscribe()
    expect((await send('PUT', 'a%20b%2Bc%281%29?sig=x%2Fy')).headers.get('x-path')).toBe(
      '/account/open-data/a%20b%2Bc%281%29?sig=x%2Fy',
    )
  })

  it('gathers events up to the size of a batch', async () => {
    await subscribe({ maxEventsPerBatch: 3, gatherMs: 2000 })
    await Promise.all(Array.from({ length: 5 }, (_, index) => send('PUT', `resources/${index}`)))
    await edge.settled()
    expect(deliveries.map(({ events }) => events.length).sort()).toEqual([2, 3])
  })

  it('delivers again until it is acknowledged, older each time', async () => {
    await subscribe()
    answers = [500, 503, 404]
    await apisOf(['PUT', 'resources/a'])
    const times = deliveries.map(({ events }) => Date.parse(events[0].eventTime))
    const ages = times.map((time) => Math.round(((times[0] ?? 0) - time) / 10_000) * 10)
    expect(ages).toEqual([0, 10, 40, 100])
    expect(deadLetters).toEqual([])
  })

  it.each([
    ['after the last attempt', { maxDeliveryAttempts: 3 }, 500, 'MaxDeliveryAttemptsExceeded', 3],
    ['after a day', {}, 500, 'TimeToLiveExceeded', 11],
    ['at once when the endpoint says that it is bad', {}, 400, 'UndeliverableDueToHttpStatus', 1],
  ])('gives up %s', async (_, changes, status, deadLetterReason, attempts) => {
    await subscribe(changes)
    answers = Array.from({ length: 40 }, () => status)
    await apisOf(['PUT', 'resources/a'])
    expect(deliveries).toHaveLength(attempts)
    expect(deadLetters.map(({ content }) => JSON.parse(content))).toMatchObject([
      [{ deadLetterReason, deliveryAttempts: attempts, data: { api: 'PutBlob' } }],
    ])
    expect(deadLetters[0]?.name).toMatch(/^UPLINK\/\d{4}\/\d+\/\d+\/\d+\/[0-9a-f-]{36}\.json$/u)
  })

  it('makes no subscription for an endpoint that does not answer the handshake', async () => {
    edge = await startEventGridEdge({ upstream: urlOf(storage) })
    await expect(subscribeTo(urlOf(storage))).rejects.toThrow('is not validated: 201')
  })
})

function subscribeTo(endpoint: string): Promise<void> {
  const filter = { subjectBeginsWith: [SUBJECT], eventTypes: ['Microsoft.Storage.BlobCreated'] } as const
  const delivery = { maxEventsPerBatch: 1, maxDeliveryAttempts: 1, eventTimeToLiveInMinutes: 1, secondMs: 0 }
  return edge.subscribe({ endpoint, schema: 'EventGridSchema', ...filter, ...delivery, deadLetter: async () => {} })
}

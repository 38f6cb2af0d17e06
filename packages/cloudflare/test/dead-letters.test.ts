import { UnavailableError, UplinkError } from '@ckan-uplink/core'
import { type QueuesStandIn, startQueuesStandIn } from '@ckan-uplink/testing/clouds/cloudflare'
import { describeDeadLetters } from '@ckan-uplink/testing/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDeadLetters, decode } from '../src/index.ts'

/** Does not wait, but records the waits. */
const waits: number[] = []
const clock = { sleep: async (milliseconds: number) => void waits.push(milliseconds) }

describeDeadLetters("Cloudflare's API", async () => {
  const api = await startQueuesStandIn()
  return {
    deadLetters: createDeadLetters({ ...api, clock }),
    send: async (events) => events.forEach((event) => void api.send(event)),
    close: api.close,
  }
})

describe('the dead letters of a queue of Cloudflare', () => {
  let api: QueuesStandIn
  beforeAll(async () => {
    api = await startQueuesStandIn()
  })
  afterAll(() => api.close())
  beforeEach(() => {
    waits.length = 0
    api.requests.length = 0
    api.faults.length = 0
  })

  async function drain(options: object = {}): Promise<readonly unknown[]> {
    const bodies: unknown[] = []
    await createDeadLetters({ ...api, clock, ...options }).drain(async ({ body }) => void bodies.push(body))
    return bodies
  }

  it.each<[string, unknown, 'json' | 'text' | 'bytes', unknown]>([
    ['JSON', { key: '日本語.csv' }, 'json', { key: '日本語.csv' }],
    ['text, even if it looks like base64', 'aGVsbG8=', 'text', 'aGVsbG8='],
    ['bytes', 'not JSON', 'bytes', 'not JSON'],
  ])('are readable with every content type: %s', async (_, body, contentType, expected) => {
    api.send(body, contentType)
    expect(await drain()).toEqual([expected])
  })

  it('can be decoded like the messages of the linker', async () => {
    const event = {
      account: api.accountId,
      action: 'PutObject',
      bucket: 'files',
      object: { key: 'a%20b.csv', size: 1, eTag: '0' },
      eventTime: '2026-03-04T05:00:00Z',
    }
    api.send(event)
    expect((await drain()).flatMap((body) => decode(body).events)).toEqual([
      { bucket: 'files', key: 'a%20b.csv', kind: 'created', etag: '0', time: '2026-03-04T05:00:00Z' },
    ])
  })

  it('end after two empty pulls, because a pull does not wait', async () => {
    await drain()
    expect(api.requests.map((request) => request.split('/').at(-1))).toEqual(['queues', 'pull', 'pull'])
    expect(waits).toEqual([1000])
  })

  it('are not lost when the bucket is unreachable for a long time', async () => {
    for (let number = 0; number < 30; number += 1) api.send({ number })
    const failing = createDeadLetters({ ...api, clock })
    for (let time = 0; time < 50; time += 1)
      await expect(failing.drain(() => Promise.reject(new Error('The bucket is away.')))).rejects.toThrow('away')
    expect(await drain()).toHaveLength(30)
    expect(api.deleted()).toBe(0)
  })

  it('are delivered in spite of temporary failures of the API', async () => {
    api.send({ number: 1 })
    api.faults.push({ status: 500 }, 'lost', { status: 429, headers: { 'Retry-After': '7' } })
    expect(await drain()).toEqual([{ number: 1 }])
    expect(waits.slice(0, 3)).toEqual([1000, 2000, 7000])
  })

  it('stay in the queue when the API fails for longer', async () => {
    api.send({ number: 1 })
    api.faults.push(...Array.from({ length: 4 }, () => ({ status: 503 })))
    await expect(drain()).rejects.toThrow(UnavailableError)
    expect(await drain()).toEqual([{ number: 1 }])
  })

  it('are acknowledged again when the first answer was lost', async () => {
    api.send({ number: 1 })
    const bodies: unknown[] = []
    const deadLetters = createDeadLetters({ ...api, clock })
    await deadLetters.drain(async ({ body }) => {
      bodies.push(body)
      api.faults.push('lost')
    })
    expect(bodies).toEqual([{ number: 1 }])
    expect(await drain()).toEqual([])
  })

  it.each([
    [
      'the token may not',
      { apiToken: 'secret-of-somebody' },
      'not_allowed',
      'was refused with 403 Authentication error (10000): give the API token the permissions Queues Read and Queues Write',
    ],
    [
      'there is no such queue',
      { queue: 'uploads-dead-letters-of' },
      'not_found',
      'has no queue uploads-dead-letters-of: check that the environment is deployed',
    ],
  ])('fail at once with advice when %s', async (_, options, code, words) => {
    const failure = await drain(options).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UplinkError)
    expect(failure).toMatchObject({ code, retryable: false, message: expect.stringContaining(words) })
    expect(String(failure)).not.toContain('secret')
    expect(waits).toEqual([])
  })

  it('are not taken for none when another server answers for the API', async () => {
    api.send({ number: 1 })
    api.faults.push(...Array.from({ length: 4 }, () => ({ status: 200 })))
    await expect(drain()).rejects.toThrow(UnavailableError)
    expect(await drain()).toEqual([{ number: 1 }])
  })

  it('fail when the API is unreachable', async () => {
    await expect(drain({ apiUrl: 'http://127.0.0.1:9' })).rejects.toThrow(
      /failed 4 times, the last time with .*: try again later\.$/u,
    )
  })
})

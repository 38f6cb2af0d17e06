import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPostpone, createSqsClient, type Postpone } from '../src/postpone.ts'
import { type AwsServices, startAwsServices } from './aws-services.ts'

let services: AwsServices
let postpone: Postpone
const log: string[] = []

beforeAll(async () => {
  services = await startAwsServices()
  const client = createSqsClient({
    endpoint: services.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  })
  postpone = createPostpone({
    client,
    queueUrl: `${services.url}/000000000000/uploads`,
    logger: { log: (...line) => log.push(JSON.stringify(line)) },
  })
})
afterAll(() => services.close())
beforeEach(() => {
  services.visibilities.length = 0
  services.queueCalls = 0
  services.queueFails = false
  log.length = 0
})

function messages(...delays: readonly number[]): Parameters<Postpone>[0] {
  const attributes = { ApproximateReceiveCount: '1' }
  return delays.map((seconds, index) => ({
    seconds,
    record: { messageId: `${index}`, receiptHandle: `receipt-${index}`, body: '', attributes },
  }))
}

describe('createPostpone', () => {
  it('makes no call without messages', async () => {
    await postpone([])
    expect(services.queueCalls).toBe(0)
  })

  it.each([
    [0.2, 1],
    [0, 0],
    [43_200, 43_200],
    [1_000_000, 43_200],
  ])('limits a delay of %d s to %d s', async (given, seconds) => {
    await postpone(messages(given))
    expect(services.visibilities).toEqual([{ receipt: 'receipt-0', seconds }])
  })

  it('sends ten messages per call, each once', async () => {
    await postpone(messages(...Array.from({ length: 25 }, () => 30)))
    expect(services.queueCalls).toBe(3)
    expect(new Set(services.visibilities.map(({ receipt }) => receipt)).size).toBe(25)
  })

  it('leaves the delay to the queue and logs it when SQS refuses', async () => {
    services.queueFails = true
    await postpone(messages(30))
    expect(log).toEqual([expect.stringMatching(/not_postponed.*Access is denied/u)])
  })

  it('leaves the delay to the queue when SQS is unreachable', async () => {
    const client = createSqsClient({
      endpoint: 'http://127.0.0.1:9',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    })
    const alone = createPostpone({
      client,
      queueUrl: 'http://127.0.0.1:9/000000000000/uploads',
      logger: { log: (...line) => log.push(JSON.stringify(line)) },
    })
    await alone(messages(30))
    expect(log).toEqual([expect.stringContaining('not_postponed')])
  })
})

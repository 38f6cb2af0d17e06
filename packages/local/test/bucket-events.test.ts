import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStore, type R2Bucket } from '@ckan-uplink/cloudflare'
import { bundleModule } from '@ckan-uplink/cloudflare/bundle'
import { listParked, type ParkedMessage } from '@ckan-uplink/core/operations'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { miniflareOptions } from '../src/miniflare-options.ts'

/** A Worker that handles nothing. */
const SCRIPT = 'export default { fetch() { return new Response() }, queue() { throw new Error("It is broken.") } }'

let folder: string
let miniflare: Miniflare
const log: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  const url = 'http://127.0.0.1:9'
  const options = miniflareOptions({
    port: 0,
    scripts: { gateway: SCRIPT, linker: SCRIPT },
    bucketEventsScript: await bundleModule(join(import.meta.dirname, '../src/bucket-events.ts')),
    credentials: { accessKeyId: '0123456789abcdef', secretAccessKey: '0123456789abcdef' },
    files: {},
    objects: folder,
    ckan: { url, token: 'token' },
    settings: {},
    // A hundred attempts would take half a minute.
    maxRetries: 0,
    onLog: (line) => log.push(line),
  })
  miniflare = new Miniflare(options)
  await miniflare.ready
})
afterAll(async () => {
  await miniflare.dispose()
  await rm(folder, { recursive: true, force: true })
})

async function parked(): Promise<readonly ParkedMessage[]> {
  const bucket: unknown = await miniflare.getR2Bucket('BUCKET', 'bucket-events')
  const messages: ParkedMessage[] = []
  for await (const message of listParked(createStore(bucket as R2Bucket))) messages.push(message)
  return messages
}

describe('a message that the local linker never answers', () => {
  it('is parked for the operator: events decoded, other messages unchanged', async () => {
    const queue = await miniflare.getQueueProducer('EVENTS', 'bucket-events')
    const key = 'resources/api_uploads/日本語.csv'
    await queue.send({
      account: '0',
      action: 'PutObject',
      bucket: 'ckan-uplink',
      object: { key, size: 1, eTag: '0' },
      eventTime: '2026-03-04T05:00:00Z',
    })
    await queue.send('nonsense')
    await expect.poll(async () => (await parked()).length).toBe(2)
    const messages = await parked()
    expect(messages.find(({ event }) => event)).toMatchObject({
      event: { bucket: 'ckan-uplink', key, kind: 'created' },
      reason: expect.stringContaining('never acknowledged'),
    })
    expect(messages.find(({ body }) => body)).toMatchObject({ body: 'nonsense' })
    expect(log).toContainEqual(expect.stringContaining('dead_letters_parked'))
  })
})

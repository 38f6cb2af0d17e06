import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStore, type R2Bucket } from '@ckan-uplink/cloudflare'
import { bundleModule } from '@ckan-uplink/cloudflare/bundle'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectBucket } from '../src/connect-bucket.ts'
import { miniflareOptions } from '../src/miniflare-options.ts'

const OBJECTS = 250
const BATCH = 100
const NEW = 'resources/api_uploads/new'

const GATEWAY = 'export default { fetch() { return new Response() } }'
/** Logs the key of each message. A batch of the replay ends when the new upload has been handled, or after 10 s. */
const LINKER = `
let isHandled = false
export default {
  async queue({ messages }) {
    for (const { body } of messages) console.log(body.object.key)
    isHandled ||= messages.some(({ body }) => body.object.key === '${NEW}')
    for (let wait = 0; !isHandled && wait < 100; wait += 1) await new Promise((resolve) => setTimeout(resolve, 100))
  }
}`

let folder: string
let miniflare: Miniflare
const log: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  const options = miniflareOptions({
    port: 0,
    scripts: { gateway: GATEWAY, linker: LINKER },
    files: {},
    bucketEventsScript: await bundleModule(join(import.meta.dirname, '../src/bucket-events.ts')),
    credentials: { accessKeyId: '0123456789abcdef', secretAccessKey: '0123456789abcdef' },
    objects: folder,
    ckan: { url: 'http://127.0.0.1:9', token: 'token' },
    settings: {},
    onLog: (line) => log.push(line),
  })
  miniflare = new Miniflare(options)
  await miniflare.ready
  const bucket: unknown = await miniflare.getR2Bucket('BUCKET', 'bucket-events')
  const store = createStore(bucket as R2Bucket)
  for (let index = 0; index < OBJECTS; index += 1)
    await store.put(`resources/api_uploads/old-${index}`, new Uint8Array(1))
})
afterAll(async () => {
  await miniflare.dispose()
  await rm(folder, { recursive: true, force: true })
})

describe('the replay of a bucket', () => {
  it('does not hold up an upload that arrives meanwhile', async () => {
    await (await connectBucket(miniflare)).replay()
    await expect.poll(() => log.length).toBeGreaterThan(0)
    const queue = await miniflare.getQueueProducer('EVENTS', 'bucket-events')
    await queue.send({ object: { key: NEW } })
    await expect.poll(() => log.length).toBe(OBJECTS + 1)
    expect(log.indexOf(NEW)).toBeLessThanOrEqual(BATCH)
  })
})

import { readTokenNote } from '@ckan-uplink/core/operations'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventBridgeEvent, snsEnvelope } from '../notifications.ts'
import { deliver, PREFIX, type Scene, secretsIn, startScene } from '../scene.ts'
import { type RunningFunction, startFunction } from './lambda.ts'

// Most of these tests start a function of their own.
vi.setConfig({ testTimeout: 30_000 })

let scene: Scene
let linker: RunningFunction

beforeAll(async () => {
  scene = await startScene()
  linker = await startFunction('linker', scene.variables)
})
afterAll(async () => {
  await linker?.close()
  await scene?.close()
})
beforeEach(() => scene.reset())

describe('the linker', () => {
  it.each([
    ['raw', (key: string) => scene.notification(key)],
    ['in the envelope of a topic', (key: string) => snsEnvelope(scene.notification(key))],
    ['by EventBridge', (key: string) => eventBridgeEvent(key).replaceAll('open-data', scene.bucket)],
  ])('links the object of a message that was delivered %s, and acknowledges it', async (_, bodyOf) => {
    const { id, key } = await scene.uploaded()
    expect(await deliver(linker, [{ id: 'one', body: bodyOf(key) }])).toEqual([])
    expect(await scene.ask('resource_show', { id })).toMatchObject({
      size: 8,
      mimetype: 'text/csv',
      format: 'CSV',
      url: expect.stringContaining(`https://data.example.org/resource/${id}/`),
    })
  })

  it.each([
    ['S3', (notification: string) => JSON.parse(notification)],
    ['SNS', (notification: string) => ({ Records: [{ EventSource: 'aws:sns', Sns: { Message: notification } }] })],
  ])('links an object when %s invokes it directly', async (_, eventOf) => {
    const { id, key } = await scene.uploaded()
    expect(await linker.invoke(eventOf(scene.notification(key)))).toBeNull()
    expect(await scene.ask('resource_show', { id })).toMatchObject({ size: 8 })
  })

  it('parks the event of a direct invocation at once, because no queue delivers it again', async () => {
    const { id, key } = await scene.uploaded()
    scene.ckan.faults.add({ action: 'package_revise', effect: { status: 503 } })
    expect(await linker.invoke(JSON.parse(scene.notification(key)))).toBeNull()
    expect(linker.log.filter((line) => line.includes('"parked"') && line.includes(id))).toHaveLength(1)
  })

  it('explains the set-up when it is invoked with another event', async () => {
    await expect(linker.invoke({ key1: 'value1' })).rejects.toThrow(
      /fields \["key1"\].*let the queue invoke this function/u,
    )
  })

  it('acknowledges the final messages of a batch, and delays the others', async () => {
    const [one, two] = [await scene.uploaded(), await scene.uploaded()]
    scene.ckan.faults.add({ action: 'package_revise', effect: { status: 503 } })
    const failed = await deliver(linker, [
      { id: 'one', body: scene.notification(one.key) },
      { id: 'foreign', body: scene.notification('elsewhere/file.csv') },
      { id: 'nonsense', body: 'hello' },
      { id: 'two', body: scene.notification(two.key) },
    ])
    expect(failed).toEqual(['one', 'two'])
    expect(scene.services.visibilities.map(({ receipt }) => receipt)).toEqual(['receipt of one', 'receipt of two'])
    for (const { seconds } of scene.services.visibilities) expect(seconds).toBeGreaterThan(0)
  })

  it('answers for its batch when SQS refuses the delays', async () => {
    const { key } = await scene.uploaded()
    scene.ckan.faults.add({ effect: { status: 503 } })
    scene.services.queueFails = true
    expect(await deliver(linker, [{ id: 'one', body: scene.notification(key) }])).toEqual(['one'])
  })

  it('links when CKAN is reachable again', async () => {
    const { id, key } = await scene.uploaded()
    const down = scene.ckan.faults.add({ effect: 'cut' })
    expect(await deliver(linker, [{ id: 'one', body: scene.notification(key) }])).toEqual(['one'])
    down()
    expect(await deliver(linker, [{ id: 'one', body: scene.notification(key) }])).toEqual([])
    expect(await scene.ask('resource_show', { id })).toMatchObject({ size: 8 })
  })

  it('parks a message that fails on its last attempt, and not earlier', async () => {
    const { id, key } = await scene.uploaded()
    scene.ckan.faults.add({ effect: { status: 503 } })
    expect(await deliver(linker, [{ id: 'third', body: scene.notification(key), received: 2 }])).toEqual(['third'])
    expect(await deliver(linker, [{ id: 'third', body: scene.notification(key), received: 3 }])).toEqual([])
    expect(linker.log.filter((line) => line.includes('"parked"') && line.includes(id))).toHaveLength(1)
  })

  it('acknowledges no message and logs the reason while the secret is unreadable, and links afterwards', async () => {
    const { key } = await scene.uploaded()
    scene.services.secret = undefined
    const fresh = await startFunction('linker', scene.variables)
    try {
      expect(await deliver(fresh, [{ id: 'one', body: scene.notification(key) }])).toEqual(['one'])
      expect(scene.services.visibilities).toEqual([{ receipt: 'receipt of one', seconds: 300 }])
      expect(fresh.log).toContainEqual(expect.stringMatching(/not_configured.*ckan-token.*can't be read/u))
      expect(await readTokenNote(scene.store)).toMatchObject({
        valid: false,
        detail: expect.stringContaining('does not exist, or the linker may not read it'),
      })
      scene.services.secret = scene.ckan.tokens.admin
      expect(await deliver(fresh, [{ id: 'one', body: scene.notification(key) }])).toEqual([])
    } finally {
      await fresh.close()
    }
  })

  it.each(['', '{"token": "as the console makes it"}', 'two words'])(
    'acknowledges no message while the secret is %j, which is not a token',
    async (secret) => {
      scene.services.secret = secret
      const fresh = await startFunction('linker', scene.variables)
      try {
        expect(await deliver(fresh, [{ id: 'one', body: scene.notification(PREFIX) }])).toEqual(['one'])
        expect(fresh.log).toContainEqual(expect.stringMatching(/not_configured.*as plain text/u))
      } finally {
        await fresh.close()
      }
    },
  )

  it('notes for everyone that the secret does not exist', async () => {
    scene.services.secret = null
    const fresh = await startFunction('linker', scene.variables)
    try {
      await deliver(fresh, [{ id: 'one', body: scene.notification(PREFIX) }])
      expect(await readTokenNote(scene.store)).toMatchObject({
        valid: false,
        detail: expect.stringContaining('does not exist, or the linker may not read it: store the token'),
      })
    } finally {
      await fresh.close()
    }
  })

  it('reads the secret once for many batches', async () => {
    const before = scene.services.secretCalls()
    for (const id of ['one', 'two', 'three'])
      await deliver(linker, [{ id, body: scene.notification('elsewhere/file.csv') }])
    expect(scene.services.secretCalls() - before).toBe(0)
  })

  it('acknowledges no message and delays all while its configuration has a fault', async () => {
    const { CKAN_URL: _, ...broken } = scene.variables
    const unconfigured = await startFunction('linker', broken)
    try {
      expect(await deliver(unconfigured, [{ id: 'waiting', body: scene.notification(PREFIX), received: 2 }])).toEqual([
        'waiting',
      ])
      expect(scene.services.visibilities).toEqual([{ receipt: 'receipt of waiting', seconds: 600 }])
      expect(unconfigured.log.join('\n')).toContain('CKAN_URL is missing.')
    } finally {
      await unconfigured.close()
    }
  })

  it('logs one JSON object per line, and no secret', () => {
    expect(linker.log.length).toBeGreaterThan(5)
    expect(secretsIn(scene, linker)).toEqual([])
  })
})

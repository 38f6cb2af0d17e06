import { describe, expect, it } from 'vitest'
import { EDITOR, OWNER_ID, PRIVATE_ID, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'

const IMAGE = { id: OWNER_ID, name: 'a.png', size: 7 }
const FILE = { id: PUBLIC_ID, name: 'a.csv' }

type Gateway = ReturnType<typeof startGateway>

async function statuses({ act }: Gateway, times: number, action = 'organization_upload', fields: object = IMAGE) {
  const all: number[] = []
  for (let time = 0; time < times; time += 1) all.push((await act(action, fields, EDITOR)).status)
  return all
}

const marks = ({ store }: Gateway) => store.keys().filter((key) => key.startsWith('uplink/open/'))

describe('the open uploads of a user', () => {
  it('are bounded to twenty of images, and the answer says what to do and when', async () => {
    const gateway = startGateway()
    expect(new Set(await statuses(gateway, 20))).toEqual(new Set([200]))
    gateway.time.now = new Date(gateway.time.now.getTime() + 11_000)
    const { status, body, headers } = await gateway.act('user_upload', IMAGE, EDITOR)
    expect([status, headers.get('retry-after')]).toEqual([429, '60'])
    expect(body.error).toMatchObject({
      __type: 'Too Many Requests',
      message: expect.stringMatching(/^User emma has 20 open uploads of images.*wait until their URLs expire/u),
    })
    expect(marks(gateway)).toHaveLength(20)
  })

  it('never go beyond the bound of images', async () => {
    expect((await statuses(startGateway(), 40)).filter((status) => status === 200)).toHaveLength(20)
  })

  it('are bounded for many requests at once, in as many processes, and leave nothing behind', async () => {
    const gateway = startGateway()
    const { list, put } = gateway.store
    const wait = () => new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 10))
    gateway.store.list = async function* (prefix, options) {
      await wait()
      yield* list(prefix, options)
    }
    gateway.store.put = async (...object) => {
      await wait()
      return put(...object)
    }
    await statuses(gateway, 18)
    const given = await Promise.all(Array.from({ length: 40 }, () => statuses(gateway, 1)))
    expect(given.flat().filter((status) => status === 200).length).toBeLessThanOrEqual(2)
    expect(gateway.store.keys()).toHaveLength(2 * marks(gateway).length)
  })

  it('leave room again once their URLs have expired', async () => {
    const gateway = startGateway()
    await statuses(gateway, 22)
    gateway.time.now = new Date(gateway.time.now.getTime() + 3_601_000)
    expect(await statuses(gateway, 1)).toEqual([200])
  })

  it('have a bound of their own for files, by the settings', async () => {
    const gateway = startGateway({ settings: { maxOpenUploads: 3 } })
    expect(await statuses(gateway, 4, 'resource_upload', FILE)).toEqual([200, 200, 200, 429])
    expect(await statuses(gateway, 1)).toEqual([200])
    expect(await statuses(gateway, 1, 'resource_create', { package_id: 'data', name: 'a.csv' })).toEqual([429])
  })

  it('are asked for only of somebody who may update, and store nothing where there are too many', async () => {
    const gateway = startGateway({ settings: { maxOpenUploads: 1 } })
    await statuses(gateway, 1, 'resource_upload', FILE)
    const before = gateway.store.keys()
    expect(await statuses(gateway, 1, 'resource_upload', FILE)).toEqual([429])
    expect(await statuses(gateway, 1, 'resource_upload', { ...FILE, size: 10, multipart: true })).toEqual([429])
    expect(gateway.store.keys()).toEqual(before)
  })

  it('are not counted for every request far below the bound', async () => {
    const listings: string[] = []
    const gateway = startGateway()
    const { list } = gateway.store
    gateway.store.list = (prefix, options) => {
      listings.push(prefix)
      return list(prefix, options)
    }
    await statuses(gateway, 50, 'resource_upload', FILE)
    expect(listings).toEqual(['uplink/open/emma/files/'])
    gateway.time.now = new Date(gateway.time.now.getTime() + 11_000)
    await statuses(gateway, 1, 'resource_upload', { ...FILE, id: PRIVATE_ID })
    expect(listings).toHaveLength(2)
  })

  it('do not end with a removal, while the URL still puts a file', async () => {
    const gateway = startGateway()
    const given: number[] = []
    for (let time = 0; time < 30; time += 1) {
      const { status, body } = await gateway.act('organization_upload', IMAGE, EDITOR)
      given.push(status)
      if (status !== 200) break
      const removal = { id: body.result.upload.id, reason: 'a mistake' }
      expect((await gateway.act('upload_remove', removal, EDITOR)).status).toBe(200)
    }
    expect(given.at(-1)).toBe(429)
    expect(given.length).toBeLessThanOrEqual(22)
  })

  it('end with the removal of an upload in parts', async () => {
    const gateway = startGateway()
    const { body } = await gateway.act('resource_upload', { ...FILE, size: 10, multipart: true }, EDITOR)
    const removal = { id: body.result.upload.id, reason: 'a mistake' }
    expect((await gateway.act('upload_remove', removal, EDITOR)).status).toBe(200)
    expect(marks(gateway)).toEqual([])
  })

  it('end with an abort', async () => {
    const gateway = startGateway()
    const { body } = await gateway.act('resource_upload', { ...FILE, size: 10, multipart: true }, EDITOR)
    expect(marks(gateway)).toHaveLength(1)
    expect((await gateway.act('upload_abort', { id: body.result.upload.id }, EDITOR)).status).toBe(200)
    expect(marks(gateway)).toEqual([])
  })
})

import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { DESCRIBED_DIRECT_ACTIONS } from '../../src/openapi/direct-actions.ts'
import { EDITOR, GATEWAY, PUBLIC_ID, READER } from '../support/gateway-fixture.ts'
import { CKAN_ID, closeServers, OF_CKAN, startBeforeFiles as start } from '../support/start-before-files.ts'

const MIB = 1024 ** 2
const SIZE = 40 * MIB

afterEach(closeServers)

const schemaOf = (name: string) => {
  const { answer } = DESCRIBED_DIRECT_ACTIONS.find((action) => action.name === name) ?? {}
  if (answer === undefined) throw new Error(`${name} is not described.`)
  return answer
}

describe('files_file_create with bytes', () => {
  it('goes to CKAN, also when it has an id like those of uploads', async () => {
    const { act, passed, store } = await start()
    const id = '01930000-0000-7000-8000-000000000000'
    await act('files_file_create', { id, name: 'a.csv', upload: 'bytes', storage: 'default' }, EDITOR)
    expect(passed()).toEqual(['files_file_create'])
    expect(store.keys()).toEqual([])
  })
})

describe('files_resource_upload', () => {
  it('gives a signed URL in storage_data, and the place where CKAN will find the file', async () => {
    const { begin, passed, store } = await start()
    const { status, body } = await begin({ size: 8 })
    expect(status).toBe(200)
    expect(v.is(schemaOf('files_resource_upload'), body.result)).toBe(true)
    const { id, location, storage_data } = body.result
    expect(body.result).toMatchObject({
      name: 'a b.csv',
      storage: 'uplink',
      content_type: 'text/csv',
      size: 8,
      owner_type: 'resource',
      owner_id: PUBLIC_ID,
      pinned: false,
    })
    expect(location).toMatch(new RegExp(`^${PUBLIC_ID}/${id}/`, 'u'))
    expect(storage_data.upload).toMatchObject({ method: 'PUT', headers: { 'content-type': 'text/csv' } })
    expect(decodeURIComponent(storage_data.upload.url)).toContain(location)
    expect(store.json(`uplink/uploads/${id}.json`)).toMatchObject({ state: 'issued', entity: { id: PUBLIC_ID } })
    expect(passed()).toEqual([])
  })

  it('asks the same question as resource_upload', async () => {
    const { begin, store } = await start()
    expect((await begin({}, READER)).status).toBe(403)
    expect((await begin({}, 'unknown')).status).toBe(403)
    expect((await begin({ resource_id: 'ad3a5e9f-2e4c-4b86-bf5a-8b4d0e2f3a55' })).status).toBe(404)
    expect(store.keys()).toEqual([])
  })

  it('says in words that it needs a resource', async () => {
    const { act } = await start()
    const { status, body } = await act('files_resource_upload', { name: 'a.csv', package_id: 'd' }, EDITOR)
    expect([status, body.error.resource_id]).toEqual([409, [expect.stringContaining('create the resource first')]])
  })

  it('leaves a file with bytes to CKAN', async () => {
    const { send, passed, act } = await start()
    const form = new FormData()
    form.set('name', 'a.csv')
    form.set('upload', new File(['a'], 'a.csv'))
    const sent = await send('/api/3/action/files_resource_upload', { method: 'POST', body: form, token: EDITOR })
    expect(await sent.json()).toEqual(OF_CKAN)
    expect((await act('files_resource_upload', { name: 'a.csv', upload: 'a,b' }, EDITOR)).body).toEqual(OF_CKAN)
    expect(passed()).toEqual(['files_resource_upload', 'files_resource_upload'])
  })
})

describe('a multipart upload', () => {
  const parts = { size: SIZE, multipart: true }

  it('goes to signed URLs of its parts, and is refreshed', async () => {
    const gateway = await start()
    const { act, begin, parts: bucket, store, passed } = gateway
    const { id, storage_data, location } = (await begin(parts)).body.result
    expect(storage_data).toEqual({
      uploaded: 0,
      parts: {},
      part_size: expect.any(Number),
      part_count: expect.any(Number),
    })
    const { upload } = (await act('files_multipart_update', { id, part: 0 }, EDITOR)).body.result.storage_data
    expect(upload).toMatchObject({ method: 'PUT', url: expect.stringContaining('http') })
    const record = store.json(`uplink/uploads/${id}.json`) as { key: string; multipart: { id: string } }
    const sizes = Array.from({ length: storage_data.part_count }, (_, index) =>
      Math.min(storage_data.part_size, SIZE - index * storage_data.part_size),
    )
    for (const [index, size] of sizes.entries())
      bucket.arrive({ key: record.key, id: record.multipart.id }, index + 1, size)
    const refreshed = (await act('files_multipart_refresh', { id }, EDITOR)).body.result
    expect(refreshed.storage_data).toEqual({ uploaded: SIZE, parts: Object.fromEntries(sizes.entries()) })
    await act('upload_complete', { id }, EDITOR)
    expect(await store.head(record.key)).toMatchObject({ key: expect.stringContaining(location) })
    expect(passed()).toEqual([])
  })

  it('signs many parts at once for one question to CKAN', async () => {
    const { act, begin, calls } = await start()
    const { id } = (await begin(parts)).body.result
    calls.length = 0
    const { body } = await act('files_multipart_update', { id, part: [1, '0'] }, EDITOR)
    const one = { method: 'PUT', url: expect.stringContaining('partNumber='), headers: {} }
    expect(body.result.storage_data).toEqual({ uploads: { 0: one, 1: one } })
    expect(body.result.storage_data.uploads[1].url).toContain('partNumber=2&')
    expect(calls.filter((call) => call === 'mayUpdate')).toHaveLength(1)
    const many = Array.from({ length: 101 }, (_, part) => part)
    for (const part of [many, [], [0, 'x']])
      expect((await act('files_multipart_update', { id, part }, EDITOR)).status).toBe(409)
  })

  it('refuses bytes and wrong parts in words', async () => {
    const { act, begin } = await start()
    const { id } = (await begin(parts)).body.result
    const update = async (fields: object) => (await act('files_multipart_update', { id, ...fields }, EDITOR)).body.error
    expect((await update({ part: 0, upload: 'a,b' })).upload[0]).toContain('put the bytes to storage_data.upload')
    for (const part of ['x', -1, undefined, []])
      expect((await update({ part })).part[0]).toMatch(/^Must be a whole number from 0/u)
    expect(await update({ part: 100 })).toMatchObject({ part: ['Must be from 0 to 2'] })
  })

  it.each(['files_multipart_update', 'files_multipart_refresh', 'files_multipart_complete'])(
    'is only for callers who may update its resource: %s',
    async (action) => {
      const { act, begin } = await start()
      const { id } = (await begin(parts)).body.result
      expect((await act(action, { id, part: 0 }, READER)).status).toBe(403)
    },
  )

  it.each(['files_multipart_update', 'files_multipart_refresh', 'files_multipart_complete'])(
    'of another storage is left to CKAN, with its body: %s',
    async (action) => {
      const { act, got } = await start()
      const fields = { id: CKAN_ID, part: 0, upload: 'bytes' }
      expect((await act(action, fields, EDITOR)).body).toEqual(OF_CKAN)
      expect(JSON.parse(got()[0]?.body.toString() ?? '')).toEqual(fields)
    },
  )
})

describe('a file for another owner than a resource', () => {
  it.each([
    ['files_file_create', {}],
    ['file_create', {}],
  ])('needs its bytes without the plugin for CKAN: %s', async (action, fields) => {
    const { act, passed } = await start()
    const { status, body } = await act(action, { name: 'a.csv', ...fields }, EDITOR)
    expect([status, body.error.upload]).toEqual([409, [expect.stringContaining('send the bytes')]])
    expect(passed()).toEqual([])
    expect((await act(action, { name: 'a.csv', ...fields, upload: 'a,b' }, EDITOR)).body).toEqual(OF_CKAN)
    expect(passed()).toEqual([action])
  })

  it('goes to CKAN in parts for another storage', async () => {
    const { act, passed } = await start()
    const fields = { storage: 'default', name: 'a.csv', size: 8 }
    expect((await act('files_multipart_start', fields, EDITOR)).body).toEqual(OF_CKAN)
    expect(passed()).toEqual(['files_multipart_start'])
  })

  it('is for CKAN alone without the setting', async () => {
    const { act, passed } = await start('')
    expect((await act('files_file_create', { name: 'a.csv' }, EDITOR)).body).toEqual(OF_CKAN)
    expect(passed()).toEqual(['files_file_create'])
  })
})

describe('the id of an upload', () => {
  it('names its file once CKAN has it', async () => {
    const { act, begin, store, ckan, passed } = await start()
    const { id } = (await begin()).body.result
    const show = () => act('files_file_show', { id }, EDITOR)
    expect(await show()).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('yet: upload_show says why') } },
    })
    const key = `uplink/uploads/${id}.json`
    const note = (file: object) =>
      store.put(key, new TextEncoder().encode(JSON.stringify({ ...store.json(key), file })))
    await note({ step: 'given', reason: 'It has no MD5.' })
    expect(await show()).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('It has no MD5.') } },
    })
    await note({ id: CKAN_ID, step: 'given' })
    for (const action of ['files_file_show', 'file_show', 'file_rename', 'file_ownership_transfer']) {
      expect((await act(action, { id }, EDITOR)).body).toEqual(OF_CKAN)
      expect(JSON.parse(ckan.seen.at(-1)?.body.toString() ?? '')).toEqual({ id: CKAN_ID })
      expect(passed().at(-1)).toBe(action)
    }
  })
})

describe('files_storage_list', () => {
  it('describes the storage of direct uploads', async () => {
    const { act } = await start()
    const { body } = await act('files_storage_list', {})
    expect(v.is(schemaOf('files_storage_list'), body.result)).toBe(true)
    expect(body).toMatchObject({
      help: `${GATEWAY}/api/3/action/help_show?name=files_storage_list`,
      result: {
        storages: [{ name: 'uplink', capabilities: expect.arrayContaining(['CREATE', 'MULTIPART', 'SIGNED']) }],
      },
    })
  })

  it('is empty without the setting, and then CKAN gets the uploads', async () => {
    const { act, passed, begin } = await start('')
    expect((await act('files_storage_list', {})).body.result).toEqual({ storages: [] })
    expect((await begin()).body).toEqual(OF_CKAN)
    expect(passed()).toEqual(['files_resource_upload'])
  })
})

it.each(DESCRIBED_DIRECT_ACTIONS)('$name is described by help_show', async ({ name, summary }) => {
  const { send } = await start()
  const { result } = (await (await send(`/api/3/action/help_show?name=${name}`)).json()) as { result: string }
  expect(result).toContain(`${summary}.`)
})

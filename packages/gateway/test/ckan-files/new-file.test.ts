import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { DESCRIBED_DIRECT_ACTIONS } from '../../src/openapi/direct-actions.ts'
import { ADMIN, DATASET_ID, EDITOR, OWNER_ORG, READER, startGateway } from '../support/gateway-fixture.ts'
import { createPluginStandIn } from '../support/plugin-stand-in.ts'

const SECRET = 'c7'.repeat(32)
const MIB = 1024 ** 2
const ALLOWED = { owner_type: 'package', owner_id: DATASET_ID, owner_org: OWNER_ORG }
const CREATE = ['files_file_create', 'file_create'] as const

/** A gateway whose CKAN has the plugin; `said` is the plugin's answer about owners. */
function start(said: object = { allowed: true, ...ALLOWED }, { settings = {}, secret = SECRET } = {}) {
  const plugin = createPluginStandIn(SECRET)
  plugin.allowFile(said)
  const site = startGateway({
    settings: { filesStorage: 'uplink', ...settings },
    deps: { fetch: plugin.send, grantSecrets: async () => [secret] },
  })
  const create = (fields: object = {}, token = EDITOR, action: string = CREATE[0]) =>
    site.act(action, { name: 'a b.csv', ...fields }, token)
  return { ...site, plugin, create }
}

const isAnswerOf = (name: string, result: unknown): boolean => {
  const { answer } = DESCRIBED_DIRECT_ACTIONS.find((action) => action.name === name) ?? {}
  if (answer === undefined) throw new Error(`${name} is not described.`)
  return v.is(answer, result)
}

describe.each(CREATE)('%s without bytes', (action) => {
  it('gives a signed URL for one file, after one question to the plugin', async () => {
    const { create, plugin, store, calls } = start()
    const owner = { owner_type: 'package', owner_id: 'air-quality' }
    const { status, body } = await create({ size: 8, storage: 'uplink', ...owner }, EDITOR, action)
    expect([status, isAnswerOf('files_file_create', body.result)]).toEqual([200, true])
    const { id, location, storage_data } = body.result
    expect(body.result).toMatchObject({
      name: 'a b.csv',
      storage: 'uplink',
      content_type: 'text/csv',
      size: 8,
      owner_type: 'package',
      owner_id: DATASET_ID,
      pinned: false,
    })
    expect(location).toBe(`uplink-files/${OWNER_ORG}/${id}/a b.csv`)
    expect(storage_data.upload.headers).toEqual({ 'content-type': 'text/csv', 'if-none-match': '*' })
    expect(decodeURIComponent(storage_data.upload.url)).toContain(`resources/api_uploads/${location}`)
    expect(plugin.asked).toMatchObject([{ sub: 'emma', storage: 'uplink', ...owner }])
    expect(calls.filter((call) => call !== 'signUpload')).toEqual(['whoami'])
    expect(store.json(`uplink/uploads/${id}.json`)).toMatchObject({
      state: 'issued',
      entity: { type: 'file', id, owner_org: OWNER_ORG },
      owner: { type: 'package', id: DATASET_ID, pinned: false },
      requested_by_id: 'emma',
    })
  })

  it('belongs to the caller by default, and then counts for no organization', async () => {
    const { create, plugin } = start({ allowed: true, owner_type: 'user', owner_id: 'emma', owner_org: null })
    const { result } = (await create({}, EDITOR, action)).body
    expect(result).toMatchObject({ owner_type: 'user', owner_id: 'emma' })
    expect(result.location).toMatch(/^uplink-files\/none\//u)
    expect(plugin.asked[0]).not.toHaveProperty('owner_id')
  })
})

describe('the permission', () => {
  it.each([
    ['user', 403, 'create files in the storage uplink'],
    ['owner', 403, 'give files to this package'],
    ['place', 404, 'no such package'],
  ])('is refused for the reason %s', async (reason, status, words) => {
    const { create, store } = start({ allowed: false, reason })
    const { status: answered, body } = await create({ owner_type: 'package', owner_id: DATASET_ID })
    expect([answered, body.error.message]).toEqual([status, expect.stringContaining(words)])
    expect(store.keys()).toEqual([])
  })

  it('is refused with the remedy on a CKAN without files', async () => {
    const { status, body } = await start({ allowed: false, reason: 'files' }).create()
    expect([status, body]).toEqual([400, expect.stringContaining('install ckanext-files or use CKAN 2.12')])
  })

  it.each([
    ['an old plugin, or none', 404, SECRET],
    ['a plugin with another secret', 200, 'd8'.repeat(32)],
  ])('cannot be asked of %s: the answer says so', async (_, answered, secret) => {
    const { create, plugin, store } = start(undefined, { secret })
    plugin.fail(answered)
    const { status, body } = await create()
    expect([status, body.error.upload]).toEqual([409, [expect.stringContaining('install the present plugin')]])
    expect(store.keys()).toEqual([])
  })

  it('is asked later while CKAN is away', async () => {
    const { create, plugin } = start()
    plugin.fail(502)
    expect((await create()).status).toBe(502)
  })

  it('needs a known caller', async () => {
    const { create, plugin } = start()
    expect((await create({}, 'unknown')).status).toBe(403)
    expect(plugin.asked).toEqual([])
  })
})

describe('a request', () => {
  it.each([
    [{ name: 'a/b.csv' }, 'name'],
    [{ size: -1 }, 'size'],
    [{ size: 10 ** 12 }, 'size'],
    [{ content_type: 'csv' }, 'content_type'],
    [{ hash: 'b1946ac92492d2347c6235b4d2611184' }, 'hash'],
    [{ owner_type: 'package' }, 'owner_id'],
    [{ owner_type: 'planet', owner_id: 'mars' }, 'owner_type'],
    [{ storage: 'default' }, 'upload'],
  ])('with %j is refused, and CKAN is not asked', async (fields, fault) => {
    const { create, plugin } = start()
    const { status, body } = await create(fields)
    expect([status, Object.keys(body.error)]).toEqual([409, expect.arrayContaining([fault])])
    expect(plugin.asked).toEqual([])
  })

  it('is refused when the quota of the organization is used up', async () => {
    const { create } = start(undefined, { settings: { quotaFiles: 0 } })
    expect((await create()).body.error.quota).toEqual(expect.arrayContaining([expect.stringContaining('0 files')]))
  })

  it('reserves its place in the quota', async () => {
    const { create, store } = start(undefined, { settings: { quotaFiles: 1 } })
    expect((await create({ size: 8 })).status).toBe(200)
    expect(store.keys().filter((key) => key.startsWith(`uplink/quotas/${OWNER_ORG}/open/`))).toHaveLength(1)
    expect((await create({ size: 8 })).status).toBe(409)
  })
})

describe('files_multipart_start', () => {
  it('begins an upload in parts, which only its user continues', async () => {
    const { act, parts, plugin, store } = start()
    const begun = await act('files_multipart_start', { name: 'a.csv', size: 40 * MIB }, EDITOR)
    expect([begun.status, isAnswerOf('files_multipart_start', begun.body.result)]).toEqual([200, true])
    const { id, storage_data } = begun.body.result
    const record = store.json(`uplink/uploads/${id}.json`) as { key: string; multipart: { id: string } }
    for (const action of ['files_multipart_update', 'files_multipart_refresh', 'files_multipart_complete'])
      expect((await act(action, { id, part: 0 }, READER)).status).toBe(403)
    const signed = await act('files_multipart_update', { id, part: 0 }, EDITOR)
    expect(signed.body.result.storage_data.upload).toMatchObject({ method: 'PUT' })
    for (let part = 0; part < storage_data.part_count; part += 1) {
      const size = Math.min(storage_data.part_size, 40 * MIB - part * storage_data.part_size)
      parts.arrive({ key: record.key, id: record.multipart.id }, part + 1, size)
    }
    // Days may have passed, and the user may have left the organization.
    plugin.allowFile({ allowed: false, reason: 'owner' })
    expect((await act('files_multipart_complete', { id }, EDITOR)).status).toBe(403)
    expect(await store.head(record.key)).toBeUndefined()
    plugin.allowFile({ allowed: true, ...ALLOWED })
    expect((await act('upload_complete', { id }, EDITOR)).status).toBe(200)
    expect(await store.head(record.key)).toBeDefined()
  })
})

describe('a storage where the URL of a part can replace the finished object', () => {
  it('takes a file without a resource in one piece only', async () => {
    const { act, create, parts, plugin } = start()
    Object.assign(parts, { partUrlsStayOpen: true })
    const { status, body } = await act('files_multipart_start', { name: 'a.csv', size: 40 * MIB }, EDITOR)
    expect([status, body.error.multipart]).toEqual([409, [expect.stringContaining('files_resource_upload')]])
    expect(plugin.asked).toEqual([])
    expect((await create({ size: 8 })).status).toBe(200)
  })
})

describe('the upload', () => {
  it('is shown to its user and to sysadmins alone, who may withdraw it until CKAN has the file', async () => {
    const { create, act, store } = start()
    const { id } = (await create()).body.result
    for (const [token, status] of [
      [EDITOR, 200],
      [ADMIN, 200],
      [READER, 403],
    ] as const)
      expect((await act('upload_show', { id }, token)).status).toBe(status)
    const remove = (token: string) => act('upload_remove', { id, reason: 'a mistake' }, token)
    expect((await remove(READER)).status).toBe(403)
    const key = `uplink/uploads/${id}.json`
    const issued = store.json(key)
    const write = (more: object = {}) =>
      store.put(key, new TextEncoder().encode(JSON.stringify({ ...issued, ...more })))
    await write({ file: { id: 'f', step: 'registered' } })
    const late = await remove(EDITOR)
    expect([late.status, late.body.error.id]).toEqual([409, [expect.stringContaining('files_file_delete')]])
    await write()
    expect((await remove(EDITOR)).status).toBe(200)
    expect(store.json(key)).toMatchObject({ state: 'withdrawn', withdrawn: { reason: 'a mistake' } })
  })
})

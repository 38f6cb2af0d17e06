import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { DESCRIBED_DIRECT_ACTIONS } from '../../src/openapi/direct-actions.ts'
import { DATASET_ID, EDITOR, OWNER_ORG, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'
import { createPluginStandIn } from '../support/plugin-stand-in.ts'

const SECRET = 'c7'.repeat(32)
const OLD = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'
const UPLOAD = '01930000-0000-7000-8000-000000000000'
const LOCATION = `uplink-files/${OWNER_ORG}/${UPLOAD}/minutes.csv`
const FILE = {
  id: OLD,
  name: 'minutes.csv',
  storage: 'uplink',
  location: LOCATION,
  content_type: 'text/csv',
  owner_type: 'package',
  owner_id: DATASET_ID,
  pinned: true,
}

/** A gateway whose CKAN has this API, with the plugin, and shows this file. */
function start(shown: object | number = FILE, api: 'files_file_show' | 'file_show' = 'files_file_show') {
  const plugin = createPluginStandIn(SECRET)
  plugin.allowFile({ allowed: true, owner_type: 'package', owner_id: DATASET_ID, owner_org: OWNER_ORG })
  const asked: object[] = []
  const send: typeof fetch = async (input, init) => {
    const action = /\/api\/(?:3\/)?action\/(\w+)$/u.exec(String(input))?.[1]
    if (action === undefined) return plugin.send(input, init)
    if (action !== api) return Response.json(`Bad request - Action name not known: ${action}`, { status: 400 })
    const fields = await new Response(init?.body).json()
    if (fields.id === undefined) return Response.json({ success: false, error: {} }, { status: 409 })
    asked.push({ action, ...fields })
    return typeof shown === 'number'
      ? Response.json({ success: false, error: {} }, { status: shown })
      : Response.json({ success: true, result: shown })
  }
  const settings = { filesStorage: 'uplink' }
  const site = startGateway({ settings, deps: { fetch: send, grantSecrets: async () => [SECRET] } })
  const replace = (fields: object = {}, token = EDITOR) => site.act('files_file_replace', { id: OLD, ...fields }, token)
  return { ...site, plugin, asked, replace }
}

describe('files_file_replace without bytes', () => {
  it.each(['files_file_show', 'file_show'] as const)(
    'gives a signed URL for a new file, and says that the old one stays, on a CKAN with %s',
    async (api) => {
      const { replace, plugin, asked, store } = start(FILE, api)
      const { status, body } = await replace({ size: 8 })
      expect(status).toBe(200)
      const { answer } = DESCRIBED_DIRECT_ACTIONS.find(({ name }) => name === 'files_file_replace') ?? {}
      expect(answer && v.is(answer, body.result)).toBe(true)
      const { id, location, storage_data, note } = body.result
      expect(body.result).toMatchObject({ name: 'minutes.csv', content_type: 'text/csv', size: 8, replaces: OLD })
      expect([id, location]).not.toEqual([OLD, LOCATION])
      expect(storage_data.upload.headers).toEqual({ 'content-type': 'text/csv', 'if-none-match': '*' })
      expect(note).toContain(`File ${OLD} stays: delete it by files_file_delete`)
      expect(asked).toEqual([{ action: api, id: OLD }])
      expect(plugin.asked).toMatchObject([{ sub: 'emma', owner_type: 'package', owner_id: DATASET_ID }])
      expect(store.json(`uplink/uploads/${id}.json`)).toMatchObject({
        owner: { type: 'package', id: DATASET_ID, pinned: true },
        replaces_file: { id: OLD, location: LOCATION },
        entity: { type: 'file', id },
      })
    },
  )

  it('also takes the id of the upload by which the file came', async () => {
    const { replace, asked, store } = start()
    const record = { version: 1, id: UPLOAD, key: 'k', entity: { type: 'file', id: UPLOAD }, declared: {}, limits: {} }
    const linked = { ...record, state: 'linked', file: { id: OLD, step: 'given' } }
    await store.put(`uplink/uploads/${UPLOAD}.json`, new TextEncoder().encode(JSON.stringify(linked)))
    expect((await replace({ id: UPLOAD })).body.result).toMatchObject({ replaces: OLD })
    expect(asked).toMatchObject([{ id: OLD }])
  })

  it('takes another name, but no other type', async () => {
    const { replace } = start()
    expect((await replace({ name: 'minutes 2.csv' })).body.result).toMatchObject({ name: 'minutes 2.csv' })
    const { status, body } = await replace({ content_type: 'text/html' })
    expect([status, body.error.content_type]).toEqual([409, ['Expected text/csv but received text/html']])
  })

  it.each([
    ['of another storage', { ...FILE, storage: 'default' }, 'upload', 'send the bytes'],
    ['of a resource', { ...FILE, location: `${PUBLIC_ID}/${UPLOAD}/a.csv` }, 'id', 'use files_resource_upload'],
    ['without an owner', { ...FILE, owner_type: null, owner_id: null }, 'id', 'has no owner'],
  ])('is refused for a file %s, with the remedy', async (_, shown, field, words) => {
    const { replace, plugin, store } = start(shown)
    const { status, body } = await replace()
    expect([status, body.error[field]]).toEqual([409, [expect.stringContaining(words)]])
    expect([plugin.asked, store.keys()]).toEqual([[], []])
  })

  it.each([
    [404, 404],
    [403, 403],
    [409, 409],
    [500, 502],
  ])('is refused for a file that CKAN answers with %s', async (answered, status) => {
    const { replace, plugin } = start(answered)
    expect((await replace()).status).toBe(status)
    expect(plugin.asked).toEqual([])
  })

  it('needs an id, and the permission for the owner', async () => {
    const { replace, plugin, store } = start()
    expect((await replace({ id: '' })).body.error).toMatchObject({ id: ['Missing value'] })
    plugin.allowFile({ allowed: false, reason: 'owner' })
    expect((await replace()).status).toBe(403)
    expect(store.keys()).toEqual([])
  })
})

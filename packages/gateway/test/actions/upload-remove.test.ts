import { type UploadRecord, versionOf } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { uploadRemove } from '../../src/actions/upload-remove.ts'
import type { GatewayDeps } from '../../src/deps.ts'
import {
  ADMIN,
  DATASTORE_ID,
  EDITOR,
  GATEWAY,
  OWNER_ID,
  PUBLIC_ID,
  READER,
  resource,
  startGateway,
} from '../support/gateway-fixture.ts'

const REASON = 'It holds names of persons.'
const AT = '2026-01-31T11:00:00.000Z'

/** A gateway with a file that was uploaded and linked, and that CKAN doesn't show any more. */
async function startWithFile(asked: { action?: string; id?: string; deps?: Partial<GatewayDeps> } = {}) {
  const gateway = startGateway(asked.deps ? { deps: asked.deps } : {})
  const { action = 'resource_upload', id = PUBLIC_ID } = asked
  const { body } = await gateway.act(
    action,
    { id, name: action === 'resource_upload' ? 'a.csv' : 'a.png', size: 3 },
    EDITOR,
  )
  const { upload } = body.result as { upload: { id: string; key: string } }
  const recordKey = `uplink/uploads/${upload.id}.json`
  const stored = () => gateway.store.json(recordKey) as unknown as UploadRecord
  const change = (changes: object) =>
    gateway.store.put(recordKey, new TextEncoder().encode(JSON.stringify({ ...stored(), ...changes })))
  const etag = (await gateway.store.put(upload.key, new TextEncoder().encode('abc'))) ?? ''
  const version = await versionOf(etag)
  await change({ state: 'linked', linked: { version, size: 3, at: AT } })
  const address = upload.key.replace('resources/api_uploads/', '').replace('/', '/download/')
  const url = `${GATEWAY}/resource/${address}?v=${version}`
  const remove = (token: string | undefined = EDITOR, fields: object = { id: upload.id, reason: REASON }) =>
    gateway.act('upload_remove', fields, token)
  return { ...gateway, upload, stored, change, remove, url }
}

const show = (gateway: Awaited<ReturnType<typeof startWithFile>>, id: string, url: string) =>
  gateway.resources.set(id, resource(id, { url }))

describe('upload_remove', () => {
  it.each([
    ['an editor', EDITOR, 'emma'],
    ['a sysadmin', ADMIN, 'ada'],
  ])('withdraws the file for %s, and says who, when, why, and what becomes of the bytes', async (_, token, by) => {
    const { remove, stored, store, upload, logged } = await startWithFile()
    const before = stored()
    const { status, body } = await remove(token)
    expect(status).toBe(200)
    const withdrawn = { at: AT, by, reason: REASON }
    expect(v.parse(uploadRemove.answer, body.result)).toEqual({
      upload: { ...before, state: 'withdrawn', withdrawn },
      bytes: 'The next reconciliation removes them: each night, or when an operator starts one.',
    })
    expect(stored()).toEqual(body.result.upload)
    expect(await store.head(upload.key)).toBeDefined()
    expect(logged.at(-1)).toMatchObject({ event: 'upload_withdrawn', fields: { upload: upload.id, ...withdrawn } })
  })

  it('changes nothing the second time, and keeps the first reason', async () => {
    const { remove, stored } = await startWithFile()
    await remove()
    const first = stored()
    expect((await remove(ADMIN)).body.result.upload).toEqual(first)
    expect(stored()).toEqual(first)
  })

  it('says when the bytes were removed, and until when the store keeps a copy', async () => {
    const { remove, change, stored } = await startWithFile()
    await remove()
    await change({ withdrawn: { ...stored().withdrawn, removed_at: AT } })
    expect((await remove()).body.result.bytes).toBe(`They were removed at ${AT}.`)
    await change({ withdrawn: { ...stored().withdrawn, kept_until: '2026-02-07T11:00:00.000Z' } })
    expect((await remove()).body.result.bytes).toContain('the store keeps a copy until 2026-02-07T11:00:00.000Z.')
  })

  it.each([
    ['a reader', READER],
    ['a made-up token', 'made-up'],
    ['no token', ''],
  ])('is refused for %s', async (_, token) => {
    const { remove, stored } = await startWithFile()
    const before = stored()
    expect((await remove(token)).status).toBe(403)
    expect(stored()).toEqual(before)
  })

  it.each([
    [{ id: '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22', reason: REASON }, 404],
    [{ id: '../secrets', reason: REASON }, 409],
    [{ reason: REASON }, 409],
  ])('does not know %j', async (fields, status) => {
    const { remove } = await startWithFile()
    expect((await remove(EDITOR, fields)).status).toBe(status)
  })

  it('wants a reason', async () => {
    const { remove, upload } = await startWithFile()
    expect((await remove(EDITOR, { id: upload.id })).body.error.reason).toEqual(['Missing value'])
    expect((await remove(EDITOR, { id: upload.id, reason: ' ' })).body.error.reason).toEqual(['Must not be empty'])
  })

  it.each([
    ['its resource shows it', PUBLIC_ID, (url: string) => url, `The resource ${PUBLIC_ID} shows`],
    ['a URL without a version leads to it', PUBLIC_ID, (url: string) => url.replace(/\?.*/u, ''), 'shows'],
    [
      'a copied dataset points to it',
      DATASTORE_ID,
      (url: string) => url,
      `The resource ${DATASTORE_ID} of the dataset`,
    ],
  ])('is refused while %s', async (_, id, urlOf, words) => {
    const gateway = await startWithFile()
    const before = gateway.stored()
    show(gateway, id, urlOf(gateway.url))
    const { status, body } = await gateway.remove()
    expect([status, body.error.id[0]]).toEqual([409, expect.stringContaining(words)])
    expect(gateway.stored()).toEqual(before)
    show(gateway, id, 'https://example.org/other.csv')
    expect((await gateway.remove()).status).toBe(200)
  })

  it('puts the record back when a linker was faster than the withdrawal', async () => {
    const gateway = await startWithFile()
    await gateway.change({ state: 'issued', linked: undefined })
    const before = gateway.stored()
    const { findResources } = gateway.authorizer
    gateway.authorizer.findResources = async (...asked) => {
      const found = await findResources(...asked)
      show(gateway, PUBLIC_ID, gateway.url)
      return found
    }
    expect((await gateway.remove()).status).toBe(409)
    expect(gateway.stored()).toEqual(before)
  })

  it('changes nothing when the record was changed meanwhile', async () => {
    const gateway = await startWithFile()
    const { findResources } = gateway.authorizer
    gateway.authorizer.findResources = async (...asked) => {
      await gateway.change({ state: 'linked', submitted_at: AT })
      return findResources(...asked)
    }
    expect((await gateway.remove()).status).toBe(409)
    expect(gateway.stored()).toMatchObject({ state: 'linked', submitted_at: AT })
  })

  it('lets only a sysadmin remove the file of a resource that is gone', async () => {
    const { remove, resources } = await startWithFile()
    resources.delete(PUBLIC_ID)
    expect((await remove()).status).toBe(404)
    expect((await remove(ADMIN)).status).toBe(200)
  })

  it('drops the parts of an upload that is under way', async () => {
    const { act, parts, remove } = await startWithFile()
    const asked = { id: PUBLIC_ID, name: 'a.csv', size: 1000, multipart: true }
    const { body } = await act('resource_upload', asked, EDITOR)
    const { id, key } = body.result.upload
    const { multipart } = (await act('upload_show', { id }, EDITOR)).body.result
    expect((await remove(EDITOR, { id, reason: REASON })).body.result.bytes).toContain('There is no file now.')
    expect(await parts.listParts({ key, id: multipart.id })).toBeUndefined()
  })

  it('is not for plain keys, which belong to no single upload', async () => {
    const { remove, store } = await startWithFile()
    const id = `plain-${PUBLIC_ID}`
    const record = {
      version: 1,
      id,
      entity: { type: 'resource', id: PUBLIC_ID },
      declared: {},
      limits: {},
      state: 'linked',
    }
    const bytes = new TextEncoder().encode(JSON.stringify({ ...record, key: `resources/api_uploads/${PUBLIC_ID}` }))
    await store.put(`uplink/uploads/${id}.json`, bytes)
    expect((await remove(EDITOR, { id, reason: REASON })).body.error.id[0]).toContain('plain key')
  })

  it('withdraws an image, unless its owner shows it', async () => {
    const gateway = await startWithFile({ action: 'organization_upload', id: OWNER_ID })
    const { owners, upload, remove, stored } = gateway
    const owner = owners.findIndex(({ type }) => type === 'organization')
    const shown = {
      type: 'organization',
      id: OWNER_ID,
      state: 'active',
      imageUrl: `${GATEWAY}/${upload.key}?v=1`,
    } as const
    owners[owner] = shown
    expect((await remove()).status).toBe(409)
    owners[owner] = { ...shown, imageUrl: '' }
    expect((await remove()).status).toBe(200)
    expect(stored().state).toBe('withdrawn')
  })
})

describe('receivers of events', () => {
  it('hear of a withdrawal once it is final, and again after a repeated call', async () => {
    const told: (string | undefined)[] = []
    const publishEvent = async (record: UploadRecord) => void told.push(record.withdrawn?.reason)
    const gateway = await startWithFile({ deps: { publishEvent } })
    show(gateway, PUBLIC_ID, gateway.url)
    expect((await gateway.remove()).status).toBe(409)
    expect(told).toEqual([])
    show(gateway, PUBLIC_ID, '')
    for (let call = 0; call < 2; call += 1) expect((await gateway.remove()).status).toBe(200)
    expect(told).toEqual([REASON, REASON])
  })
})

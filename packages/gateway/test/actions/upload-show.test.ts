import { type Authorizer, type Load, NotAllowedError, type Resource } from '@ckan-uplink/core'
import type { UploadRecord } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { problem } from '../../src/http/error-answers.ts'
import { uploadRecord } from '../../src/uploads/answers.ts'
import {
  ADMIN,
  EDITOR,
  GATEWAY,
  OWNER_ID,
  PRIVATE_ID,
  PUBLIC_ID,
  READER,
  resource,
  startGateway,
} from '../support/gateway-fixture.ts'

const UNKNOWN_UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'

async function startWithUpload(id = PUBLIC_ID) {
  const gateway = startGateway()
  const { body } = await gateway.act('resource_upload', { id, name: 'a.csv', size: 3 }, EDITOR)
  const { upload } = body.result as { upload: { id: string; key: string } }
  const show = async (token = EDITOR) => {
    const response = await gateway.send(`/uploads/${upload.id}`, { token })
    return { status: response.status, type: response.headers.get('Content-Type'), body: await response.json() }
  }
  return { ...gateway, upload, show }
}

describe('the record of an upload', () => {
  it('is shown to users who may update the resource, with and without the envelope', async () => {
    const { act, show, store, upload } = await startWithUpload()
    const stored = store.json(`uplink/uploads/${upload.id}.json`)
    expect(await show()).toMatchObject({ status: 200, body: stored })
    expect((await act('upload_show', { id: upload.id }, EDITOR)).body).toMatchObject({ success: true, result: stored })
    expect(v.is(uploadRecord, stored)).toBe(true)
  })

  it('is shown with all that a record can hold, and no signed URL', async () => {
    const { show, store, upload } = await startWithUpload()
    const stored = store.json(`uplink/uploads/${upload.id}.json`)
    const linked = {
      version: '0123456789abcdef',
      size: 3,
      at: '2026-01-31T11:00:05.000Z',
      checksum: `sha256:${'0'.repeat(64)}`,
    }
    const full = {
      ...stored,
      state: 'linked',
      linked,
      submitted_at: '2026-01-31T11:00:06.000Z',
      code: 'parked',
      reason: 'r',
      claimed: linked.version,
    }
    await store.put(`uplink/uploads/${upload.id}.json`, new TextEncoder().encode(JSON.stringify(full)))
    const { body } = await show()
    expect(v.parse(uploadRecord, body)).toEqual(full)
    expect(JSON.stringify(body)).not.toContain('signature')
  })

  it.each([
    ['a reader', READER, PUBLIC_ID],
    ['a reader of a private resource', READER, PRIVATE_ID],
    ['an anonymous caller', '', PUBLIC_ID],
    ['a made-up token', 'made-up', PUBLIC_ID],
  ])('is not shown to %s', async (_, token, id) => {
    const { act, show, upload } = await startWithUpload(id)
    const { status, type, body } = await show(token)
    expect([status, type]).toEqual([403, 'application/problem+json'])
    expect(v.parse(problem, body)).toMatchObject({ title: 'Forbidden', status: 403 })
    expect(await act('upload_show', { id: upload.id }, token)).toMatchObject({
      status: 403,
      body: { success: false, error: { __type: 'Authorization Error' } },
    })
  })

  it.each([
    ['an unknown upload', UNKNOWN_UPLOAD],
    ['a resource', PUBLIC_ID],
    ['a plain key without a record', `plain-${PUBLIC_ID}`],
    ['nothing in particular', 'nope'],
  ])('is not found under the id of %s', async (_, id) => {
    const { send, act } = startGateway()
    const response = await send(`/uploads/${id}`, { token: EDITOR })
    expect([response.status, response.headers.get('Content-Type')]).toEqual([404, 'application/problem+json'])
    expect((await act('upload_show', { id }, EDITOR)).status).toBe(404)
  })

  it('is not shown to the owner of a group that is named like the id of the one it is for', async () => {
    const { act, authorizer, store } = startGateway()
    const { body } = await act('group_upload', { id: OWNER_ID, name: 'a.png', size: 3 }, EDITOR)
    const { id } = body.result.upload
    expect((await act('upload_show', { id }, EDITOR)).status).toBe(200)
    const record = { ...store.json(`uplink/uploads/${id}.json`), requested_by_id: 'somebody-else' }
    await store.put(`uplink/uploads/${id}.json`, new TextEncoder().encode(JSON.stringify(record)))
    authorizer.showImageOwner = async (type) => ({ type, id: 'of-somebody-else', state: 'active', imageUrl: '' })
    for (const [action, fields] of [
      ['upload_show', { id }],
      ['upload_remove', { id, reason: 'mine' }],
    ] as const)
      expect((await act(action, fields, EDITOR)).status).toBe(404)
  })

  it('is shown for the plain key, too', async () => {
    const { send, store } = startGateway()
    const record: UploadRecord = {
      version: 1,
      id: `plain-${PUBLIC_ID}`,
      entity: { type: 'resource', id: PUBLIC_ID },
      key: `resources/api_uploads/${PUBLIC_ID}`,
      declared: {},
      limits: {},
      state: 'linked',
    }
    await store.put(`uplink/uploads/${record.id}.json`, new TextEncoder().encode(JSON.stringify(record)))
    expect(await (await send(`/uploads/${record.id}`, { token: EDITOR })).json()).toEqual(record)
  })

  it('says expired once the URL has gone by unused, and stays as it is in the store', async () => {
    const { show, store, upload, time } = await startWithUpload()
    time.now = new Date('2026-01-31T12:00:00.001Z')
    expect((await show()).body).toMatchObject({ state: 'expired' })
    expect(store.json(`uplink/uploads/${upload.id}.json`)).toMatchObject({ state: 'issued' })
  })

  it.each([
    ['the URL has not expired', '2026-01-31T12:00:00.000Z', false],
    ['the object is there', '2026-01-31T13:00:00.000Z', true],
  ])('says issued while %s', async (_, now, hasObject) => {
    const { show, store, upload, time } = await startWithUpload()
    if (hasObject) await store.put(upload.key, new Uint8Array(3))
    time.now = new Date(now)
    expect((await show()).body).toMatchObject({ state: 'issued' })
  })

  describe.each([
    [
      'is deleted',
      (resources: Map<string, Resource>) => resources.set(PUBLIC_ID, resource(PUBLIC_ID, { state: 'deleted' })),
    ],
    ['is purged', (resources: Map<string, Resource>) => resources.delete(PUBLIC_ID)],
  ])('of a resource that %s', (_, remove) => {
    it.each([
      ['the person who requested the upload', EDITOR, 200],
      ['a sysadmin', ADMIN, 200],
      ['other users', READER, 404],
    ])('is there for %s: %s', async (_who, token, status) => {
      const { act, show, resources, upload } = await startWithUpload()
      remove(resources)
      expect([(await act('upload_show', { id: upload.id }, token)).status, (await show(token)).status]).toEqual([
        status,
        status,
      ])
    })
  })

  it('is not shown for a deleted resource by the name alone, which can pass to another person', async () => {
    const { show, resources, store, upload } = await startWithUpload()
    const { requested_by_id: _, ...record } = store.json(`uplink/uploads/${upload.id}.json`)
    await store.put(`uplink/uploads/${upload.id}.json`, new TextEncoder().encode(JSON.stringify(record)))
    resources.delete(PUBLIC_ID)
    expect((await show()).status).toBe(404)
  })

  it('is not shown once the resource may no longer be read', async () => {
    const gateway = startGateway()
    const { body } = await gateway.act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    const showResource = async () => {
      throw new NotAllowedError('User emma not authorized to read the resource.')
    }
    const later = startGateway({ deps: { authorizer: { ...gateway.authorizer, showResource }, store: gateway.store } })
    expect((await later.send(`/uploads/${body.result.upload.id}`, { token: EDITOR })).status).toBe(403)
  })
})

describe('the record of a table', () => {
  const AT = '2026-01-31T11:00:05'
  async function startLinked(load: Load | undefined, changes: Partial<Resource> = {}) {
    const { upload, store, resources, authorizer } = await startWithUpload()
    const asked: string[] = []
    const showLoad: Authorizer['showLoad'] = async (token, loader, id) => {
      asked.push(`${token} ${loader} ${id}`)
      return load
    }
    const linked = { version: '0123456789abcdef', size: 3, at: `${AT}.500Z` }
    const record = { ...store.json(`uplink/uploads/${upload.id}.json`), state: 'linked', linked }
    await store.put(`uplink/uploads/${upload.id}.json`, new TextEncoder().encode(JSON.stringify(record)))
    const url = `${GATEWAY}/resource/${PUBLIC_ID}/download/${upload.id}/a.csv?v=${linked.version}`
    const gateway = startGateway({ deps: { authorizer: { ...authorizer, showLoad }, store } })
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url, lastModified: AT, ...changes }))
    const shown = await gateway.act('upload_show', { id: upload.id }, EDITOR)
    expect(v.is(uploadRecord, shown.body.result)).toBe(true)
    return { record: shown.body.result, asked }
  }

  it('says loaded when the loader is through with this upload', async () => {
    const { record, asked } = await startLinked({ status: 'complete', updatedAt: `${AT}.000001` })
    expect(record).toMatchObject({ state: 'loaded', load: { status: 'complete' } })
    expect(asked).toEqual([`${EDITOR} xloader ${PUBLIC_ID}`])
  })

  it('says why when the loader failed', async () => {
    const load = { status: 'error', updatedAt: '2026-01-31T11:00:06', error: 'Row 3 has too many columns.' }
    expect((await startLinked(load)).record).toMatchObject({
      state: 'linked',
      load: { status: 'error', error: 'Row 3 has too many columns.' },
    })
  })

  it.each<[string, Load | undefined]>([
    ['the loader is at work', { status: 'pending', updatedAt: '2026-01-31T11:00:06' }],
    ['the last load was of a file before', { status: 'complete', updatedAt: '2026-01-31T11:00:04.999999' }],
    ['CKAN has no loader', undefined],
  ])('says linked while %s', async (_, load) => {
    expect((await startLinked(load)).record).toMatchObject({ state: 'linked' })
  })

  it.each<[string, Partial<Resource>]>([
    ['CKAN shows something else', { url: 'https://elsewhere.example.org/a.csv' }],
    [
      'CKAN shows a later upload of the same content',
      { url: `${GATEWAY}/resource/${PUBLIC_ID}/download/${UNKNOWN_UPLOAD}/a.csv?v=0123456789abcdef` },
    ],
    ['CKAN shows another version', { url: `${GATEWAY}/resource/${PUBLIC_ID}/download/a.csv?v=fedcba9876543210` }],
  ])('asks no loader when %s', async (_, changes) => {
    expect((await startLinked({ status: 'complete', updatedAt: '2026-01-31T12:00:00' }, changes)).asked).toEqual([])
  })
})

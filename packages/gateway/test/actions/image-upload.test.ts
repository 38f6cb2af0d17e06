import { imageUrl, parseImageKey, type UploadRecord } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actionError } from '../../src/http/error-answers.ts'
import { uploadAnswer, uploadRecord } from '../../src/uploads/answers.ts'
import { EDITOR, OWNER_ID, OWNER_NAME, READER, startGateway, UNKNOWN_ID } from '../support/gateway-fixture.ts'

const TYPES = ['organization', 'group', 'user'] as const

describe.each(TYPES)('%s_upload', (type) => {
  it.each([OWNER_ID, OWNER_NAME])(
    'returns a URL for its own key, and records which image it may replace, by %s',
    async (id) => {
      const { act, owners, store } = startGateway()
      owners.unshift({ type, id: OWNER_ID, state: 'active', imageUrl: 'old.png' })
      const { status, body } = await act(`${type}_upload`, { id, name: 'Logo (neu).PNG', size: 7 }, EDITOR)
      expect(status).toBe(200)
      const { presigned_url, upload } = v.parse(uploadAnswer, body.result)
      expect(parseImageKey(upload.key)).toEqual({
        kind: 'image',
        ownerType: type,
        ownerId: OWNER_ID,
        uploadId: upload.id.replace('image-', ''),
        fileName: 'Logo (neu).PNG',
      })
      expect([presigned_url, upload.max_bytes]).toEqual([upload.url, 4 * 1024 ** 2])
      expect([upload.headers, upload.url]).toEqual([{ 'if-none-match': '*' }, expect.stringContaining('length=7')])
      const record = store.json(`uplink/uploads/${upload.id}.json`)
      expect(v.parse(uploadRecord, record)).toMatchObject({
        id: upload.id,
        entity: { type, id: OWNER_ID },
        previous_url: 'old.png',
        state: 'issued',
      })
    },
  )

  it.each([
    ['a user who may only read', READER],
    ['an anonymous caller', undefined],
    ['a made-up token', 'made-up'],
  ])('says 403 to %s, and stores nothing', async (_, token) => {
    const { act, store } = startGateway()
    const { status, body } = await act(`${type}_upload`, { id: OWNER_ID, name: 'a.png', size: 7 }, token)
    expect([status, v.parse(actionError, body).error.__type]).toEqual([403, 'Authorization Error'])
    expect(store.keys()).toEqual([])
  })

  it('does not find a deleted or unknown owner', async () => {
    const { act, owners } = startGateway()
    expect((await act(`${type}_upload`, { id: UNKNOWN_ID, name: 'a.png', size: 7 }, EDITOR)).status).toBe(404)
    owners.unshift({ type, id: OWNER_ID, state: 'deleted', imageUrl: '' })
    expect((await act(`${type}_upload`, { id: OWNER_ID, name: 'a.png', size: 7 }, EDITOR)).status).toBe(404)
  })
})

describe('the upload of an image', () => {
  it('overwrites nothing, and has its size and type signed', async () => {
    const { act } = startGateway()
    const { body } = await act('user_upload', { id: OWNER_ID, name: 'a.png', size: '7', mimetype: 'image/png' }, EDITOR)
    expect(body.result.upload.headers).toEqual({ 'content-type': 'image/png', 'if-none-match': '*' })
    expect(body.result.upload.url).toContain('length=7')
  })

  it.each([
    ['id', { id: '', name: 'a.png' }],
    ['id', { id: '../x', name: 'a.png' }],
    ['name', { id: OWNER_ID, size: 7 }],
    ['size', { id: OWNER_ID, name: 'a.png' }],
    ['size', { id: OWNER_ID, name: 'a.png', size: 0 }],
    ['name', { id: OWNER_ID, name: 'a/b.png' }],
    ['name', { id: OWNER_ID, name: 'table.csv', size: 7 }],
    ['name', { id: OWNER_ID, name: 'logo.svg', size: 7 }],
    ['size', { id: OWNER_ID, name: 'a.png', size: 4 * 1024 ** 2 + 1 }],
    ['mimetype', { id: OWNER_ID, name: 'a', size: 7, mimetype: 'image/svg+xml' }],
    ['mimetype', { id: OWNER_ID, name: 'a', size: 7, mimetype: 'text/html' }],
  ])('is refused by its %s: %j', async (field, fields) => {
    const { act, store } = startGateway()
    const { status, body } = await act('organization_upload', fields, EDITOR)
    expect([status, Object.keys(body.error)]).toEqual([409, expect.arrayContaining([field, '__type'])])
    expect(store.keys()).toEqual([])
  })

  it('says which field is missing, and what to give', async () => {
    const { body } = await startGateway().act('user_upload', { id: OWNER_ID, name: 'a.png' }, EDITOR)
    expect(body.error).toMatchObject({
      size: ['Missing value: give the size of the image in bytes; the URL accepts no other size'],
    })
  })

  it.each(['logo.svg', 'logo.avif', 'logo'])('takes the name %s where SVG is allowed', async (name) => {
    const { act } = startGateway({ settings: { allowSvg: true } })
    expect((await act('organization_upload', { id: OWNER_ID, name, size: 7 }, EDITOR)).status).toBe(200)
  })

  it('is refused for an id that no key can hold', async () => {
    const { act, owners } = startGateway()
    owners.unshift({ type: 'organization', id: 'a/b', state: 'active', imageUrl: '' })
    expect((await act('organization_upload', { id: OWNER_NAME, name: 'a.png', size: 7 }, EDITOR)).status).toBe(409)
  })

  it('mints a greater id than that of the linked image, though its own clock is behind', async () => {
    const { act, owners, settings } = startGateway()
    const ahead = '01a00000-0000-7000-8000-000000000000'
    const key = { ownerType: 'group', ownerId: OWNER_ID, uploadId: ahead, fileName: 'a.png' } as const
    owners.unshift({
      type: 'group',
      id: OWNER_ID,
      state: 'active',
      imageUrl: imageUrl(settings, key, '0123456789abcdef'),
    })
    const { body } = await act('group_upload', { id: OWNER_ID, name: 'a.png', size: 7 }, EDITOR)
    expect(body.result.upload.id > `image-${ahead}`).toBe(true)
  })

  it('shows its record to users who may update the owner', async () => {
    const { act, send } = startGateway()
    const { body } = await act('organization_upload', { id: OWNER_ID, name: 'a.png', size: 7 }, EDITOR)
    const { id } = body.result.upload
    expect((await act('upload_show', { id }, EDITOR)).body.result).toMatchObject({
      id,
      state: 'issued',
    } satisfies Partial<UploadRecord>)
    expect((await act('upload_show', { id }, READER)).status).toBe(403)
    expect((await send(`/uploads/${id}`, { token: EDITOR })).status).toBe(200)
  })
})

import { NotAllowedError } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import {
  buildImageKey,
  type ImageKey,
  imageUrl,
  recordIdOf,
  recordKey,
  type UploadRecord,
  versionOf,
} from '@ckan-uplink/core/uploads'
import { pngOf, SAMPLE_IMAGES } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { GATEWAY, OWNER_ID, startGateway } from '../support/gateway-fixture.ts'

const KEY: ImageKey = {
  kind: 'image',
  ownerType: 'organization',
  ownerId: OWNER_ID,
  uploadId: '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22',
  fileName: 'Logo (neu).png',
}
const SVG = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')

type Changes = { readonly [Field in keyof UploadRecord]?: UploadRecord[Field] | undefined } & {
  readonly settings?: Partial<Settings>
}

/** A gateway with an image in its bucket that was linked, unless told otherwise. */
async function startWithImage(bytes: Uint8Array, { settings, ...changes }: Changes = {}) {
  const gateway = startGateway({ ...(settings && { settings }) })
  const etag = (await gateway.store.put(buildImageKey(KEY), bytes)) ?? ''
  const version = await versionOf(etag)
  const linked = { version, size: bytes.length, at: '2026-01-31T11:00:05.000Z' }
  const base = {
    version: 1,
    id: recordIdOf(KEY),
    entity: { type: KEY.ownerType, id: OWNER_ID },
    key: buildImageKey(KEY),
    declared: {},
    limits: {},
  } as const
  const record = { ...base, state: 'linked', linked, ...changes } as UploadRecord
  await gateway.store.put(recordKey(record.id), new TextEncoder().encode(JSON.stringify(record)))
  const url = imageUrl(gateway.settings, KEY, version)
  const get = (path = url.slice(GATEWAY.length), method = 'GET') => gateway.send(path, { method })
  return { ...gateway, url, version, get }
}

const linkedBefore = { version: 'another', size: 1, at: '2026-01-31T11:00:05.000Z' }
const unlinked = { state: 'issued', linked: undefined } as const
const withdrawn = { at: '2026-02-01T09:00:00.000Z', by: 'emma', reason: 'It shows a person.' }

describe('an image that was linked', () => {
  it.each(Object.entries(SAMPLE_IMAGES))(
    'is served to anybody by its content, not by its name: %s',
    async (_, { mimetype, bytes }) => {
      const { get } = await startWithImage(bytes)
      const response = await get()
      expect(response.status).toBe(200)
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': mimetype,
        'content-length': String(bytes.length),
        'cache-control': 'public, max-age=3600',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
      })
      expect(response.headers.has('content-disposition')).toBe(false)
    },
  )

  it('is described by HEAD without its bytes', async () => {
    const { get } = await startWithImage(SAMPLE_IMAGES.png.bytes)
    const response = await get(undefined, 'HEAD')
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'image/png',
      '',
    ])
  })

  it('asks nothing of CKAN', async () => {
    const { get, calls } = await startWithImage(SAMPLE_IMAGES.png.bytes)
    await get()
    expect(calls).toEqual([])
  })

  it.each(['', '?v=0123456789abcdef'])(
    'is served without being kept at an address that does not name this version: %j',
    async (query) => {
      const { get, url } = await startWithImage(SAMPLE_IMAGES.png.bytes)
      const response = await get(url.slice(GATEWAY.length).replace(/\?.*$/u, query))
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    },
  )

  it('is an attachment in a sandbox when it is an SVG', async () => {
    const { get } = await startWithImage(SVG, { settings: { allowSvg: true } })
    const { status, headers } = await get()
    expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
    expect(headers.get('content-disposition')).toMatch(/^attachment; /u)
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/u)
  })
})

describe('no image is served', () => {
  const png = SAMPLE_IMAGES.png.bytes
  it.each<[string, Parameters<typeof startWithImage>]>([
    ['that was not linked', [png, unlinked]],
    ['that was refused', [png, { ...unlinked, state: 'failed', code: 'type_not_allowed' }]],
    ['that a later image has replaced before it was linked', [png, { ...unlinked, state: 'superseded' }]],
    ['that was aborted', [png, { ...unlinked, state: 'aborted' }]],
    ['that was linked in another version', [png, { linked: linkedBefore }]],
    ['whose record is of another', [png, { key: 'images/organization/other-id/x/y.png' }]],
    ['that is no image any more', [new TextEncoder().encode('<html></html>')]],
    ['that is larger than was allowed', [png, { limits: { max_bytes: 10 } }]],
    ['that is an SVG where none is allowed', [SVG]],
  ])('%s', async (_, image) => {
    const { get } = await startWithImage(...image)
    const response = await get()
    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })

  it('that has changed since it was linked', async () => {
    const { get, store } = await startWithImage(png)
    await store.put(buildImageKey(KEY), pngOf(9, 9))
    expect((await get()).status).toBe(404)
  })

  it.each([
    `/images/user/${OWNER_ID}/${KEY.uploadId}/a.png`,
    `/images/organization/${OWNER_ID}/019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c23/a.png`,
    `/images/organization/${OWNER_ID}/${KEY.uploadId}/..%2F..%2Fa.png`,
    '/images/organization/x/y/z',
    '/images/resource/a/b/c',
  ])('at %s', async (path) => {
    const { send } = await startWithImage(png)
    expect((await send(path)).status).toBe(404)
  })

  it.each([
    ['was refused', { ...unlinked, state: 'failed', code: 'too_large' } as const],
    ['has changed since it was linked', { linked: linkedBefore }],
  ])('because CKAN shows it, when it %s', async (_, changes) => {
    const { get, owners, url, calls } = await startWithImage(png, changes)
    owners.unshift({ type: 'organization', id: OWNER_ID, state: 'active', imageUrl: url })
    expect((await get()).status).toBe(404)
    expect(calls).toEqual([])
  })

  it('that was withdrawn, and the answer says when', async () => {
    const { get, calls } = await startWithImage(png, { state: 'withdrawn', withdrawn })
    const response = await get()
    expect([response.status, response.headers.get('content-type')]).toEqual([410, 'application/problem+json'])
    const { detail } = await response.json()
    expect(detail).toContain(withdrawn.at)
    expect(detail).not.toContain(withdrawn.reason)
    expect(calls).toEqual([])
  })

  it('but an image that CKAN shows before its record says so', async () => {
    const { get, owners, url, authorizer, time } = await startWithImage(png, unlinked)
    owners.unshift({ type: 'organization', id: OWNER_ID, state: 'active', imageUrl: url })
    expect((await get()).status).toBe(200)
    time.now = new Date(time.now.getTime() + 60_000)
    authorizer.showImageOwner = async () => {
      throw new NotAllowedError('User not authorized to see it.')
    }
    expect((await get()).status).toBe(404)
  })

  it('but an image that CKAN shows since the last question', async () => {
    const { get, owners, url } = await startWithImage(png, unlinked)
    expect((await get()).status).toBe(404)
    owners.unshift({ type: 'organization', id: OWNER_ID, state: 'active', imageUrl: url })
    expect((await get()).status).toBe(200)
  })

  it('but an image that CKAN shows without a record, only in that version', async () => {
    const { get, owners, url, store } = await startWithImage(png)
    await store.remove(recordKey(recordIdOf(KEY)))
    expect((await get()).status).toBe(404)
    owners.unshift({ type: 'organization', id: OWNER_ID, state: 'active', imageUrl: url })
    expect((await get()).status).toBe(200)
    await store.put(buildImageKey(KEY), pngOf(9, 9))
    expect((await get()).status).toBe(404)
  })

  it('that an organization shows whose name is the id of another one', async () => {
    const { get, url, authorizer } = await startWithImage(png, unlinked)
    const namesake = { type: 'organization', id: 'of-somebody-else', state: 'active', imageUrl: url } as const
    authorizer.showImageOwner = async () => namesake
    expect((await get()).status).toBe(404)
  })
})

import { linkedUrl, type UploadRecord, type UrlSettings } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { EDITOR, PRIVATE_ID, PUBLIC_ID, READER, resource, startGateway, UNKNOWN_ID } from './support/gateway-fixture.ts'

const NEW = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const OLD = '019ab2c0-0000-7c3e-8a55-0d9e4b6f1c22'
const VERSION = '0123456789abcdef'

function startWithFile(fileName = '日本語 データ (1)+final.csv', id = PUBLIC_ID, settings: Partial<UrlSettings> = {}) {
  const gateway = startGateway({ settings })
  const link = (uploadId: string | undefined, name = fileName) =>
    gateway.resources.set(
      id,
      resource(id, {
        url: linkedUrl(
          gateway.settings,
          { resourceId: id, fileName: name, ...(uploadId !== undefined && { uploadId }) },
          VERSION,
        ),
      }),
    )
  const pathOf = (...segments: readonly string[]) =>
    `/resource/${id}/download/${segments.map(encodeURIComponent).join('/')}`
  link(NEW)
  return { ...gateway, link, pathOf, path: pathOf(NEW, fileName) }
}

function keyOf(response: Response): string {
  return decodeURIComponent(new URL(response.headers.get('Location') ?? '').pathname.slice(1))
}

async function putRecord(store: ReturnType<typeof startGateway>['store'], changes: Partial<UploadRecord>) {
  const linked = { version: VERSION, size: 1, at: '2026-01-01T00:00:00.000Z' }
  const key = `resources/api_uploads/${PUBLIC_ID}/${OLD}/old.csv`
  const record = {
    version: 1,
    id: OLD,
    entity: { type: 'resource', id: PUBLIC_ID },
    key,
    declared: {},
    limits: {},
    state: 'linked',
    linked,
    ...changes,
  }
  await store.put(`uplink/uploads/${OLD}.json`, new TextEncoder().encode(JSON.stringify(record)))
}

describe('a download', () => {
  it('is a redirect to a short pre-signed GET of what CKAN shows', async () => {
    const { send, path } = startWithFile()
    const response = await send(`${path}?v=${VERSION}`)
    expect(response.status).toBe(302)
    expect(keyOf(response)).toBe(`resources/api_uploads/${PUBLIC_ID}/${NEW}/日本語 データ (1)+final.csv`)
    const query = new URL(response.headers.get('Location') ?? '').searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      method: 'GET',
      expires: '300',
      type: 'text/csv',
      cache: 'private, no-store',
      disposition: `attachment; filename="___ ___ (1)+final.csv"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E%20%E3%83%87%E3%83%BC%E3%82%BF%20%281%29%2Bfinal.csv`,
    })
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Vary')).toBe('Authorization')
  })

  it('by HEAD is a redirect to a pre-signed HEAD', async () => {
    const { send, path } = startWithFile()
    const response = await send(path, { method: 'HEAD' })
    expect(response.status).toBe(302)
    expect(response.headers.get('Location')).toContain('method=HEAD')
  })

  it('of the plain key has no upload id', async () => {
    const { send, link, pathOf } = startWithFile()
    link(undefined, 'data.csv')
    expect(keyOf(await send(pathOf('data.csv')))).toBe(`resources/api_uploads/${PUBLIC_ID}`)
  })

  it.each([
    [NEW, [NEW, 'a.csv'], `resources/api_uploads/${PUBLIC_ID}/${NEW}/a.csv`],
    [undefined, ['a.csv'], `resources/api_uploads/${PUBLIC_ID}`],
  ])('works for the URL of a public bucket, too: upload %s', async (uploadId, segments, key) => {
    const { send, link, pathOf } = startWithFile('a.csv', PUBLIC_ID, { publicBucketUrl: 'https://files.example.org' })
    link(uploadId)
    expect(keyOf(await send(pathOf(...segments)))).toBe(key)
  })

  it('takes a resource id with blanks', async () => {
    const { send, pathOf } = startWithFile('a.csv', 'my resource')
    expect(keyOf(await send(pathOf(NEW, 'a.csv').replace('my resource', 'my%20resource')))).toBe(
      `resources/api_uploads/my resource/${NEW}/a.csv`,
    )
  })

  it.each([
    ['another file name', [NEW, 'b.csv']],
    ['another upload', ['019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c23', 'a.csv']],
    ['no upload id', ['a.csv']],
    ['something else for an upload id', ['..', 'a.csv']],
  ])('is not found under %s', async (_, segments) => {
    const { send, pathOf } = startWithFile('a.csv')
    const response = await send(pathOf(...segments))
    expect([response.status, response.headers.get('Content-Type')]).toEqual([404, 'application/problem+json'])
  })

  it.each([
    '',
    'https://elsewhere.example.org/a.csv',
    `https://elsewhere.example.org/resource/${PUBLIC_ID}/download/${NEW}/a.csv?v=${VERSION}`,
  ])('is not found when CKAN shows %j', async (url) => {
    const { send, resources, pathOf } = startWithFile('a.csv')
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url }))
    expect((await send(pathOf(NEW, 'a.csv'))).status).toBe(404)
  })

  it('is not found when CKAN shows the file of another resource', async () => {
    const { send, resources, settings, pathOf } = startWithFile('a.csv')
    resources.set(
      PUBLIC_ID,
      resource(PUBLIC_ID, {
        url: linkedUrl(settings, { resourceId: PRIVATE_ID, uploadId: NEW, fileName: 'a.csv' }, VERSION),
      }),
    )
    expect((await send(pathOf(NEW, 'a.csv'))).status).toBe(404)
  })

  it('of an earlier upload goes on working', async () => {
    const { send, store, pathOf } = startWithFile()
    await putRecord(store, { state: 'superseded' })
    expect(keyOf(await send(pathOf(OLD, 'old.csv')))).toBe(`resources/api_uploads/${PUBLIC_ID}/${OLD}/old.csv`)
  })

  it.each([
    ['was never linked', { linked: undefined, state: 'issued' }],
    ['belongs to another resource', { entity: { type: 'resource', id: PRIVATE_ID } }],
    ['has another file name', { key: `resources/api_uploads/${PUBLIC_ID}/${OLD}/other.csv` }],
  ] as const)('of an earlier upload is not found when it %s', async (_, changes) => {
    const { send, store, pathOf } = startWithFile()
    await putRecord(store, changes as Partial<UploadRecord>)
    expect((await send(pathOf(OLD, 'old.csv'))).status).toBe(404)
  })

  it.each([
    ['an anonymous caller', undefined, 403],
    ['a token that may not read', READER, 403],
    ['a made-up token', 'made-up', 403],
    ['a token that may', EDITOR, 302],
    ['a token with Bearer', `Bearer ${EDITOR}`, 302],
  ])('of a private resource is left to CKAN to allow: %s', async (_, token, status) => {
    const { send, path } = startWithFile('a.csv', PRIVATE_ID)
    expect((await send(path, token === undefined ? {} : { token })).status).toBe(status)
  })

  it('of an unknown or deleted resource is not found', async () => {
    const { send, resources, path } = startWithFile('a.csv')
    expect((await send(`/resource/${UNKNOWN_ID}/download/${NEW}/a.csv`)).status).toBe(404)
    resources.set(PUBLIC_ID, { ...resource(PUBLIC_ID), ...resources.get(PUBLIC_ID), state: 'deleted' })
    expect((await send(path)).status).toBe(404)
  })
})

describe("CKAN's yes to an anonymous reader", () => {
  const asked = (calls: readonly string[]) => calls.filter((call) => call === 'showResource').length

  it('is remembered for a minute', async () => {
    const { send, path, calls, time } = startWithFile()
    await send(path)
    await send(path)
    expect(asked(calls)).toBe(1)
    time.now = new Date('2026-01-31T11:01:00.000Z')
    await send(path)
    expect(asked(calls)).toBe(2)
  })

  it('is not used for callers with a token, nor learned from them', async () => {
    const { send, path, calls } = startWithFile()
    await send(path, { token: EDITOR })
    await send(path, { token: EDITOR })
    await send(path)
    expect(asked(calls)).toBe(3)
  })

  it('does not hide a file that was linked since', async () => {
    const { send, path, pathOf, link } = startWithFile('a.csv')
    await send(path)
    link('019ab2c9-7d10-7c3e-8a55-0d9e4b6f1c22')
    expect((await send(pathOf('019ab2c9-7d10-7c3e-8a55-0d9e4b6f1c22', 'a.csv'))).status).toBe(302)
  })

  it('is no yes for another path', async () => {
    const { send, path, pathOf } = startWithFile('a.csv')
    await send(path)
    expect((await send(pathOf(NEW, 'b.csv'))).status).toBe(404)
  })
})

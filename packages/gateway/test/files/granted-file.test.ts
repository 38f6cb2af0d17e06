import { NotAllowedError } from '@ckan-uplink/core'
import { buildKey, linkedUrl, recordKey, type UploadRecord, versionOf } from '@ckan-uplink/core/uploads'
import { describe, expect, it } from 'vitest'
import { EDITOR, GATEWAY, PRIVATE_ID, PUBLIC_ID, READER, resource, startGateway } from '../support/gateway-fixture.ts'
import { GRANT_SECRET, OTHER_SECRET, signGrant } from '../support/sign-grant.ts'

const UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const OTHER_UPLOAD = '019ab2c0-0000-7c3e-8a55-0d9e4b6f1c22'
const CKAN = 'https://data.example.org'
const PAGE = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
const bytesOf = (text: string) => new TextEncoder().encode(text)

/** A gateway with the private file `a.csv`, which CKAN shows. */
async function start({ secrets = [GRANT_SECRET], changes = {} }: { secrets?: string[]; changes?: Changes } = {}) {
  const grantSecrets = secrets.length > 0 ? async () => secrets : undefined
  const gateway = startGateway({ settings: { ckanSiteUrl: CKAN }, deps: { grantSecrets } })
  const { settings, store, resources } = gateway
  const parts = { resourceId: PRIVATE_ID, uploadId: UPLOAD, fileName: 'a.csv' }
  const key = buildKey(settings.keyPrefix, parts)
  const version = await versionOf((await store.put(key, bytesOf('a,b\n'))) ?? '')
  const linked = { version, size: 4, at: '2026-01-01T00:00:00.000Z', mimetype: 'text/csv' }
  const entity = { type: 'resource', id: PRIVATE_ID }
  const record = { version: 1, id: UPLOAD, entity, key, declared: {}, limits: {}, state: 'linked', linked, ...changes }
  await store.put(recordKey(UPLOAD), bytesOf(JSON.stringify(record)))
  const url = linkedUrl(settings, parts, version)
  resources.set(PRIVATE_ID, resource(PRIVATE_ID, { url }))
  const path = url.replace(GATEWAY, '')
  const withGrant = (claims: object = {}, secret?: string) =>
    `${path}?grant=${signGrant({ claims: { upload: UPLOAD, version, ...claims }, ...(secret && { secret }) })}`
  return { ...gateway, path, key, version, withGrant }
}
type Changes = { readonly [Field in keyof UploadRecord]?: UploadRecord[Field] }

describe('a private file by a grant', () => {
  it('is a redirect to the store, and CKAN is asked nothing', async () => {
    const { send, calls, key, withGrant } = await start()
    for (const [method, signed] of [
      ['GET', 'GET'],
      ['HEAD', 'HEAD'],
    ]) {
      const response = await send(withGrant(), { method: method ?? '', headers: { Range: 'bytes=0-1' } })
      const location = new URL(response.headers.get('Location') ?? '')
      expect([response.status, location.searchParams.get('method')]).toEqual([302, signed])
      expect(decodeURIComponent(location.pathname)).toBe(`/${key}`)
      expect(location.searchParams.get('type')).toBe('text/csv')
      expect(response.headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(response.headers.get('Cache-Control')).toBe('no-store')
    }
    expect(calls).toEqual(['signDownload', 'signDownload'])
  })

  it.each<[string, object]>([
    ['another resource', { resource: PUBLIC_ID }],
    ['another upload', { upload: OTHER_UPLOAD }],
    ['no upload', { upload: undefined }],
    ['another version', { version: '0123456789abcdef' }],
    ['another gateway', { aud: CKAN }],
    ['another scope', { scope: 'upload' }],
    ['the past', { iat: 1, exp: 300 }],
  ])('is not there for a grant for %s, and the browser is not sent to CKAN again', async (_, claims) => {
    const { send, withGrant } = await start()
    const response = await send(withGrant(claims), { headers: PAGE })
    expect([403, 404]).toContain(response.status)
    expect(response.headers.has('Location')).toBe(false)
  })

  it('is not there for the grant of another file name', async () => {
    const { send, withGrant } = await start()
    expect((await send(withGrant().replace('a.csv', 'b.csv'))).status).toBe(404)
  })

  it('is refused if the grant is forged', async () => {
    const { send, withGrant, logged } = await start()
    const response = await send(withGrant({}, OTHER_SECRET), { headers: PAGE })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('does not know') })
    expect(JSON.stringify(logged)).not.toMatch(/eyJ|grant=/u)
  })

  it('is gone once it was withdrawn', async () => {
    const withdrawn = { at: '2026-01-02T00:00:00.000Z', by: 'ada', reason: 'It holds names.' }
    const { send, withGrant } = await start({ changes: { state: 'withdrawn', withdrawn } })
    expect((await send(withGrant())).status).toBe(410)
  })

  it('is there for an editor in an earlier version, which CKAN no longer shows', async () => {
    const { send, withGrant, resources } = await start()
    resources.set(PRIVATE_ID, resource(PRIVATE_ID, { url: 'https://data.example.org/other.csv' }))
    expect((await send(withGrant())).status).toBe(302)
  })

  it('is no matter of grants if the gateway has no secret', async () => {
    const { send, withGrant } = await start({ secrets: [] })
    for (const headers of [PAGE, {}]) expect((await send(withGrant(), { headers })).status).toBe(403)
    expect((await send(withGrant(), { token: EDITOR })).status).toBe(302)
  })
})

describe('a browser that opens a private file', () => {
  const opening: [string, Record<string, string>][] = [
    ['a page', PAGE],
    ['a preview', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }],
    ['an image', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }],
    ['an old browser', { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
  ]
  it.each(opening)('is sent to CKAN, which has the session: %s', async (_, headers) => {
    const { send, path } = await start()
    const response = await send(path, { headers })
    expect(response.status).toBe(302)
    expect(response.headers.get('Location')).toBe(
      path.replace(/^\/resource\/(.*)\/download\//u, `${CKAN}/uplink/open/$1/`),
    )
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })

  it('keeps the wish for a preview, and nothing else of the query', async () => {
    const { send, path } = await start()
    const { headers } = await send(`${path}?preview=1&next=https://evil.example.org`, { headers: PAGE })
    expect(headers.get('Location')).toMatch(/^https:\/\/data\.example\.org\/uplink\/open\/[^?]*\?preview=1$/u)
  })

  it.each<[string, Record<string, string>]>([
    ['a script of a page', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: 'text/html' }],
    ['curl', { Accept: '*/*' }],
    ['a program with a token', { Authorization: READER, ...PAGE }],
  ])('is not meant by %s, which gets 403', async (_, headers) => {
    const { send, path } = await start()
    expect((await send(path, { headers })).status).toBe(403)
  })

  it('gets the error as it is if CKAN fails', async () => {
    const { send, path, authorizer } = await start()
    authorizer.showResource = async () => {
      throw new Error('CKAN is down')
    }
    expect((await send(path, { headers: PAGE })).status).toBe(500)
    authorizer.showResource = async () => {
      throw new NotAllowedError('No.')
    }
    expect((await send(path, { headers: PAGE })).status).toBe(302)
  })

  it('gets a public file without a detour', async () => {
    const { send, path, authorizer, resources } = await start()
    authorizer.showResource = async (id) => resources.get(id) ?? resource(id)
    expect((await send(path, { headers: PAGE })).headers.get('Location')).toMatch(/^https:\/\/bucket\.example\.org\//u)
  })
})

describe('a grant in the place of a token', () => {
  it.each(['Authorization', 'X-CKAN-API-Key'])('is refused in words, and not passed on to CKAN: %s', async (header) => {
    const asked: string[] = []
    const { send, path, calls } = await start()
    for (const address of [
      '/api/3/action/package_show?id=x',
      '/api/3/action/resource_create',
      `/uploads/${UPLOAD}`,
      path,
    ])
      for (const value of [signGrant(), `Bearer ${signGrant()}`]) {
        const response = await send(address, { headers: { [header]: value } })
        asked.push(`${response.status} ${(await response.text()).includes('not an API token')}`)
      }
    expect(new Set(asked)).toEqual(new Set(['403 true']))
    expect(calls).toEqual([])
  })
})

import { NotAllowedError } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import {
  buildKey,
  type LinkedUrl,
  linkedUrl,
  RECORDS_COMPLETE_KEY,
  recordIdOf,
  recordKey,
  type UploadRecord,
  versionOf,
} from '@ckan-uplink/core/uploads'
import { describe, expect, it } from 'vitest'
import type { GatewayDeps } from '../../src/index.ts'
import { EDITOR, GATEWAY, PRIVATE_ID, PUBLIC_ID, resource, startGateway } from '../support/gateway-fixture.ts'

const HOST = 'https://files.example.org'
const UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const CSV = 'code,name\nBER,Berlin\n'
const bytesOf = (text: string) => new TextEncoder().encode(text)

type Changes = { readonly [Field in keyof UploadRecord]?: UploadRecord[Field] | undefined }

interface Start extends Partial<Pick<LinkedUrl, 'fileName' | 'resourceId'>> {
  readonly isPlain?: true
  /** Of a record that says `linked`; `null`: there is no record. */
  readonly record?: Changes | null
  readonly content?: string
  readonly settings?: Partial<Settings>
  readonly deps?: Partial<GatewayDeps>
}

/** A gateway that streams files of the bucket at the public host, and one file there. */
async function startPublic({ record = {}, content = CSV, isPlain, deps, settings, ...parts }: Start = {}) {
  const key = {
    resourceId: PUBLIC_ID,
    fileName: 'airports.csv',
    ...(isPlain !== true && { uploadId: UPLOAD }),
    ...parts,
  }
  const opened: unknown[] = []
  const gateway = startGateway({
    settings: { publicBucketUrl: HOST, ...settings },
    deps: {
      async openFile(path, wanted) {
        opened.push(wanted)
        const found = await gateway.store.get(path, wanted.range)
        return found?.object.etag === wanted.etag ? (new Response(found.bytes.slice()).body ?? undefined) : undefined
      },
      ...deps,
    },
  })
  const { store } = gateway
  const name = buildKey(gateway.settings.keyPrefix, key)
  const version = await versionOf((await store.put(name, bytesOf(content), { contentType: 'text/html' })) ?? '')
  const linked = { version, size: content.length, at: '2026-01-31T11:00:00.000Z' }
  const id = recordIdOf({ kind: 'resource', ...key })
  const base = { version: 1, id, entity: { type: 'resource', id: key.resourceId }, key: name, declared: {}, limits: {} }
  if (record !== null)
    await store.put(recordKey(id), bytesOf(JSON.stringify({ ...base, state: 'linked', linked, ...record })))
  const url = linkedUrl(gateway.settings, key, version)
  const show = (shown: string) => gateway.resources.set(key.resourceId, resource(key.resourceId, { url: shown }))
  show(url)
  const get = (headers: Record<string, string> = {}, method = 'GET', address = url) =>
    gateway.send(address.replace(HOST, '').replace(GATEWAY, ''), { headers, method })
  return { ...gateway, url, version, name, opened, show, get }
}

describe('a file at the public host', () => {
  it('is streamed to everybody, under the headers that keep a browser from running it', async () => {
    const { get, url, version, calls } = await startPublic()
    expect(url).toBe(`${HOST}/resources/api_uploads/${PUBLIC_ID}/${UPLOAD}/${version}/airports.csv`)
    const response = await get()
    expect([response.status, await response.text()]).toEqual([200, CSV])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/csv',
      'content-disposition': `inline; filename="airports.csv"; filename*=UTF-8''airports.csv`,
      'content-length': String(CSV.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'accept-ranges': 'bytes',
      etag: `"${version}"`,
    })
    expect(calls).toEqual([])
  })

  it.each([
    ['page.html', {}, 'text/html'],
    ['page', { mimetype: 'text/html' }, 'text/html'],
    ['drawing.svg', {}, 'image/svg+xml'],
    ['feed.xml', { mimetype: 'application/xhtml+xml' }, 'application/xml'],
    ['report.pdf', {}, 'application/pdf'],
    ['unknown.bin', {}, 'application/octet-stream'],
  ])('is an attachment where a browser could run it: %s', async (fileName, declared, type) => {
    const { get } = await startPublic({ fileName, record: { declared } })
    const { headers } = await get()
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      type,
      expect.stringMatching(/^attachment; /u),
    ])
  })

  it.each([
    ['data', 'text/csv', 'inline; filename="data.csv"'],
    ['feed.xml', 'application/rss+xml', 'attachment; filename="feed.xml"'],
    ['page', 'text/html', 'attachment; filename="page.html"'],
  ])('says of %s what CKAN was told: %s', async (fileName, mimetype, disposition) => {
    const { get, store, name, version } = await startPublic({ fileName })
    const id = recordIdOf({ kind: 'resource', resourceId: PUBLIC_ID, uploadId: UPLOAD })
    const linked = { version, size: CSV.length, at: '2026-01-31T11:00:00.000Z', mimetype }
    await store.put(recordKey(id), bytesOf(JSON.stringify({ ...store.json(recordKey(id)), key: name, linked })))
    const { headers } = await get()
    expect(headers.get('content-type')).toBe(mimetype)
    expect(headers.get('content-disposition')).toContain(disposition)
  })

  it.each(['map.png', 'notes.txt', 'data.json'])('is shown where no browser runs it: %s', async (fileName) => {
    const { headers } = await (await startPublic({ fileName })).get()
    expect(headers.get('content-disposition')).toMatch(/^inline; /u)
  })

  it('has an address that holds odd characters', async () => {
    const { get, url } = await startPublic({ fileName: "日本語 (1)+été'.csv" })
    expect(url).toContain('%E6%97%A5')
    expect((await get()).status).toBe(200)
  })

  it('may lie at the plain key, and has the type of the name in its URL', async () => {
    const response = await (await startPublic({ isPlain: true })).get()
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv'])
  })

  it('has kept its older address, which is the key, with or without a version', async () => {
    const { get, name, version } = await startPublic()
    for (const query of [`?v=${version}`, '']) {
      const response = await get({}, 'GET', `${HOST}/${name}${query}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv'])
    }
  })

  it('has no type at the older address of a plain key, which has no name', async () => {
    const { get, name, version } = await startPublic({ isPlain: true })
    for (const query of [`?v=${version}`, '']) {
      const response = await get({}, 'GET', `${HOST}/${name}${query}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream'])
    }
  })

  it('stays for everybody after a later upload has replaced it', async () => {
    const { get, show, calls } = await startPublic()
    show('https://elsewhere.example.org/a.csv')
    expect((await get()).status).toBe(200)
    expect(calls).toEqual([])
  })

  it('is found below the path that the public address has', async () => {
    const { get, url } = await startPublic({ settings: { publicBucketUrl: `${HOST}/open/data` } })
    expect(url).toMatch(/^https:\/\/files\.example\.org\/open\/data\/resources\//u)
    expect((await get()).status).toBe(200)
  })
})

describe('a client of the public host', () => {
  it('is told by HEAD what GET would answer, and the file is not opened', async () => {
    const { get, opened } = await startPublic()
    const response = await get({}, 'HEAD')
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      String(CSV.length),
      '',
    ])
    expect(opened).toEqual([])
  })

  it('gets the range that it asks for', async () => {
    const { get } = await startPublic()
    const response = await get({ Range: 'bytes=5-8' })
    expect([response.status, await response.text()]).toEqual([206, 'name'])
    expect(response.headers.get('content-range')).toBe(`bytes 5-8/${CSV.length}`)
    expect(response.headers.get('content-length')).toBe('4')
  })

  it('gets the whole file when the rest that it has is of another version', async () => {
    const { get, version } = await startPublic()
    expect((await get({ Range: 'bytes=5-8', 'If-Range': `"${version}"` })).status).toBe(206)
    expect((await get({ Range: 'bytes=5-8', 'If-Range': '"other"' })).status).toBe(200)
  })

  it('is refused a range behind the end', async () => {
    const response = await (await startPublic()).get({ Range: 'bytes=1000-' })
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${CSV.length}`])
  })

  it.each(['"VERSION"', 'W/"VERSION"', '"other", "VERSION"', '*'])(
    'keeps what it has when it is the same: %s',
    async (tag) => {
      const { get, version, opened } = await startPublic()
      const response = await get({ 'If-None-Match': tag.replace('VERSION', version) })
      expect([response.status, await response.text(), opened]).toEqual([304, '', []])
      expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    },
  )

  it('may be a page of any origin, for GET alone', async () => {
    const { send, url } = await startPublic({ settings: { allowedOrigins: ['https://data.example.org'] } })
    const headers = {
      Origin: 'https://maps.example.net',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'range',
    }
    const response = await send(url.slice(HOST.length), { method: 'OPTIONS', headers })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-methods')).toBe('GET,HEAD')
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('range')
    const other = await send('/api/3/action/status_show', { method: 'OPTIONS', headers })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('is found by an old link that says http', async () => {
    const { gateway, url } = await startPublic({ deps: { seesProtocol: true } })
    const plain = url.replace('https:', 'http:')
    const ask = (method: string) => gateway.fetch(new Request(plain, { method, redirect: 'manual' }))
    const response = await ask('GET')
    expect([response.status, response.headers.get('Location')]).toEqual([301, url])
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect((await ask('POST')).status).toBe(403)
  })

  it('is asked to come again when the file is replaced under its hands', async () => {
    const { get } = await startPublic({ deps: { openFile: async () => undefined } })
    expect((await get()).status).toBe(503)
  })
})

describe('the public host does not serve', () => {
  const unlinked = { linked: undefined }
  it.each<[string, Changes]>([
    ['a page that was never linked', { ...unlinked, state: 'issued' }],
    ['a file that was refused', { ...unlinked, state: 'failed', code: 'content_mismatch' }],
    ['a file that was aborted', { ...unlinked, state: 'aborted' }],
    [
      'a file put over a linked file',
      { linked: { version: '0123456789abcdef', size: 1, at: '2026-01-01T00:00:00.000Z' } },
    ],
    ['a file that was announced at another key', { key: 'resources/api_uploads/other' }],
  ])('%s', async (_, record) => {
    const { get, show } = await startPublic({ record })
    show('')
    const response = await get()
    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })

  it('a file that was withdrawn', async () => {
    const withdrawn = { at: '2026-02-01T09:00:00.000Z', by: 'emma', reason: 'It names people.' }
    const { get, store, name } = await startPublic({ record: { state: 'withdrawn', withdrawn } })
    for (const remove of [false, true]) {
      if (remove) await store.remove(name)
      const response = await get()
      expect(response.status).toBe(410)
      expect((await response.json()).detail).toContain(withdrawn.at)
    }
  })

  it('anything outside the prefix, by any name', async () => {
    const { send, store, opened } = await startPublic()
    for (const path of [
      '/uplink/uploads/x.json',
      '/images/a',
      '/resources/api_uploads/../../uplink/uploads/x.json',
      '/resources/api_uploads/..%2f..%2fuplink',
    ]) {
      await store.put(path.slice(1), bytesOf('secret'))
      expect((await send(path)).status).toBe(404)
    }
    expect(opened).toEqual([])
  })

  it('the gateway itself, where its host is known', async () => {
    const { gateway, url } = await startPublic()
    const statusOf = async (url: string) => (await gateway.fetch(new Request(url))).status
    expect(await statusOf(`${HOST}/healthz`)).toBe(404)
    expect(await statusOf(`${HOST}/api/3/action/status_show`)).toBe(404)
    expect(await statusOf(`${GATEWAY}/healthz`)).toBe(200)
    expect(await statusOf(url)).toBe(200)
  })
})

describe('CKAN is asked by the public host', () => {
  const asked = (calls: readonly string[]) => calls.filter((call) => call === 'showResource').length

  it('while the linker has yet to write the record, once in a minute', async () => {
    const { get, calls, show } = await startPublic({ record: { state: 'issued', linked: undefined } })
    expect([(await get()).status, (await get()).status, asked(calls)]).toEqual([200, 200, 1])
    show('')
    expect((await get()).status).toBe(200)
  })

  it('again after a no, so that a file is there as soon as CKAN shows it', async () => {
    const { get, show, url } = await startPublic({ record: { state: 'issued', linked: undefined } })
    show('')
    expect((await get()).status).toBe(404)
    show(url)
    expect((await get()).status).toBe(200)
  })

  it('about a file without a record, once every file that CKAN shows has one', async () => {
    const { get, calls, store, time, show, url, version } = await startPublic({ isPlain: true, record: null })
    expect([(await get()).status, asked(calls)]).toEqual([200, 0])
    await store.put(RECORDS_COMPLETE_KEY, bytesOf('{}'))
    time.now = new Date(time.now.getTime() + 300_000)
    expect([(await get()).status, asked(calls)]).toEqual([200, 1])
    show(url.replace(version, '0123456789abcdef'))
    time.now = new Date(time.now.getTime() + 60_000)
    expect((await get()).status).toBe(404)
  })

  it('as anybody would ask, and a no means that there is no such file', async () => {
    const { get, calls, authorizer } = await startPublic({
      resourceId: PRIVATE_ID,
      record: { state: 'issued', linked: undefined },
    })
    expect((await get({ Authorization: EDITOR })).status).toBe(404)
    expect(asked(calls)).toBe(1)
    authorizer.showResource = async () => {
      throw new NotAllowedError('not yours')
    }
    expect((await get()).status).toBe(404)
  })

  it('about nothing that is not in the bucket', async () => {
    const { send, calls, url } = await startPublic()
    expect((await send(url.slice(HOST.length).replace('airports', 'others'))).status).toBe(404)
    expect(calls).toEqual([])
  })
})

describe('where files cannot be streamed, or a redirect is cheaper, the public host', () => {
  it.each<[string, Partial<GatewayDeps>]>([
    ['GET', { openFile: undefined }],
    ['HEAD', { openFile: undefined }],
    ['GET', { redirectsPublicFiles: true }],
    ['HEAD', { redirectsPublicFiles: true }],
  ])('redirects to a short signed URL that overrides the stored headers: %s %o', async (method, deps) => {
    const { get, name } = await startPublic({ deps, fileName: 'page.html' })
    const response = await get({}, method)
    expect(response.status).toBe(302)
    const location = new URL(response.headers.get('location') ?? '')
    expect(decodeURIComponent(location.pathname.slice(1))).toBe(name)
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      method,
      expires: '300',
      type: 'text/html',
      cache: 'public, max-age=300',
      disposition: expect.stringMatching(/^attachment; /u),
    })
    expect(response.headers.get('cache-control')).toBe('public, max-age=60')
  })
})

describe('a client that sends a token or a password to the public host', () => {
  it.each([EDITOR, 'Basic dXNlcjpwYXNzd29yZA=='])('gets the file where others are redirected: %s', async (header) => {
    const { get } = await startPublic({ deps: { redirectsPublicFiles: true } })
    const redirect = await get()
    // So that no cache gives this redirect to a client with a token.
    expect([redirect.status, redirect.headers.get('Vary')]).toEqual([302, expect.stringContaining('Authorization')])
    const response = await get({ Authorization: header, Range: 'bytes=5-8' })
    expect([response.status, await response.text()]).toEqual([206, 'name'])
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=300')
  })
})

describe('a preview at the public host', () => {
  it.each([{}, { redirectsPublicFiles: true }])('shows a PDF in the page, without any rights: %o', async (deps) => {
    const { send, url } = await startPublic({ deps, fileName: 'report.pdf' })
    const shown = async (query: string) => (await send(url.slice(HOST.length) + query)).headers
    const headers = await shown('?preview=1')
    expect(headers.get('Content-Disposition')).toMatch(/^inline;/u)
    expect(headers.get('Content-Security-Policy')).toMatch(/^sandbox;/u)
    expect((await shown('')).get('Content-Disposition') ?? 'attachment;').toMatch(/^attachment;/u)
  })
})

describe('without a public host', () => {
  it('no key is an address', async () => {
    const { get, url } = await startPublic()
    expect((await get()).status).toBe(200)
    const { send } = startGateway()
    expect((await send(url.slice(HOST.length))).status).toBe(404)
  })
})

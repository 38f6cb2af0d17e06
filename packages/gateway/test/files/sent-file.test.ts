import { buildKey, linkedUrl, recordKey, versionOf } from '@ckan-uplink/core/uploads'
import { describe, expect, it } from 'vitest'
import type { GatewayDeps } from '../../src/index.ts'
import { EDITOR, GATEWAY, PRIVATE_ID, PUBLIC_ID, READER, resource, startGateway } from '../support/gateway-fixture.ts'

const CSV = 'code,name\nBER,Berlin\n'
const UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const bytesOf = (text: string) => new TextEncoder().encode(text)

interface Start {
  readonly resourceId?: string
  readonly fileName?: string
  readonly deps?: Partial<GatewayDeps>
  readonly contentEncoding?: string
}

/** A gateway on a platform that can stream, and one linked file. `path` is what CKAN shows, at the gateway. */
async function start({ resourceId = PUBLIC_ID, fileName = 'airports.csv', deps, contentEncoding }: Start = {}) {
  const opened: string[] = []
  const gateway = startGateway({
    deps: {
      async openFile(key, { etag, range }) {
        opened.push(key)
        const found = await gateway.store.get(key, range)
        return found?.object.etag === etag ? (new Response(found.bytes.slice()).body ?? undefined) : undefined
      },
      ...deps,
    },
  })
  const { store, settings } = gateway
  const { head } = store
  store.head = async (key) => {
    const object = await head(key)
    return object && { ...object, ...(contentEncoding !== undefined && { contentEncoding }) }
  }
  const parts = { resourceId, uploadId: UPLOAD, fileName }
  const key = buildKey(settings.keyPrefix, parts)
  const version = await versionOf((await store.put(key, bytesOf(CSV), { contentType: 'text/html' })) ?? '')
  const linked = { version, size: CSV.length, at: '2026-01-31T11:00:00.000Z' }
  const entity = { type: 'resource', id: resourceId }
  const record = { version: 1, id: UPLOAD, entity, key, declared: {}, limits: {}, state: 'linked', linked }
  await store.put(recordKey(UPLOAD), bytesOf(JSON.stringify(record)))
  const url = linkedUrl(settings, parts, version)
  gateway.resources.set(resourceId, resource(resourceId, { url }))
  return { ...gateway, opened, path: url.replace(GATEWAY, ''), etag: `"${version}"` }
}

describe('a download by a client that sends a token', () => {
  it('comes from the gateway itself, so that the token never reaches the store', async () => {
    const { send, path, etag, calls } = await start({ resourceId: PRIVATE_ID })
    const response = await send(path, { token: EDITOR })
    expect([response.status, await response.text()]).toEqual([200, CSV])
    expect(calls).not.toContain('signDownload')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-store',
      'content-disposition': `attachment; filename="airports.csv"; filename*=UTF-8''airports.csv`,
      'content-length': String(CSV.length),
      'content-type': 'text/csv',
      etag,
      vary: 'Authorization',
      'x-content-type-options': 'nosniff',
    })
  })

  it('comes in parts, so that a client can resume it', async () => {
    const { send, path, etag } = await start()
    const part = async (headers: Record<string, string>) => {
      const response = await send(path, { token: READER, headers })
      return [response.status, response.headers.get('Content-Range'), await response.text()]
    }
    expect(await part({ Range: 'bytes=10-' })).toEqual([206, `bytes 10-20/${CSV.length}`, CSV.slice(10)])
    expect(await part({ Range: 'bytes=-4', 'If-Range': etag })).toEqual([
      206,
      `bytes 17-20/${CSV.length}`,
      CSV.slice(-4),
    ])
    for (const other of ['"another"', `W/${etag}`, 'Sat, 31 Jan 2026 11:00:00 GMT'])
      expect(await part({ Range: 'bytes=10-', 'If-Range': other })).toEqual([200, null, CSV])
    for (const unknown of ['bytes=abc', 'items=0-1', 'bytes=0-1,4-5', 'bytes=5-2'])
      expect(await part({ Range: unknown })).toEqual([200, null, CSV])
    expect(await part({ Range: 'bytes=99-' })).toEqual([416, `bytes */${CSV.length}`, ''])
    expect(await part({ 'If-None-Match': etag })).toEqual([304, null, ''])
  })

  it('does not come again when it has not changed since, unless the client knows another ETag', async () => {
    const { send, path } = await start()
    const first = await send(path, { token: READER, method: 'HEAD' })
    const since = first.headers.get('Last-Modified') ?? ''
    const earlier = new Date(Date.parse(since) - 1000).toUTCString()
    const statusOf = async (headers: Record<string, string>) => (await send(path, { token: READER, headers })).status
    expect(await statusOf({ 'If-Modified-Since': since })).toBe(304)
    expect(await statusOf({ 'If-Modified-Since': earlier })).toBe(200)
    expect(await statusOf({ 'If-Modified-Since': 'yesterday' })).toBe(200)
    expect(await statusOf({ 'If-Modified-Since': since, 'If-None-Match': '"another"' })).toBe(200)
  })

  it.each(['Basic dXNlcjpwYXNzd29yZA==', 'Digest username="emma"', 'negotiate YII='])(
    'is answered as without a token when the client sends a password: %s',
    async (Authorization) => {
      const open = await start()
      const response = await open.send(open.path, { headers: { Authorization } })
      // The client may send the password to the redirect as well, where the store refuses it.
      expect([response.status, await response.text()]).toEqual([200, CSV])
      const { send, path } = await start({ resourceId: PRIVATE_ID })
      expect((await send(path, { headers: { Authorization } })).status).toBe((await send(path)).status)
      const both = await send(path, { headers: { Authorization, 'X-CKAN-API-Key': EDITOR } })
      expect([both.status, await both.text()]).toEqual([200, CSV])
    },
  )

  it('answers HEAD with the length, without opening the file', async () => {
    const { send, path, opened } = await start()
    const response = await send(path, { token: READER, method: 'HEAD' })
    expect([response.status, response.headers.get('Content-Length')]).toEqual([200, String(CSV.length)])
    expect(opened).toEqual([])
  })

  it('says how the file is encoded, as the store does', async () => {
    const { send, path } = await start({ contentEncoding: 'gzip' })
    expect((await send(path, { token: READER, method: 'HEAD' })).headers.get('Content-Encoding')).toBe('gzip')
  })

  it('is a redirect where the platform cannot send that much, except for parts that it can send', async () => {
    const { send, path } = await start({ deps: { maxStreamedBytes: CSV.length - 1 } })
    expect((await send(path, { token: READER })).status).toBe(302)
    expect((await send(path, { token: READER, headers: { Range: 'bytes=1-' } })).status).toBe(206)
    expect((await send(path, { token: READER, method: 'HEAD' })).status).toBe(200)
  })

  it('is a redirect on a platform that sends no files', async () => {
    const { send, path } = await start({ deps: { openFile: undefined } })
    expect((await send(path, { token: READER })).status).toBe(302)
  })

  it('stays a redirect without a token', async () => {
    const { send, path, opened } = await start()
    expect((await send(path)).status).toBe(302)
    expect(opened).toEqual([])
  })

  it('is refused as before when CKAN does not let the caller read', async () => {
    const { send, path, opened } = await start({ resourceId: PRIVATE_ID })
    expect((await send(path, { token: READER })).status).toBe(403)
    expect(opened).toEqual([])
  })
})

describe('a preview', () => {
  it.each([
    ['report.pdf', 'application/pdf'],
    ['map.png', 'image/png'],
    ['photo.JPG', 'image/jpeg'],
  ])('shows %s in the page, without any rights', async (fileName, type) => {
    const { send, path } = await start({ fileName })
    for (const token of [{}, { token: READER }]) {
      const { status, headers } = await send(`${path}?preview=1`, token)
      expect([status, headers.get('Content-Type')]).toEqual([200, type])
      expect(headers.get('Content-Disposition')).toMatch(/^inline; filename="/u)
      expect(headers.get('Content-Security-Policy')).toMatch(/^sandbox(?:;|$)/u)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
  })

  it.each(['page.html', 'drawing.svg', 'feed.xml', 'table.csv', 'archive.zip', 'report.pdf.html'])(
    'leaves %s an attachment',
    async (fileName) => {
      const { send, path } = await start({ fileName })
      const sent = await send(`${path}?preview=1`, { token: READER })
      expect(sent.headers.get('Content-Disposition')).toMatch(/^attachment;/u)
      const { status, headers } = await send(`${path}?preview=1`)
      expect(status).toBe(302)
      expect(new URL(headers.get('Location') ?? '').searchParams.get('disposition')).toMatch(/^attachment;/u)
    },
  )

  it.each(['', '?preview=0', '?preview=true', '?review=1'])(
    'is asked for by preview=1 alone, not by %j',
    async (query) => {
      const { send, path } = await start({ fileName: 'report.pdf' })
      const { headers } = await send(path + query, { token: READER })
      expect(headers.get('Content-Disposition')).toMatch(/^attachment;/u)
    },
  )

  it('leaves a file an attachment that the platform cannot send', async () => {
    const { send, path } = await start({ fileName: 'report.pdf', deps: { maxStreamedBytes: 1 } })
    const { status, headers } = await send(`${path}?preview=1`)
    expect(status).toBe(302)
    expect(new URL(headers.get('Location') ?? '').searchParams.get('disposition')).toMatch(/^attachment;/u)
  })
})

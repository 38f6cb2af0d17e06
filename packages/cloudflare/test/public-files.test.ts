import { recordKey, versionOf } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUCKET, startWorkers, type WorkersOnWorkerd } from './workers-on-workerd.ts'

const RESOURCE = '6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11'
const UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const KEY = `resources/api_uploads/${RESOURCE}/${UPLOAD}/日本語 (1).csv`
const bytes = Uint8Array.from({ length: 5_000_000 }, (_, index) => index % 251)

let workers: WorkersOnWorkerd
let etag: string

beforeAll(async () => {
  workers = await startWorkers({
    CKAN_URL: 'http://127.0.0.1:9',
    CKAN_API_TOKEN: 'token',
    GATEWAY_URL: 'https://uploads.example.org',
    PUBLIC_BUCKET_URL: 'https://files.example.org',
    BUCKET_NAME: BUCKET,
    R2_S3_ENDPOINT: 'http://127.0.0.1:9',
    R2_ACCESS_KEY_ID: 'key-id',
    R2_SECRET_ACCESS_KEY: 'key-secret',
  })
  const version = await versionOf((await workers.store.put(KEY, bytes, { contentType: 'text/html' })) ?? '')
  etag = `"${version}"`
  await putRecord({ version, size: bytes.length, at: '2026-01-31T11:00:00.000Z' })
})
afterAll(() => workers?.close())

async function putRecord(linked: object | undefined): Promise<void> {
  const entity = { type: 'resource', id: RESOURCE }
  const record = { version: 1, id: UPLOAD, entity, key: KEY, declared: {}, limits: {}, state: 'linked', linked }
  await workers.store.put(recordKey(UPLOAD), new TextEncoder().encode(JSON.stringify(record)))
}

function get(headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  const path = KEY.split('/').map(encodeURIComponent).join('/')
  return fetch(new URL(`/${path}`, workers.url), { method, headers: { 'Accept-Encoding': 'identity', ...headers } })
}

describe('the gateway as the public host, on workerd', () => {
  it('streams a file with its length and its own headers', async () => {
    const response = await get()
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(bytes.length)])
    expect([response.headers.get('content-type'), response.headers.get('etag')]).toEqual(['text/csv', etag])
    expect(response.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
  })

  it.each([
    ['bytes=1000000-1000009', 1_000_000, 1_000_010],
    ['bytes=-10', 4_999_990, 5_000_000],
  ])('streams the range %s', async (Range, from, to) => {
    const response = await get({ Range })
    expect([response.status, response.headers.get('content-range')]).toEqual([
      206,
      `bytes ${from}-${to - 1}/${bytes.length}`,
    ])
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.slice(from, to))
  })

  it('answers HEAD with the length, and 304 when the file has not changed', async () => {
    const head = await get({}, 'HEAD')
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)])
    expect((await get({ 'If-None-Match': etag })).status).toBe(304)
  })

  it('does not serve an object that replaced the linked file', async () => {
    await workers.store.put(KEY, new TextEncoder().encode('<script>'))
    expect((await get()).status).toBe(404)
  })
})

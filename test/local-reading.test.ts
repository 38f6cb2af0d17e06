import { request as sendRaw } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { createUplink } from '@ckan-uplink/client'
import type { LocalHandle } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLocalEdition } from './support/local-edition.ts'

const CSV = 'a,b\n1,2\n'

let local: LocalHandle

beforeAll(async () => {
  local = await openLocalEdition()
})
afterAll(() => local?.close())

const connect = () => createUplink({ gateway: local.gateway, token: local.tokens?.editor })

/** The signed URL for the file of a new resource. */
async function askForUrl(name: string): Promise<{ readonly url: string; readonly resource: string }> {
  const { id: resource } = await connect().action<{ id: string }>('resource_create', { package_id: local.dataset })
  const { upload } = await connect().action<{ upload: { url: string } }>('resource_upload', { id: resource, name })
  return { url: upload.url, resource }
}

/** The URL that CKAN shows once the file is linked. */
async function publish(name: string, body: BodyInit, headers: Record<string, string> = {}): Promise<string> {
  const { url, resource } = await askForUrl(name)
  expect((await fetch(url, { method: 'PUT', body, headers })).status).toBe(200)
  const show = () => connect().action<{ readonly url: string }>('resource_show', { id: resource })
  await expect.poll(async () => (await show()).url).toContain('/download/')
  return (await show()).url
}

/** The bytes on the wire: `fetch` would decompress them. */
async function read(url: string, headers: Record<string, string>): Promise<readonly [string, Buffer]> {
  return readFrom((await fetch(url, { redirect: 'manual' })).headers.get('Location') ?? '', headers)
}

function readFrom(url: string, headers: Record<string, string>): Promise<readonly [string, Buffer]> {
  return new Promise((resolve, reject) => {
    sendRaw(url, { headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      resolve([String(response.headers['content-length']), Buffer.concat(chunks)])
    })
      .on('error', reject)
      .end()
  })
}

describe('the storage of the local edition', () => {
  it('takes no file of unknown length, as R2', async () => {
    const { url } = await askForUrl('a.csv')
    const answer = await new Promise<readonly [number | undefined, string]>((resolve, reject) => {
      const request = sendRaw(url, { method: 'PUT', headers: { 'Transfer-Encoding': 'chunked' } }, async (response) =>
        resolve([response.statusCode, await text(response)]),
      )
      request.on('error', reject).end(CSV)
    })
    expect(answer).toEqual([411, expect.stringContaining('MissingContentLength')])
  })

  it('gives a file with a content encoding back as it was stored, and parts of it', async () => {
    const bytes = gzipSync(CSV)
    const url = await publish('a.csv', bytes, { 'Content-Encoding': 'gzip' })
    expect(await (await fetch(url)).text()).toBe(CSV)
    expect(await read(url, {})).toEqual([String(bytes.length), bytes])
    expect(await read(url, { Range: 'bytes=2-5' })).toEqual(['4', bytes.subarray(2, 6)])
  })

  it('lets a page of any origin read, as after a redirect', async () => {
    const url = await publish('a.csv', CSV)
    const location = (await fetch(url, { redirect: 'manual' })).headers.get('Location') ?? ''
    for (const Origin of ['null', 'https://portal.example.org']) {
      const response = await fetch(location, { headers: { Origin } })
      expect([await response.text(), response.headers.get('Access-Control-Allow-Origin')]).toEqual([CSV, '*'])
    }
  })

  it('sends a part only of the content that the client has the other parts of', async () => {
    const url = await publish('a.csv', CSV)
    const etag = (await fetch(url)).headers.get('ETag') ?? ''
    const part = async (ifRange: string) => {
      const response = await fetch(url, { headers: { Range: 'bytes=0-2', 'If-Range': ifRange } })
      return [response.status, await response.text()]
    }
    expect(await part(etag)).toEqual([206, 'a,b'])
    for (const other of ['"another"', `W/${etag}`, 'Sat, 31 Jan 2026 11:00:00 GMT', 'unquoted'])
      expect(await part(other)).toEqual([200, CSV])
  })

  it.each([
    ['bytes=0-1,3-4', 200],
    ['bytes=abc', 200],
    ['items=0-1', 200],
    ['bytes=5-2', 200],
    ['bytes= 0-1', 200],
    ['bytes=', 200],
    ['bytes=-0', 416],
    ['bytes=1000-', 416],
    ['bytes=2-1000', 206],
    ['bytes=-1000', 206],
  ])('sends the whole file for several ranges and for unknown ranges: %s', async (Range, status) => {
    const url = await publish('a.csv', CSV)
    for (const tokens of [{}, { Authorization: local.tokens?.reader ?? '' }]) {
      const response = await fetch(url, { headers: { Range, ...tokens } })
      expect([Object.keys(tokens), response.status]).toEqual([Object.keys(tokens), status])
      if (status === 200) expect(await response.text()).toBe(CSV)
    }
  })
})

describe('a client of the local edition that takes its token along', () => {
  const headers = () => ({ Authorization: local.tokens?.reader ?? '' })

  it('gets the whole file or a part from the gateway', async () => {
    const url = await publish('a.csv', CSV)
    const whole = await fetch(url, { headers: headers(), redirect: 'manual' })
    expect([whole.status, await whole.text()]).toEqual([200, CSV])
    const part = await fetch(url, { headers: { ...headers(), Range: 'bytes=4-' }, redirect: 'manual' })
    expect([part.status, await part.text()]).toEqual([206, CSV.slice(4)])
    const head = await fetch(url, { headers: headers(), redirect: 'manual', method: 'HEAD' })
    expect([head.status, head.headers.get('Content-Length')]).toEqual([200, String(CSV.length)])
  })

  it('gets a file with a content encoding as it was stored', async () => {
    const bytes = gzipSync(CSV)
    const url = await publish('a.csv', bytes, { 'Content-Encoding': 'gzip' })
    const response = await fetch(url, { headers: headers(), redirect: 'manual' })
    expect([response.status, await response.text()]).toEqual([200, CSV])
    expect(await readFrom(url, headers())).toEqual([String(bytes.length), bytes])
  })
})

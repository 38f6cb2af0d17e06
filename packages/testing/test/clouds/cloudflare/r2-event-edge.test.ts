import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type R2EventEdge,
  type R2EventEdgeOptions,
  type R2Notification,
  startR2EventEdge,
} from '../../../src/clouds/cloudflare/index.ts'

const PATH = '/cdn-cgi/local/r2/s3/open-data'
const NAME = '日本語 (1)+100%.csv'
const STATE = { size: 42, etag: 'd41d8cd98f00b204e9800998ecf8427e' }

/** An S3 endpoint that keeps nothing: it answers with what it was sent, 404 where the key says so. */
const upstream: Server = createServer((request, response) => {
  const { method, url, headers } = request
  const body: Buffer[] = []
  request.on('data', (chunk) => body.push(chunk))
  request.on('end', () => {
    response.writeHead(url?.includes('missing') ? 404 : 200, {
      'Content-Type': 'application/json',
      'Access-Control-Allow-Origin': '*',
    })
    response.end(JSON.stringify({ method, url, host: headers.host, body: Buffer.concat(body).toString() }))
  })
})

let edge: R2EventEdge
let emitted: R2Notification[] = []

async function start(options: Partial<R2EventEdgeOptions> = {}): Promise<void> {
  const address = upstream.address()
  const port = typeof address === 'object' ? address?.port : 0
  const emit = async (notification: R2Notification): Promise<void> => {
    emitted.push(notification)
  }
  edge = await startR2EventEdge({
    upstream: `http://127.0.0.1:${port}`,
    port: 0,
    prefixes: ['resources/'],
    head: async () => STATE,
    emit,
    ...options,
  })
}

async function send(method: string, key: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${edge.url}${PATH}/${key}`, { method, ...init })
  await response.clone().arrayBuffer()
  await edge.settled()
  return response
}

beforeAll(() => new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve)))
afterEach(async () => {
  await edge.close()
  emitted = []
})
afterAll(() => new Promise<void>((resolve) => upstream.close(() => resolve())))

describe('startR2EventEdge', () => {
  it('reports a new object like R2, without encoding its key', async () => {
    await start()
    await send('PUT', `resources/${encodeURIComponent(NAME)}?X-Amz-Signature=x`, { body: 'a' })
    expect(emitted).toEqual([
      {
        account: expect.stringMatching(/^[0-9a-f]{32}$/u),
        action: 'PutObject',
        bucket: 'open-data',
        object: { key: `resources/${NAME}`, size: 42, eTag: STATE.etag },
        eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u),
      },
    ])
  })

  it('reports a copy with its source, a completed multipart upload, and a removal without size', async () => {
    await start()
    await send('PUT', 'resources/copy', { headers: { 'x-amz-copy-source': '/open-data/some%20file' } })
    await send('POST', 'resources/parts?uploadId=1', { body: '<CompleteMultipartUpload/>' })
    await send('DELETE', 'resources/gone')
    expect(emitted.map(({ action, object, copySource }) => ({ action, object, copySource }))).toEqual([
      {
        action: 'CopyObject',
        object: { key: 'resources/copy', size: 42, eTag: STATE.etag },
        copySource: { bucket: 'open-data', object: 'some file' },
      },
      { action: 'CompleteMultipartUpload', object: { key: 'resources/parts', size: 42, eTag: STATE.etag } },
      { action: 'DeleteObject', object: { key: 'resources/gone' } },
    ])
  })

  it("refuses an x-amz header that isn't signed, as S3 does: a copy would read any object", async () => {
    await start()
    const url = 'resources/copy?X-Amz-SignedHeaders=host;x-amz-meta-a&X-Amz-Signature=x'
    expect((await send('PUT', url, { headers: { 'x-amz-copy-source': '/open-data/secret' } })).status).toBe(403)
    expect(emitted).toEqual([])
    expect((await send('PUT', url, { headers: { 'x-amz-meta-a': 'b' } })).status).toBe(200)
  })

  it.each([
    ['GET', 'resources/file'],
    ['HEAD', 'resources/file'],
    ['PUT', 'resources/missing'],
    ['PUT', 'uplink/uploads/record.json'],
    ['PUT', 'resources/parts?partNumber=1&uploadId=1'],
    ['POST', 'resources/parts?uploads='],
    ['DELETE', 'resources/parts?uploadId=1'],
  ])('tells nothing of %s %s', async (method, key) => {
    await start()
    await send(method, key)
    expect(emitted).toEqual([])
  })

  it('passes on method, path, host and body as they are, since they are signed', async () => {
    await start()
    const key = `resources/a%20b%2Bc%281%29?X-Amz-Signature=x%2Fy&b=%20`
    const response = await send('PUT', key, { body: 'x'.repeat(1_000_000) })
    expect(await response.json()).toEqual({
      method: 'PUT',
      url: `${PATH}/${key}`,
      host: edge.url.slice('http://'.length),
      body: 'x'.repeat(1_000_000),
    })
  })

  it('lets pages of the origins that it was told put files, with the headers of a signed upload, and no others', async () => {
    await start({ origins: ['https://data.example.org'] })
    const preflight = (Origin: string, headers: string) =>
      send('OPTIONS', 'resources/file', {
        headers: { Origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': headers },
      })
    const allowed = await preflight('https://data.example.org', 'if-none-match,x-amz-checksum-sha256')
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://data.example.org',
    ])
    expect((await preflight('https://data.example.org', 'x-amz-acl')).status).toBe(403)
    expect((await preflight('https://elsewhere.example.org', '')).status).toBe(403)
    for (const [origin, shown] of [
      ['https://data.example.org', 'https://data.example.org'] as const,
      ['https://elsewhere.example.org', null] as const,
    ]) {
      const response = await send('PUT', 'resources/file', { headers: { Origin: origin }, body: 'x' })
      expect(response.headers.get('access-control-allow-origin')).toBe(shown)
    }
  })

  it('lets pages of all origins read files and parts of them, as after a redirect, and put none', async () => {
    await start({ origins: [] })
    const preflight = (method: string) =>
      send('OPTIONS', 'resources/file', {
        headers: { Origin: 'null', 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'range' },
      })
    expect((await preflight('GET')).headers.get('access-control-allow-origin')).toBe('*')
    expect((await preflight('PUT')).status).toBe(403)
    const { headers } = await send('GET', 'resources/file', { headers: { Origin: 'null' } })
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-expose-headers')).toContain('Content-Range')
  })

  it('takes no file of unknown length', async () => {
    await start()
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('a,b'))
        controller.close()
      },
    })
    const response = await send('PUT', 'resources/file', { body, duplex: 'half' } as RequestInit)
    expect([response.status, await response.text()]).toEqual([411, expect.stringContaining('MissingContentLength')])
    expect(emitted).toEqual([])
  })

  it('has the answer carry the headers that the URL asks for', async () => {
    await start()
    const response = await send(
      'GET',
      'resources/file?response-content-type=text%2Fcsv&response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%22',
    )
    expect(response.headers.get('content-type')).toBe('text/csv')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="a+b"')
  })

  it('drops, doubles and reorders on demand', async () => {
    const delays: Readonly<Record<string, readonly number[]>> = {
      'resources/dropped': [],
      'resources/late': [200],
      'resources/twice': [0, 10],
    }
    await start({ delaysMs: ({ object }) => delays[object.key] ?? [0] })
    await Promise.all(
      ['dropped', 'late', 'twice'].map((name) =>
        fetch(`${edge.url}${PATH}/resources/${name}`, { method: 'PUT', body: 'x' }),
      ),
    )
    await edge.settled()
    expect(emitted.map(({ object }) => object.key)).toEqual(['resources/twice', 'resources/twice', 'resources/late'])
  })

  it('drops delayed events when it is closed', async () => {
    await start({ delaysMs: () => [60_000] })
    await fetch(`${edge.url}${PATH}/resources/late`, { method: 'PUT', body: 'x' })
    await edge.close()
    expect(emitted).toEqual([])
  })
})

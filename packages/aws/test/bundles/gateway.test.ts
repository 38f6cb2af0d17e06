import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { functionsNodeVersion, startHeaderEcho } from '@ckan-uplink/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { deliver, type Scene, secretsIn, startScene } from '../scene.ts'
import { type RunningFunction, startFunction } from './lambda.ts'

// Most of these tests start a function of their own.
vi.setConfig({ testTimeout: 30_000 })

let scene: Scene
let gateway: RunningFunction

beforeAll(async () => {
  scene = await startScene()
  gateway = await startFunction('gateway', scene.variables)
})
afterAll(async () => {
  await gateway?.close()
  await scene?.close()
})
beforeEach(() => scene.reset())

function flood(response: ServerResponse): void {
  while (!response.destroyed && response.write(' '.repeat(65_536)));
  response.once('drain', () => flood(response))
}

/** Calls the gateway like an HTTP API. */
async function call(
  method: string,
  rawPath: string,
  body?: object,
  to = gateway,
  authorization = scene.ckan.tokens.editor,
) {
  const headers = {
    authorization,
    'content-type': 'application/json',
    host: 'abc.execute-api.eu-central-1.amazonaws.com',
  }
  const event = {
    version: '2.0',
    rawPath,
    rawQueryString: '',
    headers,
    requestContext: { http: { method, path: rawPath, sourceIp: '192.0.2.7' } },
    isBase64Encoded: false,
  }
  const answer = (await to.invoke({ ...event, ...(body && { body: JSON.stringify(body) }) })) as {
    readonly statusCode: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  return { ...answer, json: () => JSON.parse(answer.body) }
}

describe('the gateway', () => {
  it('runs on the Node that this run of the tests is for', async () => {
    expect(gateway.node).toBe(await functionsNodeVersion())
  })

  it('signs a URL for an upload, and then sends the file, or redirects to it', async () => {
    const { id } = await scene.ask('resource_create', { package_id: scene.ckan.dataset, name: 'Bus stops' })
    const answer = await call('POST', '/api/3/action/resource_upload', { id, name: '日本語 a+b (1).csv', size: 4 })
    expect(answer.statusCode).toBe(200)
    const { upload } = answer.json().result
    expect((await fetch(upload.url, { method: upload.method, headers: upload.headers, body: 'a\n1\n' })).status).toBe(
      200,
    )
    const linker = await startFunction('linker', scene.variables)
    expect(await deliver(linker, [{ id: 'one', body: scene.notification(upload.key) }])).toEqual([])
    await linker.close()
    const { pathname } = new URL(String((await scene.ask('resource_show', { id }))['url']))
    for (const path of [pathname, decodeURIComponent(pathname)]) {
      const sent = await call('GET', path)
      expect([sent.statusCode, sent.body]).toEqual([200, 'a\n1\n'])
      const download = await call('GET', path, undefined, gateway, '')
      expect(download.statusCode).toBe(302)
      expect(await (await fetch(download.headers['location'] ?? '')).text()).toBe('a\n1\n')
    }
  })

  it('passes other actions to CKAN', async () => {
    const answer = await call('POST', '/api/3/action/package_show', { id: scene.ckan.dataset })
    expect(answer.json()).toMatchObject({ success: true, result: { id: scene.ckan.dataset } })
  })

  it("tells CKAN the address of the caller's connection", async () => {
    const ckan = await startHeaderEcho()
    const there = await startFunction('gateway', { ...scene.variables, CKAN_URL: ckan.url })
    try {
      const answer = await call('GET', '/api/3/action/status_show', undefined, there)
      expect(answer.json()).toMatchObject({ result: { 'x-forwarded-for': '192.0.2.7' } })
    } finally {
      await Promise.all([there.close(), ckan.close()])
    }
  })

  it('reports its readiness without details of the account', async () => {
    expect((await call('GET', '/readyz')).json()).toMatchObject({
      status: 'ok',
      checks: { bucket: { detail: scene.bucket } },
    })
    const nowhere = await startFunction('gateway', { ...scene.variables, BUCKET_NAME: 'another' })
    try {
      const answer = await call('GET', '/readyz', undefined, nowhere)
      expect([answer.statusCode, answer.json().checks.bucket.status, answer.json().checks.token.status]).toEqual([
        503,
        'failing',
        'failing',
      ])
      expect(answer.body).not.toContain('arn:aws')
      expect(nowhere.log.join('\n')).toMatch(/check_failed.*S3 could not get/u)
    } finally {
      await nowhere.close()
    }
  })

  it.each([
    ['a method that the web does not know', 'TRACE', 400],
    ['a route that is not there', 'GET', 404],
  ])('answers %s with a problem', async (_, method, status) => {
    expect(await call(method, '/nowhere')).toMatchObject({
      statusCode: status,
      headers: { 'content-type': 'application/problem+json' },
    })
  })

  it('explains that Lambda limits the size of an answer', async () => {
    for (const letter of ['x', 'y'])
      await scene.ask('resource_create', {
        package_id: scene.ckan.dataset,
        name: 'Long',
        description: letter.repeat(4_000_000),
      })
    expect(await call('POST', '/api/3/action/package_show', { id: scene.ckan.dataset })).toMatchObject({
      statusCode: 502,
      body: expect.stringContaining('6 MB'),
    })
  })

  it.each([
    ['breaks off', 'closed the connection', (response: ServerResponse) => setTimeout(() => response.destroy(), 50)],
    ['never ends', '6 MB', (response: ServerResponse) => flood(response)],
  ])('answers 502 when the answer of CKAN %s', async (_, words, go) => {
    const ckan = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write('{')
      go(response)
    })
    await once(ckan.listen(0, '127.0.0.1'), 'listening')
    const { port } = ckan.address() as AddressInfo
    const there = await startFunction('gateway', { ...scene.variables, CKAN_URL: `http://127.0.0.1:${port}` })
    try {
      const answer = await call('GET', '/api/3/action/status_show', undefined, there)
      expect([answer.statusCode, answer.json().detail]).toEqual([502, expect.stringContaining(words)])
    } finally {
      await there.close()
      ckan.close()
      ckan.closeAllConnections()
    }
  })

  it('answers 503 while it is not configured', async () => {
    const unconfigured = await startFunction('gateway', {})
    try {
      expect((await call('GET', '/healthz', undefined, unconfigured)).statusCode).toBe(503)
      expect(unconfigured.log.join('\n')).toContain('CKAN_URL is missing.')
    } finally {
      await unconfigured.close()
    }
  })

  it('logs one JSON object per line, and no secret', () => {
    expect(gateway.log.join()).toContain('upload_issued')
    expect(secretsIn(scene, gateway)).toEqual([])
  })
})

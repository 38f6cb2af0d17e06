import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { actionError } from '../../src/http/error-answers.ts'
import { EDITOR, startGateway } from '../support/gateway-fixture.ts'
import { answerJson, startScriptedCkan } from '../support/scripted-ckan.ts'

const RESULT = { help: 'h', success: true, result: { id: 'x' } }

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function start(
  answer?: Parameters<typeof startScriptedCkan>[0],
  settings: NonNullable<Parameters<typeof startGateway>[0]>['settings'] = {},
) {
  const ckan = await startScriptedCkan(answer ?? ((_, response) => answerJson(response, 200, RESULT)))
  servers.push(ckan)
  return { ckan, ...startGateway({ settings: { ckanUrl: ckan.url, ...settings } }) }
}

function streamOf(megabytes: number): ReadableStream {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      sent += 1
      if (sent > megabytes) controller.close()
      else controller.enqueue(new Uint8Array(1024 ** 2))
    },
  })
}

describe('an action that the gateway does not own', () => {
  it.each(['/api/3/action/', '/api/action/'])('is passed to CKAN from below %s, with its query', async (prefix) => {
    const { send, ckan } = await start()
    const response = await send(`${prefix}package_search?q=a%20b&fq=x:%22y%22&rows=0`, {
      headers: { 'X-CKAN-API-Key': EDITOR, Accept: 'application/json' },
    })
    expect([response.status, await response.json()]).toEqual([200, RESULT])
    expect(ckan.seen).toMatchObject([
      { method: 'GET', path: '/api/3/action/package_search?q=a%20b&fq=x:%22y%22&rows=0' },
    ])
    expect(ckan.seen[0]?.headers).toMatchObject({ authorization: EDITOR, accept: 'application/json' })
    expect(ckan.seen[0]?.headers).not.toHaveProperty('x-ckan-api-key')
  })

  it('is passed on with its body to the byte', async () => {
    const { send, ckan } = await start()
    const body = '{ "id" : "x", "url_type": "upload", "number": 1.0, "big": 12345678901234567890 }'
    await send('/api/3/action/package_patch', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      token: `Bearer ${EDITOR}`,
    })
    expect(ckan.seen[0]?.body.toString()).toBe(body)
    expect(ckan.seen[0]?.headers).toMatchObject({
      authorization: EDITOR,
      'content-type': 'application/json',
      'content-length': String(body.length),
    })
  })

  it('is passed on without a token and without a body', async () => {
    const { send, ckan } = await start()
    await send('/api/3/action/status_show', { method: 'POST' })
    expect(ckan.seen[0]).toMatchObject({ method: 'POST', path: '/api/3/action/status_show' })
    expect(ckan.seen[0]?.headers).not.toHaveProperty('authorization')
  })

  it('gets neither cookies nor anything else of the connection, and sets none', async () => {
    const { send, ckan } = await start((_, response) =>
      answerJson(response, 200, RESULT, { 'Set-Cookie': 'auth_tkt=1', 'X-Powered-By': 'x', 'Retry-After': '3' }),
    )
    const headers = {
      Cookie: 'ckan=secret',
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Host': 'evil.example.org',
      Referer: 'https://x.example.org',
    }
    const response = await send('/api/3/action/package_show?id=x', { headers })
    for (const name of Object.keys(headers)) expect(ckan.seen[0]?.headers).not.toHaveProperty(name.toLowerCase())
    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.headers.get('X-Powered-By')).toBeNull()
    expect(response.headers.get('Retry-After')).toBe('3')
  })

  it('sends the token in the header that CKAN reads, wherever the caller has put it', async () => {
    const { ckan, send } = await start(undefined, { ckanTokenHeader: 'X-Portal-Token' })
    for (const name of ['Authorization', 'X-CKAN-API-Key', 'X-Portal-Token'])
      await send('/api/3/action/package_show?id=x', { headers: { [name]: EDITOR } })
    await send('/api/3/action/package_show', {
      method: 'POST',
      body: '{"id": "x"}',
      headers: { Authorization: 'Basic cHJveHk6cGFzc3dvcmQ=', 'X-Portal-Token': EDITOR },
    })
    expect(ckan.seen.map(({ headers }) => [headers['x-portal-token'], headers.authorization])).toEqual(
      Array.from({ length: 4 }, () => [EDITOR, undefined]),
    )
    expect(ckan.seen.at(-1)?.body.toString()).toBe('{"id": "x"}')
  })

  it('sends CKAN the address that the platform reports, never an address that the caller claims', async () => {
    const { ckan } = await start()
    const addressOf = ({ headers }: Request) => headers.get('X-Platform') ?? undefined
    const { send, act } = startGateway({ settings: { ckanUrl: ckan.url }, deps: { addressOf } })
    const claimed = { 'X-Forwarded-For': '10.0.0.1', Forwarded: 'for=10.0.0.1', 'X-Real-IP': '10.0.0.1' }
    await send('/api/3/action/package_show?id=x', { headers: { ...claimed, 'X-Platform': '192.0.2.7' } })
    await send('/api/3/action/package_show?id=x', { headers: claimed })
    await act('resource_create', { package_id: 'x' }, EDITOR)
    expect(ckan.seen.map(({ headers }) => headers['x-forwarded-for'])).toEqual(['192.0.2.7', undefined, undefined])
    await send('/api/3/action/resource_create', {
      method: 'POST',
      headers: { 'X-Platform': '192.0.2.8' },
      body: '{"package_id": "x"}',
      token: EDITOR,
    })
    expect(ckan.seen.at(-1)).toMatchObject({
      path: '/api/3/action/resource_create',
      headers: { 'x-forwarded-for': '192.0.2.8' },
    })
    for (const { headers } of ckan.seen) expect(JSON.stringify(headers)).not.toContain('10.0.0.1')
  })

  it.each([
    [403, 'application/json', '{"success":false,"error":{"__type":"Authorization Error"}}'],
    [400, 'application/json', '"Bad request - Action name not known: nope"'],
    [500, 'text/html', '<html>'],
    [503, 'application/json', '{"success":false}'],
  ])('has CKAN answer %i by itself, as %s', async (status, type, body) => {
    const { send } = await start((_, response) => response.writeHead(status, { 'Content-Type': type }).end(body))
    const response = await send('/api/3/action/nope')
    expect([response.status, response.headers.get('Content-Type'), await response.text()]).toEqual([status, type, body])
  })

  it.each([502, 503, 504])("is CKAN's envelope where a proxy answers %i with a page of its own", async (status) => {
    const { send } = await start((_, response) =>
      response.writeHead(status, { 'Content-Type': 'text/html', 'Retry-After': '7' }).end('<html>'),
    )
    const response = await send('/api/3/action/package_list')
    expect([response.status, response.headers.get('Retry-After')]).toEqual([502, '7'])
    expect(await response.json()).toMatchObject({ success: false, error: { __type: 'Bad Gateway' } })
  })

  it('is passed on with a small file of unknown length', async () => {
    const { send, ckan } = await start()
    const form = new FormData()
    form.set('id', 'x')
    const content = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256))
    form.set('upload', new Blob([content]), 'a.bin')
    const response = await send('/api/3/action/resource_patch', { method: 'POST', body: form, token: EDITOR })
    expect(response.status).toBe(200)
    expect(ckan.seen[0]?.body.includes(content)).toBe(true)
    expect(ckan.seen[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/u)
    expect(ckan.seen[0]?.headers['content-length']).toBe(String(ckan.seen[0]?.body.length))
  })

  it('streams a file of known length', async () => {
    const { send, ckan } = await start()
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x', 'Content-Length': String(20 * 1024 ** 2) }
    const response = await send('/api/3/action/resource_patch', {
      method: 'POST',
      headers,
      body: streamOf(20),
      duplex: 'half',
      token: EDITOR,
    } as RequestInit)
    expect(response.status).toBe(200)
    expect(ckan.seen[0]?.body.length).toBe(20 * 1024 ** 2)
    expect(ckan.seen[0]?.headers['content-length']).toBe(String(20 * 1024 ** 2))
    expect(ckan.seen[0]?.headers).not.toHaveProperty('transfer-encoding')
  })

  it('is refused a file that announces more than 100 MB', async () => {
    const { send, ckan } = await start()
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x', 'Content-Length': String(101 * 1024 ** 2) }
    const response = await send('/api/3/action/resource_patch', { method: 'POST', headers, body: 'x', token: EDITOR })
    expect(response.status).toBe(413)
    expect(ckan.seen).toEqual([])
  })

  it('is refused a file of unknown length that turns out to be large', async () => {
    const { send, ckan } = await start()
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }
    const response = await send('/api/3/action/resource_patch', {
      method: 'POST',
      headers,
      body: streamOf(6),
      duplex: 'half',
      token: EDITOR,
    } as RequestInit)
    expect([response.status, v.parse(actionError, await response.json()).error.__type]).toEqual([
      413,
      'Content Too Large',
    ])
    expect(ckan.seen).toEqual([])
  })

  describe('without a token', () => {
    const post = (type: string, bytes: number) => ({
      method: 'POST',
      headers: { 'Content-Type': type, 'Content-Length': String(bytes) },
      body: ' '.repeat(bytes),
    })

    it.each(['application/json', 'application/x-www-form-urlencoded'])('streams 1 MB and no more: %s', async (type) => {
      const { send, ckan } = await start()
      expect((await send('/api/3/action/package_search', post(type, 1024 ** 2))).status).toBe(200)
      expect(ckan.seen[0]?.body.length).toBe(1024 ** 2)
      expect((await send('/api/3/action/package_search', post(type, 1024 ** 2 + 1))).status).toBe(413)
    })

    it('may send files only where the site lets anybody create datasets', async () => {
      const init = post('multipart/form-data; boundary=x', 2 * 1024 ** 2)
      const closed = await start()
      const refused = await closed.send('/api/3/action/package_create', init)
      expect([refused.status, closed.ckan.seen]).toEqual([403, []])
      const open = await start(undefined, { anonymousDatasets: true })
      expect((await open.send('/api/3/action/package_create', init)).status).toBe(200)
      expect((await open.send('/api/3/action/package_create', post('application/json', 2 * 1024 ** 2))).status).toBe(
        200,
      )
    })

    it.each([
      [undefined, 411],
      ['unknown-token', 403],
    ])('that CKAN knows, a body is not held to learn its length: %s', async (token, status) => {
      const { send, ckan } = await start()
      const init = { method: 'POST', body: '{"id": "x"}', ...(token !== undefined && { token }) }
      expect((await send('/api/3/action/package_show', init)).status).toBe(status)
      expect(ckan.seen).toEqual([])
    })
  })

  it.each([
    ['more', 3],
    ['less', 30],
  ])('is refused a body that has %s bytes than it announces', async (_, bytes) => {
    const { send, logged } = await start()
    const headers = { 'Content-Type': 'application/json', 'Content-Length': String(bytes) }
    const response = await send('/api/3/action/package_show', { method: 'POST', headers, body: '{"id": "x"}' })
    expect([response.status, await response.json()]).toEqual([
      400,
      'Bad request - The length of the request body differs from its Content-Length',
    ])
    expect(logged.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('is refused a body that breaks off', async () => {
    const { send, logged } = await start()
    const headers = { 'Content-Length': '100' }
    for (const action of ['package_patch', 'package_show', 'resource_upload', 'resource_create']) {
      const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
      const init = { method: 'POST', headers, body, duplex: 'half', token: EDITOR }
      const response = await send(`/api/3/action/${action}`, init)
      expect([response.status, await response.json()]).toEqual([
        400,
        'Bad request - The connection closed before the end of the request body',
      ])
    }
    expect(logged.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('is refused JSON of more than 5 MB', async () => {
    const { act, ckan } = await start()
    expect((await act('package_create', { notes: 'x'.repeat(6_000_000) }, EDITOR)).status).toBe(413)
    expect(ckan.seen).toEqual([])
  })

  it.each([
    ['https://data.example.org/login?token=secret', 'https://data.example.org'],
    ['/login?token=secret', 'http://127.0.0.1'],
  ])('is answered 502 when CKAN redirects, and the log alone says where: %s', async (location, logs) => {
    const { send, logged } = await start((_, response) => response.writeHead(301, { Location: location }).end())
    const response = await send('/api/3/action/package_show?id=x')
    const { error } = v.parse(actionError, await response.json())
    expect([response.status, response.headers.get('Location')]).toEqual([502, null])
    expect(error.message).toBe('CKAN cannot be reached at the moment. Try again later.')
    expect(logged[0]?.fields['message']).toContain(logs)
    expect(JSON.stringify(logged)).not.toContain('secret')
  })

  it.each([
    ['breaks off', (_: unknown, response: { destroy(): void }) => response.destroy(), 2000],
    ['says nothing in time', () => {}, 100],
  ])('is answered 502 when CKAN %s', async (_, answer, ckanTimeoutMs) => {
    const { send, logged } = await start(answer, { ckanTimeoutMs })
    const response = await send('/api/3/action/package_show?id=x', { token: EDITOR })
    expect([response.status, v.parse(actionError, await response.json()).error.__type]).toEqual([502, 'Bad Gateway'])
    expect(JSON.stringify(logged)).not.toContain(EDITOR)
  })

  it('is answered 413, and is no fault of the gateway, when CKAN does not read a large body to its end', async () => {
    const closes = createServer((incoming) => incoming.once('data', () => incoming.socket.destroy()))
    await once(closes.listen(0, '127.0.0.1'), 'listening')
    const { port } = closes.address() as AddressInfo
    const { send, logged } = startGateway({ settings: { ckanUrl: `http://127.0.0.1:${port}` } })
    const post = () => {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': String(5 * 1024 ** 2) }
      const init = { method: 'POST', headers, body: streamOf(5), duplex: 'half', token: EDITOR }
      return send('/api/3/action/package_show', init)
    }
    const response = await post()
    expect([response.status, v.parse(actionError, await response.json()).error.message]).toEqual([
      413,
      expect.stringContaining('CKAN closed the connection before it had read the whole body'),
    ])
    expect(logged).toMatchObject([{ level: 'warn', event: 'request_refused', fields: { status: 413 } }])
    closes.close()
    await once(closes, 'close')
    expect((await post()).status).toBe(502)
  })

  it.each(['', '?callback=show'])(
    "keeps the site's own token to itself, which xloader_status gives to every editor: %j",
    async (query) => {
      const { send } = await start((request, response) => {
        const text =
          '{"help": "h", "success": true, "result": {"status": "complete", "task_info": {"api_key": "a.b-c_d", "logs": []}}}'
        response.setHeader('Content-Type', 'application/json')
        response.end(request.path.includes('callback') ? `show(${text});` : text)
      })
      const text = await (await send(`/api/3/action/xloader_status${query}`, { token: EDITOR })).text()
      expect(text).toContain('"task_info": {"api_key": null, "logs": []}')
      expect(text).not.toContain('a.b-c_d')
    },
  )

  it('can be switched off', async () => {
    const { send, ckan } = await start(undefined, { passThrough: false })
    const response = await send('/api/3/action/package_show?id=x')
    expect([response.status, await response.json()]).toEqual([400, 'Bad request - Action name not known: package_show'])
    expect(ckan.seen).toEqual([])
  })
})

describe('what the gateway has added to a resource', () => {
  const ours = { presigned_url: 'https://bucket.example.org/?signature=1', upload: { id: 'u' } }

  it.each([
    ['resource_update', { id: 'r', ...ours, extra: { upload: 1 } }, { id: 'r', extra: { upload: 1 } }],
    ['resource_patch', { id: 'r', ...ours }, { id: 'r' }],
    [
      'package_create',
      { name: 'n', upload: 'mine', resources: [{ id: 'r', ...ours }, 7] },
      { name: 'n', upload: 'mine', resources: [{ id: 'r' }, 7] },
    ],
    [
      'package_update',
      { resources: [{ id: 'r', ...ours }], extras: [{ key: 'upload', value: 'x' }] },
      { resources: [{ id: 'r' }], extras: [{ key: 'upload', value: 'x' }] },
    ],
    ['package_patch', { id: 'd', presigned_url: 'mine' }, { id: 'd', presigned_url: 'mine' }],
    [
      'package_revise',
      {
        match: { id: 'd' },
        update: { resources: [{ ...ours, id: 'r' }], upload: 1 },
        update__resources__r: { size: 1, ...ours },
        update__resources__extend: [ours],
        update__resources__r__presigned_url: 'x',
        update__upload: 'mine',
      },
      {
        match: { id: 'd' },
        update: { resources: [{ id: 'r' }], upload: 1 },
        update__resources__r: { size: 1 },
        update__resources__extend: [{}],
        update__upload: 'mine',
      },
    ],
    ['resource_view_create', { resource_id: 'r', ...ours }, { resource_id: 'r', ...ours }],
    ['organization_patch', { id: 'o', ...ours }, { id: 'o', ...ours }],
  ])('is taken out of resources on their way to CKAN: %s', async (action, given, sent) => {
    const { act, ckan } = await start()
    await act(action, given, EDITOR)
    expect(JSON.parse(ckan.seen[0]?.body.toString() ?? '')).toEqual(sent)
  })

  it.each([
    ['resource_update', { id: 'r', presigned_url: 'https://x/?a=1&b=2', name: 'Städte' }, { id: 'r', name: 'Städte' }],
    [
      'package_revise',
      { update__resources__r__presigned_url: 'https://x', update__title: 'T' },
      { update__title: 'T' },
    ],
    ['package_patch', { id: 'd', presigned_url: 'mine' }, { id: 'd', presigned_url: 'mine' }],
  ])('is taken out of forms: %s', async (action, given, sent) => {
    const { send, ckan } = await start()
    await send(`/api/3/action/${action}`, { method: 'POST', body: new URLSearchParams(given), token: EDITOR })
    const { headers, body = Buffer.alloc(0) } = ckan.seen[0] ?? {}
    const seen = await new Response(new Uint8Array(body), {
      headers: { 'Content-Type': headers?.['content-type'] ?? '' },
    }).formData()
    expect(Object.fromEntries(seen)).toEqual(sent)
  })

  it.each([
    ['resource_update', 'presigned_url', ['id', 'name', 'upload']],
    ['package_revise', 'update__resources__r__presigned_url', ['id', 'name', 'upload']],
    ['package_patch', 'presigned_url', ['presigned_url', 'id', 'name', 'upload', 'presigned_url']],
  ])('is taken out of forms with a file, which stays as it is: %s', async (action, ours, names) => {
    const { send, ckan } = await start()
    const content = Buffer.from(`\r\n\xff--x\r\nContent-Disposition: form-data; name="${ours}"\r\n\r\n`, 'latin1')
    const form = new FormData()
    for (const name of [ours, 'id', 'name']) form.append(name, 'presigned_url')
    form.append('upload', new Blob([content]), 'presigned_url')
    form.append(ours, 'https://bucket.example.org/?signature=1')
    await send(`/api/3/action/${action}`, { method: 'POST', body: form, token: EDITOR })
    const { headers, body = Buffer.alloc(0) } = ckan.seen[0] ?? {}
    const seen = await new Response(new Uint8Array(body), {
      headers: { 'Content-Type': headers?.['content-type'] ?? '' },
    }).formData()
    expect([...seen.keys()]).toEqual(names)
    const file = seen.get('upload')
    expect(file instanceof File && Buffer.from(await file.arrayBuffer()).equals(content)).toBe(true)
  })

  it('lets CKAN judge a body that is not JSON', async () => {
    const { send, ckan } = await start()
    const body = '{"id": '
    await send('/api/3/action/resource_patch', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      token: EDITOR,
    })
    expect(ckan.seen[0]?.body.toString()).toBe(body)
  })
})

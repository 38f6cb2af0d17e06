import { TokenInvalidError, UnavailableError } from '@ckan-uplink/core'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actionError, problem } from '../../src/http/error-answers.ts'
import { readiness } from '../../src/service/readiness.ts'
import { EDITOR, GATEWAY, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'

describe('the service', () => {
  it('is healthy without touching anything', async () => {
    const { send, calls } = startGateway()
    const response = await send('/healthz')
    expect([response.status, await response.json(), calls]).toEqual([200, { status: 'ok' }, []])
  })

  it('names its version at /healthz and in the first line of the log, when the deployment sets it', async () => {
    const { send, logged } = startGateway({ settings: { version: '1.2.3+abc' } })
    expect(await (await send('/healthz')).json()).toEqual({ status: 'ok', version: '1.2.3+abc' })
    expect(logged[0]).toMatchObject({ event: 'started', fields: { program: 'gateway', version: '1.2.3+abc' } })
  })

  it.each(['/', '/healthz', '/readyz', '/openapi.json', '/uploads/x', `/resource/${PUBLIC_ID}/download/a.csv`])(
    'is only to be read at %s',
    async (path) => {
      const { send } = startGateway()
      const response = await send(path, { method: 'DELETE', token: EDITOR })
      expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
      expect(v.parse(problem, await response.json()).status).toBe(405)
    },
  )

  it('says at its root what it is', async () => {
    const response = await startGateway().send('/')
    const text = await response.text()
    expect(text).toContain(`${GATEWAY}/openapi.json`)
    expect(text).not.toContain('127.0.0.1')
    expect(response.headers.get('Content-Type')).toMatch(/^text\/plain/u)
  })

  it('is ready when all its checks are', async () => {
    const { send } = startGateway({ deps: { checks: { ckan: async () => 'CKAN 2.11.6', bucket: async () => 'data' } } })
    const response = await send('/readyz')
    expect(response.status).toBe(200)
    expect(v.parse(readiness, await response.json())).toEqual({
      status: 'ok',
      checks: { ckan: { status: 'ok', detail: 'CKAN 2.11.6' }, bucket: { status: 'ok', detail: 'data' } },
    })
  })

  it('is not ready when a check fails or says nothing, and names nothing of the inside', async () => {
    const checks = {
      ckan: async () => {
        throw new UnavailableError('http://ckan.internal:5000 could not be reached')
      },
      token: async () => {
        throw new TokenInvalidError('The service token is expired.')
      },
      bucket: async () => {
        throw new TypeError('getaddrinfo ENOTFOUND storage.internal')
      },
      other: () => new Promise<string>(() => {}),
    }
    const clock = { now: () => new Date(), sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 20)) }
    const { send, logged } = startGateway({ deps: { checks, clock } })
    const response = await send('/readyz')
    const hidden = 'it cannot be reached, or refuses the gateway: see "check_failed" in the gateway\'s log'
    expect(response.status).toBe(503)
    expect(v.parse(readiness, await response.json())).toEqual({
      status: 'failing',
      checks: {
        ckan: { status: 'failing', detail: hidden },
        token: { status: 'failing', detail: 'The service token is expired.' },
        bucket: { status: 'failing', detail: hidden },
        other: { status: 'failing', detail: 'no answer within 5 s' },
      },
    })
    expect(logged).toContainEqual({
      level: 'error',
      event: 'check_failed',
      fields: { check: 'ckan', reason: 'http://ckan.internal:5000 could not be reached' },
    })
  })

  it('asks CKAN and the store once in 10 s, however many ask for it', async () => {
    let [runs, now] = [0, 1_000_000]
    const check = async () => {
      runs += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
      return 'fine'
    }
    const sleep = (ms: number) =>
      new Promise<void>((resolve) => {
        // The limit of a check is never reached here.
        if (ms < 1000) setTimeout(resolve, 1)
      })
    const { send } = startGateway({ deps: { checks: { check }, clock: { now: () => new Date(now), sleep } } })
    const ask = async () => (await send('/readyz')).status
    expect(new Set(await Promise.all(Array.from({ length: 50 }, ask)))).toEqual(new Set([200]))
    now += 9_999
    await ask()
    expect(runs).toBe(1)
    now += 1
    await ask()
    expect(runs).toBe(2)
  })

  it('asks again when the request that asked was cut short', async () => {
    let [runs, now] = [0, 1_000_000]
    const check = () => {
      runs += 1
      return runs === 1 ? new Promise<string>(() => {}) : Promise.resolve('fine')
    }
    const sleep = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      now += 100
      if (runs === 1 && now < 1_005_000) return
      await new Promise(() => {})
    }
    const { send } = startGateway({ deps: { checks: { check }, clock: { now: () => new Date(now), sleep } } })
    send('/readyz')
    now += 5000
    expect((await send('/readyz')).status).toBe(200)
  })

  it('makes links with its configured address, not with the host of the request', async () => {
    const { send } = startGateway()
    const headers = {
      Host: 'evil.example.org',
      'X-Forwarded-Host': 'evil.example.org',
      Forwarded: 'host=evil.example.org',
    }
    const description = await (await send('/openapi.json', { headers })).text()
    const answer = await (
      await send('/api/3/action/resource_upload', {
        method: 'POST',
        headers,
        body: JSON.stringify({ id: PUBLIC_ID }),
        token: EDITOR,
      })
    ).text()
    expect(JSON.parse(description).servers).toEqual([{ url: GATEWAY }])
    expect(description + answer).not.toContain('evil')
  })

  it.each(['/healthz', '/nothing', '/api/3/action/resource_upload', `/resource/${PUBLIC_ID}/download/a.csv`])(
    'lets no browser take %s for a page',
    async (path) => {
      const { headers } = await startGateway().send(path)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('Content-Security-Policy')).toBe(
        "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
      )
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(headers.get('Strict-Transport-Security')).toBe('max-age=31536000; includeSubDomains')
    },
  )

  it('asks no browser for https that itself has none', async () => {
    const { headers } = await startGateway({ settings: { gatewayUrl: 'http://127.0.0.1:8787' } }).send('/healthz')
    expect(headers.get('Strict-Transport-Security')).toBeNull()
  })

  it('refuses requests by plain http, except from this machine', async () => {
    const ask = async (url: string, deps: { seesProtocol?: boolean }, settings = {}) => {
      const { gateway, calls } = startGateway({ deps, settings })
      const { status } = await gateway.fetch(new Request(url, { headers: { Authorization: EDITOR } }))
      return [status, calls.length]
    }
    const url = 'http://uploads.example.org/uploads/x'
    expect(await ask(url, { seesProtocol: true })).toEqual([403, 0])
    expect(await ask(url, {})).toEqual([404, 1])
    expect(await ask(url, { seesProtocol: true }, { gatewayUrl: 'http://uploads.example.org' })).toEqual([404, 1])
    expect(await ask('http://127.0.0.1:8787/uploads/x', { seesProtocol: true })).toEqual([404, 1])
    expect(await ask('https://uploads.example.org/uploads/x', { seesProtocol: true })).toEqual([404, 1])
  })

  it.each([
    ['/api/3/action/upload_show', actionError],
    [`/uploads/x`, problem],
  ])('answers its own failure at %s without internal details', async (path, schema) => {
    const { authorizer } = startGateway()
    const fail = async () => {
      throw new TypeError('cannot read secret of undefined')
    }
    const { send, logged } = startGateway({ deps: { authorizer: { ...authorizer, whoami: fail } } })
    const init = path.startsWith('/api') ? { method: 'POST', body: '{"id":"x"}' } : {}
    const response = await send(`${path}?token=hidden`, { ...init, token: EDITOR })
    const body = await response.json()
    expect(response.status).toBe(500)
    expect(v.is<v.GenericSchema>(schema, body)).toBe(true)
    expect(JSON.stringify(body)).not.toMatch(/secret|at .*:\d+/u)
    expect(logged).toMatchObject([
      {
        level: 'error',
        event: 'request_failed',
        fields: { path, status: 500, message: 'cannot read secret of undefined' },
      },
    ])
  })
})

describe('a browser of another origin', () => {
  const ORIGIN = 'https://data.example.org'
  const ask = (allowedOrigins: readonly string[], path: string, init: RequestInit = {}, origin = ORIGIN) =>
    startGateway({ settings: { allowedOrigins } }).send(path, { ...init, headers: { Origin: origin, ...init.headers } })

  it.each([[[ORIGIN]], [['*']]])('is answered before it asks when %j are allowed', async (allowed) => {
    const headers = {
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type',
    }
    const response = await ask(allowed, '/api/3/action/resource_upload', { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(allowed[0])
    expect(response.headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
    expect(response.headers.get('Access-Control-Allow-Methods')).toContain('POST')
    expect(response.headers.get('Access-Control-Allow-Credentials')).toBeNull()
  })

  it("may send the token in the header that the site's CKAN reads", async () => {
    const { send } = startGateway({ settings: { allowedOrigins: [ORIGIN], ckanTokenHeader: 'X-Portal-Token' } })
    const headers = { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' }
    const response = await send('/api/3/action/resource_upload', { method: 'OPTIONS', headers })
    expect(response.headers.get('Access-Control-Allow-Headers')?.split(',')).toEqual([
      'Authorization',
      'Content-Type',
      'X-CKAN-API-Key',
      'Upload-Status-Key',
      'X-Portal-Token',
      'If-None-Match',
      'If-Range',
      'Range',
      'traceparent',
      'tracestate',
    ])
  })

  it('may read a part of a file, and see which part it is', async () => {
    const headers = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'range' }
    const path = `/resource/${PUBLIC_ID}/download/a.csv`
    const preflight = await ask([ORIGIN], path, { method: 'OPTIONS', headers })
    expect(preflight.headers.get('Access-Control-Allow-Headers')?.split(',')).toContain('Range')
    const exposed = (await ask([ORIGIN], path)).headers.get('Access-Control-Expose-Headers')?.split(',')
    expect(exposed).toEqual(expect.arrayContaining(['Content-Range', 'Content-Length', 'Content-Disposition', 'ETag']))
  })

  it('may read answers and errors alike', async () => {
    for (const path of ['/healthz', '/nothing', '/api/3/action/upload_show']) {
      const response = await ask([ORIGIN], path)
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN)
      expect(response.headers.get('Vary')).toContain('Origin')
    }
  })

  it.each([
    ['none is', []],
    ['another is', ['https://other.example.org']],
    ['an origin with the same beginning is', ['https://data.example.org.evil.example']],
  ])('may not when %s allowed', async (_, allowed) => {
    expect((await ask(allowed, '/healthz')).headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it('leaves what a download varies by', async () => {
    const { send, resources, settings, store } = startGateway({ settings: { allowedOrigins: [ORIGIN] } })
    await store.put(`${settings.keyPrefix}${PUBLIC_ID}`, new TextEncoder().encode('a,b\n'))
    const url = `${settings.gatewayUrl}/resource/${PUBLIC_ID}/download/a.csv?v=0123456789abcdef`
    const shown = resources.get(PUBLIC_ID)
    if (shown) resources.set(PUBLIC_ID, { ...shown, url })
    const response = await send(`/resource/${PUBLIC_ID}/download/a.csv`, { headers: { Origin: ORIGIN } })
    expect(response.status).toBe(302)
    expect(response.headers.get('Vary')).toMatch(/Authorization, Origin|Origin, Authorization/u)
  })
})

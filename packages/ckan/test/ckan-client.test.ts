import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UnavailableError, type UplinkError } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { createCkanClient } from '../src/index.ts'
import {
  createFrozenClock,
  failure,
  forbidden,
  notFound,
  type Reply,
  type Script,
  startScriptedCkan,
  success,
} from './scripted-ckan.ts'

const busy: Reply = { status: 503, text: '<html>Service Unavailable</html>' }

async function start(script: Script, options: { concurrency?: number; timeoutMs?: number } = {}) {
  const clock = createFrozenClock()
  const ckan = await startScriptedCkan(script)
  const client = createCkanClient({ url: ckan.url, concurrency: 4, timeoutMs: 5000, clock, ...options })
  return { ...ckan, client, clock }
}

async function errorOf(promise: Promise<unknown>): Promise<UplinkError> {
  return promise.then(
    () => expect.unreachable('The call succeeded.'),
    (thrown: UplinkError) => thrown,
  )
}

/** An address where no server listens any more. */
async function freeAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

describe('a call', () => {
  it('posts JSON with the bare token, and no other data about the caller', async () => {
    const { client, received } = await start(() => success('fine'))
    await client.call('package_show', { id: 'd1', include: ['日本'] }, 'Bearer secret.token')
    expect(received[0]).toMatchObject({
      method: 'POST',
      path: '/api/3/action/package_show',
      params: { id: 'd1', include: ['日本'] },
    })
    expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'secret.token' })
    expect(received[0]?.headers.cookie).toBeUndefined()
  })

  it.each(['', '  ', 'Bearer', 'bearer  '])('is anonymous with the token %j', async (token) => {
    const { client, received } = await start(() => success('fine'))
    await client.call('status_show', {}, token)
    expect(received[0]?.headers.authorization).toBeUndefined()
  })

  it('refuses a token that no header can carry, without repeating it', async () => {
    const { client, received } = await start(() => success('fine'))
    const error = await errorOf(client.call('status_show', {}, 'geheim\n日本'))
    expect(error.code).toBe('not_allowed')
    expect(error.message).not.toContain('geheim')
    expect(received).toEqual([])
  })

  it("returns the result and CKAN's own time", async () => {
    const { client } = await start(() => success({ id: 'd1' }, { date: 'Sun, 22 Nov 2026 08:00:01 GMT' }))
    expect(await client.call('package_show', {})).toEqual({
      result: { id: 'd1' },
      date: new Date('2026-11-22T08:00:01Z'),
    })
  })

  it('uses the local time when CKAN sends no readable time', async () => {
    const { client, clock } = await start(() => success(1, { date: 'yesterday' }))
    expect((await client.call('status_show', {})).date).toEqual(clock.now())
  })

  it("never reveals the loader's token", async () => {
    const { client } = await start(() =>
      success({ status: 'complete', task_info: { status: 'complete', api_key: 'sysadmin-token' } }),
    )
    expect((await client.call('xloader_status', {})).result).toEqual({
      status: 'complete',
      task_info: { status: 'complete' },
    })
  })

  it('names the address to configure when CKAN redirects, and does not follow', async () => {
    const { client, received } = await start(({ action }) => ({
      status: 301,
      text: '',
      headers: { location: `https://data.example.org/ckan/api/3/action/${action}` },
    }))
    const error = await errorOf(client.call('package_show', {}, '', { retry: true }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toContain('set CKAN_URL')
    expect(error.message).toContain('redirects package_show to https://data.example.org/ckan:')
    expect(received).toHaveLength(1)
  })

  it('does not show the query of a login page', async () => {
    const { client } = await start(() => ({ status: 302, text: '', headers: { location: '/user/login?state=secret' } }))
    expect((await errorOf(client.call('package_show', {}))).message).not.toContain('secret')
  })

  it('gives up an attempt that takes too long', async () => {
    let release: (value?: unknown) => void = () => undefined
    const after = new Promise((resolve) => {
      release = resolve
    })
    const { client, received } = await start(() => ({ ...success(1), after }), { timeoutMs: 1000 })
    const error = await errorOf(client.call('package_show', {}, '', { retry: true }))
    release()
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toContain('no answer within 1000 ms')
    expect(received).toHaveLength(1)
  })

  it('stops reading an endless answer', async () => {
    const { client } = await start(() => ({ text: ' '.repeat(64 * 1024 ** 2 + 1) }))
    expect((await errorOf(client.call('package_show', {}))).message).toContain('longer than 67108864 bytes')
  })

  it('limits the concurrent calls of all callers together', async () => {
    const waiting: (() => void)[] = []
    let most = 0
    const hold = () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve)
        most = Math.max(most, waiting.length)
        if (waiting.length === 3) setTimeout(() => waiting.splice(0).forEach((release) => void release()), 5)
      })
    const { client, received } = await start(() => ({ ...success(1), after: hold() }), { concurrency: 3 })
    await Promise.all(Array.from({ length: 30 }, () => client.call('status_show', {})))
    expect(received).toHaveLength(30)
    expect(most).toBe(3)
  })
})

describe('trying again', () => {
  it.each<[string, Reply]>([
    ['answers 503', busy],
    ['answers 429', { status: 429, text: '' }],
    ['cannot write its search index', failure(500, 'Search Index Error')],
    ['breaks off before the answer', { cut: 'before' }],
    ['breaks off within the answer', { ...success('a long result'), cut: 'within' }],
  ])('succeeds when CKAN %s twice', async (_, reply) => {
    const { client, received, clock } = await start((_call, index) => (index < 2 ? reply : success('fine')))
    expect((await client.call('package_show', {}, '', { retry: true })).result).toBe('fine')
    expect(received).toHaveLength(3)
    expect(clock.slept[1]).toBeGreaterThan(clock.slept[0] ?? 0)
  })

  it('ends after three attempts', async () => {
    const { client, received } = await start(() => busy)
    expect(await errorOf(client.call('package_show', {}, '', { retry: true }))).toBeInstanceOf(UnavailableError)
    expect(received).toHaveLength(3)
  })

  it('does not happen when the call does not allow it', async () => {
    const { client, received } = await start(() => busy)
    await errorOf(client.call('xloader_submit', {}))
    expect(received).toHaveLength(1)
  })

  it.each([
    ['403', forbidden],
    ['404', notFound],
    ['409', failure(409, 'Validation Error', { size: ['Invalid integer'] })],
    ["a proxy's 403", { status: 403, text: 'blocked' }],
  ])('is left out after %s', async (_, reply) => {
    const { client, received } = await start(() => reply)
    await errorOf(client.call('package_show', {}, '', { retry: true }))
    expect(received).toHaveLength(1)
  })

  it('waits as long as CKAN asks when that is short', async () => {
    const { client, clock } = await start((_call, index) =>
      index === 0 ? { ...busy, headers: { 'retry-after': '3' } } : success('fine'),
    )
    await client.call('package_show', {}, '', { retry: true })
    expect(clock.slept).toEqual([3000])
  })

  it.each([
    ['seconds', '120'],
    ['a date', 'Sun, 22 Nov 2026 12:02:00 GMT'],
  ])('passes on a long wait that CKAN asks for in %s', async (_, value) => {
    const { client, clock, received } = await start(() => ({ ...busy, headers: { 'retry-after': value } }))
    expect(await errorOf(client.call('package_show', {}, '', { retry: true }))).toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 120,
    })
    expect(clock.slept).toEqual([])
    expect(received).toHaveLength(1)
  })

  it('ignores an invalid Retry-After', async () => {
    const { client } = await start(() => ({ ...busy, headers: { 'retry-after': 'soon' } }))
    expect((await errorOf(client.call('package_show', {}))) as UnavailableError).toHaveProperty(
      'retryAfterSeconds',
      undefined,
    )
  })
})

describe('while CKAN is down', () => {
  it('calls fail at once after five failures in a row, and name the last failure', async () => {
    const { client, received } = await start(() => busy)
    for (let i = 0; i < 5; i += 1) await errorOf(client.call('status_show', {}))
    const error = await errorOf(client.call('status_show', {}, '', { retry: true }))
    expect(received).toHaveLength(5)
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 })
    expect(error.message).toMatch(/failed 5 times in a row.*503/u)
  })

  it('waiting calls also fail at once', async () => {
    const { client, received } = await start(() => busy, { concurrency: 1 })
    const errors = await Promise.all(Array.from({ length: 50 }, () => errorOf(client.call('status_show', {}))))
    expect(errors.every((error) => error instanceof UnavailableError)).toBe(true)
    expect(received).toHaveLength(5)
  })

  it('one call is sent every few seconds, until CKAN answers one', async () => {
    let down = true
    const { client, clock, received } = await start(() => (down ? busy : success('fine')))
    for (let i = 0; i < 5; i += 1) await errorOf(client.call('status_show', {}))
    clock.advance(5000)
    await Promise.all([1, 2, 3].map(() => errorOf(client.call('status_show', {}))))
    expect(received).toHaveLength(6)
    clock.advance(5000)
    down = false
    await client.call('status_show', {})
    await client.call('status_show', {})
    expect(received).toHaveLength(8)
  })

  it('refusals by CKAN itself count as answers', async () => {
    const { client, received } = await start(
      (_call, index) => [forbidden, notFound, failure(409, 'Validation Error')][index % 3] ?? busy,
    )
    for (let i = 0; i < 12; i += 1) await errorOf(client.call('package_show', {}))
    expect(await errorOf(client.call('package_show', {}))).not.toBeInstanceOf(UnavailableError)
    expect(received).toHaveLength(13)
  })

  it('names the address where no server listens', async () => {
    const url = await freeAddress()
    const client = createCkanClient({ url, concurrency: 1, timeoutMs: 1000 })
    const error = await errorOf(client.call('status_show', {}))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toMatch(new RegExp(`^${url} could not be reached for status_show.*ECONNREFUSED`, 'u'))
  })
})

import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actionError, problem } from '../../src/http/error-answers.ts'
import { createRateLimit, networkOf } from '../../src/http/rate-limits.ts'
import { ADMIN, EDITOR, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'

const addressOf = ({ headers }: Request) => headers.get('Test-Address') ?? undefined

function limited(requestsPerMinute: number) {
  const gateway = startGateway({ settings: { requestsPerMinute }, deps: { addressOf } })
  const from = (address: string, path: string, token?: string) =>
    gateway.send(path, { headers: { 'Test-Address': address }, ...(token !== undefined && { token }) })
  return { ...gateway, from }
}

async function statuses(times: number, ask: (time: number) => Promise<Response>): Promise<readonly number[]> {
  const found = []
  for (let time = 0; time < times; time += 1) found.push((await ask(time)).status)
  return found
}

describe('the rate limits of the gateway', () => {
  it('refuse a user who asks too often in the form of the route, and let others in', async () => {
    const { send, act, logged } = limited(2)
    expect(await statuses(2, () => send('/uploads/x', { token: EDITOR }))).toEqual([404, 404])
    const refused = await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '60'])
    expect(v.parse(actionError, refused.body).error.__type).toBe('Too Many Requests')
    expect(logged.at(-1)?.fields['reason']).toBe('User emma has sent too many requests at once. Try again in a minute.')
    expect(v.parse(problem, await (await send('/uploads/x', { token: EDITOR })).json()).status).toBe(429)
    expect((await send('/uploads/x', { token: ADMIN })).status).toBe(404)
  })

  it('let the same user in again in the next minute', async () => {
    const { send, time } = limited(1)
    expect(await statuses(2, () => send('/uploads/x', { token: EDITOR }))).toEqual([404, 429])
    time.now = new Date(time.now.getTime() + 60_000)
    expect((await send('/uploads/x', { token: EDITOR })).status).toBe(404)
  })

  it('count made-up tokens by their address, without asking CKAN beyond the limit', async () => {
    const { from, calls } = limited(1)
    const found = await statuses(25, (time) => from('192.0.2.1', '/uploads/x', `made-up-${time}`))
    expect(found).toEqual([...Array.from({ length: 20 }, () => 403), ...Array.from({ length: 5 }, () => 429)])
    expect(calls.filter((call) => call === 'whoami')).toHaveLength(20)
    expect((await from('192.0.2.2', '/uploads/x', EDITOR)).status).toBe(404)
    expect((await from('192.0.2.1', '/healthz')).status).toBe(200)
  })

  it('count all addresses of an IPv6 network together', async () => {
    const { from } = limited(1)
    const found = await statuses(21, (time) => from(`2001:db8::${time.toString(16)}`, '/'))
    expect(found.slice(-2)).toEqual([200, 429])
  })

  it('do without an address where the platform reports none', async () => {
    const { send } = limited(1)
    expect(new Set(await statuses(30, () => send('/')))).toEqual(new Set([200]))
  })

  it('take the counters of the platform in place of their own', async () => {
    const keys: string[] = []
    const count = (admitted: boolean) => ({
      async admits(key: string) {
        keys.push(key)
        return admitted
      },
    })
    const rateLimits = { perAddress: count(true), perUser: count(false) }
    const { send } = startGateway({ deps: { addressOf, rateLimits } })
    expect((await send('/uploads/x', { token: EDITOR, headers: { 'Test-Address': '192.0.2.1' } })).status).toBe(429)
    expect(keys).toEqual(['192.0.2.1', 'emma'])
  })
})

describe('a rate limit in memory', () => {
  it('forgets the oldest keys of a minute instead of growing', async () => {
    const limit = createRateLimit({ now: () => new Date(0) }, 1)
    expect([await limit.admits('first'), await limit.admits('first')]).toEqual([true, false])
    for (let key = 0; key < 20_000; key += 1) await limit.admits(String(key))
    expect(await limit.admits('first')).toBe(true)
    expect(await limit.admits('19999')).toBe(false)
  })
})

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['::1', '0:0:0:0'],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ])('reads %s as of %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

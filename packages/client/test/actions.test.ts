import { createUplink, type Uplink } from '@ckan-uplink/client'
import { describe, expect, it } from 'vitest'
import { startSite } from './scripted-site.ts'

const done = { json: { success: true, result: 'done' } }
const usePost = {
  status: 400,
  json: 'Bad request - JSON Error: Invalid request. Please use POST method for your request',
}
const undecodable = { status: 400, json: 'Bad request - JSON Error: Error decoding JSON data.' }

function uplinkTo(gateway: string, token?: string): Uplink {
  return createUplink({ gateway, token, firstDelayMs: 1 })
}

describe('an action', () => {
  it('is sent by GET if it reads, and by POST with JSON if it writes', async () => {
    const { url, asked } = await startSite(() => done)
    const uplink = uplinkTo(`${url}/`, 'Bearer secret')
    expect(await uplink.action('package_show', { id: 'air & water', use_default_schema: undefined })).toBe('done')
    await uplink.action('package_patch', { id: 'air', title: 'Air' })
    expect(asked).toMatchObject([
      { method: 'GET', url: '/api/3/action/package_show?id=air+%26+water', text: '' },
      {
        method: 'POST',
        url: '/api/3/action/package_patch',
        type: 'application/json',
        text: '{"id":"air","title":"Air"}',
      },
    ])
  })

  it('asks a function for the token before each request', async () => {
    const tokens: (string | null)[] = []
    const answer: typeof fetch = async (_url, init) => {
      tokens.push(new Headers(init?.headers).get('authorization'))
      return Response.json({ success: true, result: 'done' })
    }
    let count = 0
    const token = async () => `Bearer token-${++count}`
    const uplink = createUplink({ gateway: 'https://uploads.example.org', token, fetch: answer })
    await uplink.action('package_show', { id: 'air' })
    await uplink.action('package_patch', { id: 'air' })
    expect(tokens).toEqual(['token-1', 'token-2'])
  })

  it.each([
    ['CKAN refuses GET', usePost],
    ['the server refuses GET', { status: 405, text: 'Method Not Allowed' }],
    ['a proxy refuses GET', { status: 403, text: '<html>' }],
    ['the URL is too long', { status: 414, text: '' }],
  ])('is sent by POST if %s, and by POST at once from then on', async (_what, refusal) => {
    const { url, asked } = await startSite(({ method }) => (method === 'GET' ? refusal : done))
    const uplink = uplinkTo(url)
    await uplink.action('package_show', { id: 'air' })
    await uplink.action('package_show', { id: 'water' })
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST'])
  })

  it.each([
    ['cannot decode JSON', undecodable],
    ['does not accept JSON', { status: 415, text: 'Unsupported Media Type' }],
  ])('is sent as a form if the site %s', async (_what, refusal) => {
    const { url, asked } = await startSite(({ type }) => (type === 'application/json' ? refusal : done))
    expect(await uplinkTo(url).action('package_patch', { id: 'air & water' })).toBe('done')
    expect(asked[1]).toMatchObject({
      method: 'POST',
      type: expect.stringContaining('x-www-form-urlencoded'),
      text: 'id=air+%26+water',
    })
  })

  it('is never sent as a form if its parameters are nested', async () => {
    const { url, asked } = await startSite(() => undecodable)
    await expect(uplinkTo(url).action('package_patch', { id: 'air', extras: [] })).rejects.toMatchObject({
      code: 'refused',
    })
    expect(asked.length).toBe(1)
  })

  it('is retried if it reads and the site is down, and not if it writes', async () => {
    const { url, asked } = await startSite((_asked, count) => (count <= 2 ? { status: 503, text: 'down' } : done))
    expect(await uplinkTo(url).action('package_show')).toBe('done')
    const down = await startSite(() => ({ status: 503, text: 'down' }))
    await expect(uplinkTo(down.url).action('package_patch')).rejects.toMatchObject({ code: 'unavailable' })
    expect([asked.length, down.asked.length]).toEqual([3, 1])
  })

  it('follows no redirect, and stops when its signal is aborted', async () => {
    const { url } = await startSite(() => ({ status: 301, text: '', headers: { Location: 'http://example.org/' } }))
    await expect(uplinkTo(url).action('package_patch')).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('redirects'),
    })
    const silent = await startSite(() => undefined)
    await expect(
      uplinkTo(silent.url).action('package_show', {}, { signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(() => uplinkTo('uploads.example.org')).toThrow('is not the address')
  })
})

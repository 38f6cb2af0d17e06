import { safeFileName } from '@ckan-uplink/core/uploads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, type HttpEvent, toRequest, toResult } from '../src/http-event.ts'

function eventOf(
  changes: Partial<Omit<HttpEvent, 'requestContext'>> & { readonly method?: string; readonly sourceIp?: string },
): HttpEvent {
  const { method = 'GET', sourceIp, ...rest } = changes
  return {
    rawPath: '/',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method, ...(sourceIp !== undefined && { sourceIp }) } },
    isBase64Encoded: false,
    ...rest,
  }
}

function request(changes: Parameters<typeof eventOf>[0]): Request {
  const made = toRequest(eventOf(changes))
  if (made === undefined) throw new Error('There is no such request.')
  return made
}

/** The file name that the gateway sees in a path. */
function lastSegment({ url }: Request): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
}

describe('addressOf', () => {
  const claimed = { 'X-Uplink-Source-IP': '10.0.0.1', 'x-forwarded-for': '10.0.0.1' }

  it.each(['192.0.2.7', '2001:db8::7'])(
    'is the address of the connection, %s, not the address in a header of the client',
    (sourceIp) => {
      expect(addressOf(request({ headers: claimed, sourceIp }))).toBe(sourceIp)
    },
  )

  it('is unknown when the event has none', () => {
    expect(addressOf(request({ headers: claimed }))).toBeUndefined()
  })
})

describe('toRequest', () => {
  it.each(['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE'])('keeps the method %s, the headers and the query', (method) => {
    const made = request({
      method,
      rawPath: '/api/3/action/package_search',
      rawQueryString: 'q=a%20b&fq=x%3Ay&fq=z',
      headers: { authorization: 'token' },
    })
    expect(made.method).toBe(method)
    expect(new URL(made.url).searchParams.getAll('fq')).toEqual(['x:y', 'z'])
    expect(new URL(made.url).search).toBe('?q=a%20b&fq=x%3Ay&fq=z')
    expect(made.headers.get('authorization')).toBe('token')
  })

  it('reads every file name of the gateway, in an encoded and in a decoded path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }).map(safeFileName), (name) => {
        const path = '/resource/0a1b2c3d/download'
        expect(lastSegment(request({ rawPath: `${path}/${name}` }))).toBe(name)
        expect(lastSegment(request({ rawPath: `${path}/${encodeURIComponent(name)}` }))).toBe(name)
      }),
    )
  })

  it('accepts any path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        expect(request({ rawPath: `/${path}` }).method).toBe('GET')
      }),
    )
  })

  it('keeps an encoded slash within a file name', () => {
    expect(new URL(request({ rawPath: '/resource/a%2Fb' }).url).pathname).toBe('/resource/a%2Fb')
  })

  it('keeps the bytes of any body, and adds no content type', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        const made = request({ method: 'POST', body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true })
        expect([...(await made.bytes())]).toEqual([...bytes])
        expect(made.headers.get('content-type')).toBeNull()
      }),
    )
    expect(await request({ method: 'POST', body: '{"name": "日本"}' }).json()).toEqual({ name: '日本' })
  })

  it('drops the body of a GET', () => {
    expect(request({ body: '' }).body).toBeNull()
    expect(request({ body: '{}' }).body).toBeNull()
  })

  it.each([
    ['method', { method: 'TRACE' }],
    ['header', { headers: { 'x-odd': 'line\nbreak' } }],
    ['character in a header', { headers: { 'x-odd': '日本' } }],
  ])('returns undefined for an invalid %s', (_, changes) => {
    expect(toRequest(eventOf(changes))).toBeUndefined()
  })
})

describe('toResult', () => {
  it('keeps status and headers', async () => {
    const headers = { Location: 'https://bucket.example.org/x?y=z', 'Cache-Control': 'no-store' }
    expect(await toResult(new Response(null, { status: 302, headers }))).toEqual({
      statusCode: 302,
      headers: { location: 'https://bucket.example.org/x?y=z', 'cache-control': 'no-store' },
      body: '',
      isBase64Encoded: false,
    })
  })

  it('keeps any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        const { body, isBase64Encoded } = await toResult(new Response(bytes))
        expect([...Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')]).toEqual([...bytes])
      }),
    )
  })

  it.each(['{"name": "日本"}', '\ufeffa,b', ''])('leaves the text %j readable', async (text) => {
    expect(await toResult(new Response(text))).toMatchObject({ body: text, isBase64Encoded: false })
  })

  it('puts text into base64 that JSON would make longer, so that it fits into the answer of a function', async () => {
    const text = '""\n'.repeat(10_000)
    const result = await toResult(new Response(text))
    expect(result.isBase64Encoded).toBe(true)
    expect(Buffer.from(result.body, 'base64').toString()).toBe(text)
  })

  it('puts other bytes into base64', async () => {
    expect(await toResult(new Response(Uint8Array.of(0xff, 0xfe)))).toMatchObject({
      body: '//4=',
      isBase64Encoded: true,
    })
  })
})

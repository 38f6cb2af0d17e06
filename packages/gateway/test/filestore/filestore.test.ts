import { describe, expect, it } from 'vitest'
import type { GatewayDeps } from '../../src/index.ts'
import { ADMIN, EDITOR, GATEWAY, READER, startGateway } from '../support/gateway-fixture.ts'

const LABEL = '2012-04-27T092841/cities.csv'
const CSV = 'city,people\nTokyo,13960000\n'
const bytesOf = (text: string) => new TextEncoder().encode(text)
const METADATA = `/api/storage/metadata/${LABEL}`
const FORM = `/api/storage/auth/form/${LABEL}`
const REQUEST = `/api/storage/auth/request/${LABEL}`

function start({ deps = {}, ...settings }: { deps?: Partial<GatewayDeps>; maxUploadBytes?: number } = {}) {
  const gateway = startGateway({ settings: { filestoreApi: true, ...settings }, deps })
  const { send, store } = gateway
  const ask = async (path: string, init: Parameters<typeof send>[1] = {}) => {
    const response = await send(path, init)
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
  }
  const post = (path: string, fields: object, token: string | undefined = EDITOR, method = 'POST') =>
    ask(path, { method, body: JSON.stringify(fields), ...(token !== '' && { token }) })
  /** The form as clients of that time send it. */
  const upload = (fields: Readonly<Record<string, string | File>>, token = EDITOR) => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    return ask('/storage/upload_handle', { method: 'POST', body, token })
  }
  const putFile = (label = LABEL, content = CSV) =>
    store.put(`filestore/files/${label}`, bytesOf(content), { contentType: 'text/csv' })
  return { ...gateway, ask, post, upload, putFile }
}

const file = (content = CSV) => new File([content], 'cities.csv')

describe('the FileStore API', () => {
  it.each(['/api/storage', METADATA, FORM, REQUEST, `/storage/f/${LABEL}`, '/storage/upload_handle'])(
    'has no %s without its setting',
    async (path) => {
      const { send } = startGateway()
      expect((await send(path)).status).toBe(404)
    },
  )

  it('lists its addresses', async () => {
    const { ask } = start()
    const { body } = await ask('/api/storage')
    expect(Object.keys(body)).toEqual(['metadata/{label}', 'auth/request/{label}', 'auth/form/{label}'])
  })

  it('says what a label is', async () => {
    const { ask } = start()
    for (const label of ['x'.repeat(901), 'a.', 'a//b'])
      expect((await ask(`/api/storage/metadata/${label}`)).body.detail).toMatch(/at most 900 bytes.* not empty.* dot/u)
  })

  it.each([
    ['/api/storage/metadata/a%2F..%2Fb', 404],
    ['/api/storage/metadata/', 404],
    [`${METADATA}?callback=f`, 400],
  ])('refuses %s', async (path, status) => {
    const { ask, putFile } = start()
    await putFile()
    expect((await ask(path)).status).toBe(status)
  })

  it.each([
    [METADATA, 'GET, POST, PUT'],
    [FORM, 'GET, POST'],
    [REQUEST, 'GET, POST'],
  ])('says which methods %s has', async (path, allow) => {
    const { ask } = start()
    const { status, headers } = await ask(path, { method: 'DELETE', token: EDITOR })
    expect([status, headers.get('Allow')]).toEqual([405, allow])
  })
})

describe('a form for a new file', () => {
  it('leads to the gateway where the store has none, and its file can be read by everybody', async () => {
    const { post, ask, upload, send } = start()
    const { status, body: form } = await post(FORM, {})
    expect([status, form]).toEqual([200, { action: '/storage/upload_handle', fields: [{ name: 'key', value: LABEL }] }])
    const uploaded = await upload({ key: LABEL, file: file() })
    expect(uploaded).toMatchObject({ status: 200, body: { _label: `/${LABEL}` } })
    const { body } = await ask(METADATA)
    expect(body).toEqual({
      _bucket: 'data',
      _content_length: CSV.length,
      _format: 'text/csv',
      _label: `/${LABEL}`,
      _last_modified: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} .* GMT$/u),
      _location: `${GATEWAY}/storage/f/${LABEL}`,
      _owner: null,
      'uploaded-by': 'emma',
    })
    const redirect = await send(body._location.replace(GATEWAY, ''))
    expect(redirect.status).toBe(302)
    const { searchParams } = new URL(redirect.headers.get('Location') ?? '')
    expect(searchParams.get('disposition')).toMatch(/^attachment; filename="cities.csv"/u)
  })

  it('is signed where the store has forms: key, type, size and time', async () => {
    const signed: unknown[] = []
    const unused = () => Promise.reject(new Error('not used'))
    const signForm: GatewayDeps['signer']['signForm'] = async (form) => {
      signed.push(form)
      return { action: 'https://bucket.example.org/', fields: { policy: 'secret' } }
    }
    const { post } = start({ deps: { signer: { signUpload: unused, signDownload: unused, signForm } } })
    const { body } = await post(FORM, {})
    expect(body).toEqual({ action: 'https://bucket.example.org/', fields: [{ name: 'policy', value: 'secret' }] })
    expect(signed).toEqual([
      { key: `filestore/files/${LABEL}`, expiresInSeconds: 900, maxBytes: 5 * 1024 ** 3, contentType: 'text/csv' },
    ])
  })

  it('may arrive in pieces of any size', async () => {
    const { ask } = start()
    const form = new FormData()
    form.set('key', LABEL)
    form.set('file', file())
    const whole = new Response(form)
    const headers = { 'Content-Type': whole.headers.get('Content-Type') ?? '' }
    const bytes = await whole.bytes()
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    const init = { method: 'POST', body, headers, duplex: 'half', token: EDITOR }
    expect((await ask('/storage/upload_handle', init)).status).toBe(200)
    expect((await ask(METADATA)).body).toMatchObject({ _content_length: CSV.length })
  })

  it('does not overwrite', async () => {
    const { post, upload } = start()
    expect((await upload({ key: LABEL, file: file() })).status).toBe(200)
    const form = await post(FORM, {})
    expect([form.status, form.body.detail]).toEqual([409, expect.stringContaining('choose another label')])
    expect((await upload({ key: LABEL, file: file('other') })).status).toBe(409)
  })

  it.each([
    ['without a label', { file: file() }],
    ['with a path for a label', { key: '../x', file: file() }],
    ['without a file', { key: LABEL }],
  ])('is refused %s', async (_, fields) => {
    const { upload, store } = start()
    expect((await upload(fields)).status).toBe(409)
    expect(store.keys()).toEqual([])
  })

  it('is refused when it is no form, broken or too large, with the remedy', async () => {
    const { ask, send, upload } = start()
    const sendBody = (body: BodyInit, headers: Record<string, string>) =>
      ask('/storage/upload_handle', { method: 'POST', body, headers, token: EDITOR })
    expect((await sendBody('{}', { 'Content-Type': 'application/json' })).status).toBe(400)
    expect((await sendBody('--x\r\nnonsense', { 'Content-Type': 'multipart/form-data; boundary=x' })).status).toBe(400)
    const huge = { 'Content-Type': 'multipart/form-data; boundary=x', 'Content-Length': String(40 * 1024 ** 2) }
    const { status, body } = await sendBody('--x--', huge)
    const tooLarge = [413, expect.stringContaining('ask auth/request for a PUT')]
    expect([status, body.detail]).toEqual(tooLarge)
    const larger = await upload({ key: LABEL, file: new File([new Uint8Array(32 * 1024 ** 2 + 1)], 'cities.csv') })
    expect([larger.status, larger.body.detail]).toEqual(tooLarge)
    expect((await send('/storage/upload_handle')).status).toBe(404)
  })

  it('takes at most MAX_UPLOAD_BYTES', async () => {
    const { upload } = start({ maxUploadBytes: 5 })
    expect((await upload({ key: LABEL, file: file() })).status).toBe(409)
  })
})

describe('a signed request', () => {
  it('is a PUT for exactly the given size and type', async () => {
    const { post, store } = start()
    const { status, body } = await post(REQUEST, { method: 'PUT', 'Content-Length': '27', 'Content-Type': 'text/csv' })
    expect([status, body]).toEqual([
      200,
      {
        host: 'bucket.example.org',
        method: 'PUT',
        path: expect.stringMatching(/^\/filestore\/files\/.*expires=900&length=27&signature=secret$/u),
        headers: { 'content-type': 'text/csv', 'Content-Length': '27' },
      },
    ])
    expect(store.json(`filestore/metadata/${LABEL}.json`)).toEqual({ version: 1, owner: 'emma', fields: {} })
  })

  it('is a GET for everybody, with the file as an attachment', async () => {
    const { ask, putFile } = start()
    expect((await ask(`${REQUEST}?method=GET`)).status).toBe(404)
    await putFile()
    const { status, body } = await ask(`${REQUEST}?method=GET`)
    expect([status, body.method, body.headers]).toEqual([200, 'GET', {}])
    expect(body.path).toContain('disposition=attachment')
  })

  it('overwrites a file of the caller', async () => {
    const { post, upload } = start()
    await upload({ key: LABEL, file: file() })
    expect((await post(REQUEST, { method: 'PUT', 'content-length': 3 })).status).toBe(200)
  })

  it.each([
    [{}, 'auth/form'],
    [{ method: 'DELETE' }, 'Must be GET or PUT'],
    [{ method: 'PUT' }, 'Missing value: give the size'],
    [{ method: 'PUT', 'Content-Length': 1, 'Content-MD5': 'x' }, 'content-md5: This header cannot be signed'],
    [{ method: 'PUT', 'Content-Length': 1, 'Content-Type': 'a\nb' }, 'Must be a media type'],
    [{ method: 'PUT', 'Content-Length': 2 ** 50 }, 'Must be at most'],
    [{ method: 'GET', 'Content-Type': 'text/csv' }, 'has no such header'],
  ])('is refused in words for %j', async (fields, words) => {
    const { post, store } = start()
    const { status, body } = await post(REQUEST, fields)
    expect([status, body.detail]).toEqual([409, expect.stringContaining(words)])
    expect(store.keys()).toEqual([])
  })
})

describe('the metadata of a file', () => {
  it('get fields by POST, and are replaced by PUT', async () => {
    const { post, upload, ask } = start()
    await upload({ key: LABEL, file: file() })
    expect((await post(METADATA, { title: 'Cities', year: 2012 })).body).toMatchObject({ title: 'Cities', year: 2012 })
    expect((await post(METADATA, { year: 2013 })).body).toMatchObject({ title: 'Cities', year: 2013 })
    await post(METADATA, { note: 'new' }, EDITOR, 'PUT')
    const { body } = await ask(METADATA)
    expect(body).toMatchObject({ note: 'new', _content_length: CSV.length })
    expect(body).not.toHaveProperty('title')
  })

  it('may be sent back as they were shown, but no fact can be set', async () => {
    const { post, upload, ask } = start()
    await upload({ key: LABEL, file: file() })
    const { body } = await ask(METADATA)
    expect((await post(METADATA, { ...body, title: 'Cities' }, EDITOR, 'PUT')).body.title).toBe('Cities')
    const { status, body: refused } = await post(METADATA, { _format: 'text/html' })
    expect([status, refused.detail]).toEqual([409, expect.stringContaining('_format: This is a fact')])
    expect((await post(METADATA, { 'uploaded-by': 'ruth' })).status).toBe(409)
  })

  it('do not exist before the file', async () => {
    const { post, ask } = start()
    await post(FORM, {})
    expect((await ask(METADATA)).status).toBe(404)
    expect((await post(METADATA, { title: 'Cities' })).status).toBe(404)
  })

  it('keep every field of requests at the same time', async () => {
    const { post, upload, ask } = start()
    await upload({ key: LABEL, file: file() })
    const fields = ['a', 'b', 'c'].map((name) => ({ [name]: name }))
    const answers = await Promise.all(fields.map((one) => post(METADATA, one)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await ask(METADATA)).body).toMatchObject({ a: 'a', b: 'b', c: 'c' })
  })

  it('have a limit together', async () => {
    const { post, upload } = start()
    await upload({ key: LABEL, file: file() })
    expect((await post(METADATA, { a: 'a'.repeat(40_000) })).status).toBe(200)
    expect((await post(METADATA, { b: 'b'.repeat(40_000) })).status).toBe(409)
  })
})

describe('writing', () => {
  const writes: readonly (readonly [
    string,
    (gateway: ReturnType<typeof start>, token: string) => Promise<{ status: number }>,
  ])[] = [
    ['a form', ({ post }, token) => post(FORM, {}, token)],
    ['a signed PUT', ({ post }, token) => post(REQUEST, { method: 'PUT', 'Content-Length': 1 }, token)],
    ['metadata', ({ post }, token) => post(METADATA, { title: 'x' }, token)],
    ['an upload', ({ upload }, token) => upload({ key: LABEL, file: file() }, token)],
  ]

  it.each(writes)('of %s takes a user who may create datasets', async (_, write) => {
    const gateway = start()
    for (const token of [READER, 'unknown']) expect((await write(gateway, token)).status).toBe(403)
    expect(gateway.store.keys()).toEqual([])
  })

  it.each(writes)('of %s is only for the first user of the label, not even for a sysadmin', async (_, write) => {
    const gateway = start()
    await gateway.post(FORM, {})
    await gateway.putFile()
    const before = gateway.store.json(`filestore/metadata/${LABEL}.json`)
    expect((await write(gateway, ADMIN)).status).toBe(403)
    expect(gateway.store.json(`filestore/metadata/${LABEL}.json`)).toEqual(before)
  })

  it.each(writes)('of %s leaves a file alone that an operator has put', async (_, write) => {
    const gateway = start()
    await gateway.putFile()
    expect((await write(gateway, EDITOR)).status).toBe(403)
    expect(gateway.store.keys()).toEqual([`filestore/files/${LABEL}`])
  })

  it('gives a label to exactly one of two users at the same time', async () => {
    const { post } = start()
    const answers = await Promise.all([post(FORM, {}, EDITOR), post(FORM, {}, ADMIN)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
  })

  it('asks CKAN two questions, and of a sysadmin one', async () => {
    const { post, calls } = start()
    await post(FORM, {})
    expect(calls).toEqual(['whoami', 'mayCreateDatasets'])
    calls.length = 0
    await post(FORM.replace('cities', 'other'), {}, ADMIN)
    expect(calls).toEqual(['whoami'])
  })

  it('leaves the body of a stranger unread', async () => {
    const { upload } = start()
    const { status, body } = await upload({ key: '../x' }, READER)
    expect([status, body.detail]).toEqual([403, expect.stringContaining('may not create datasets')])
  })
})

describe('reading a file', () => {
  it('comes from the gateway for clients that send a token, as an attachment that no browser runs', async () => {
    const gateway = start({
      deps: { openFile: async (key) => new Response((await gateway.store.get(key))?.bytes.slice()).body ?? undefined },
    })
    await gateway.putFile('a/page.html', '<script>')
    const response = await gateway.send('/storage/f/a/page.html', { token: EDITOR })
    expect([response.status, await response.text()]).toEqual([200, '<script>'])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-disposition': expect.stringMatching(/^attachment; filename="page.html"/u),
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
  })

  it('answers 404 for a file that does not exist, and for metadata', async () => {
    const { send, post } = start()
    await post(FORM, {})
    for (const path of [
      LABEL,
      `../metadata/${LABEL}.json`,
      `%2e%2e/metadata/${LABEL}.json`,
      `..%2Fmetadata/${LABEL}.json`,
    ])
      expect((await send(`/storage/f/${path}`)).status).toBe(404)
  })
})

import { UnavailableError } from '@ckan-uplink/core'
import { afterEach, describe, expect, it } from 'vitest'
import { EDITOR, GATEWAY, PRIVATE_ID, PUBLIC_ID, READER, resource, startGateway } from '../support/gateway-fixture.ts'
import { answerJson, startScriptedCkan } from '../support/scripted-ckan.ts'

const URL_NOW = `${GATEWAY}/resource/${PUBLIC_ID}/download/019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22/a.csv?v=0123456789abcdef`
const NOW = { url: URL_NOW, format: 'CSV', mimetype: 'text/csv', hash: 'sha256:00' }
const FORM = 'application/x-www-form-urlencoded'

/** What `resource_create` answered before the file arrived. */
const ANSWER = {
  id: PUBLIC_ID,
  url: '',
  format: '',
  mimetype: null,
  hash: '',
  size: null,
  name: 'a.csv',
  datastore_active: false,
  osm_id: 17,
  presigned_url: 'https://bucket.example.org/a?X-Amz-Signature=0',
  upload: { id: '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22', method: 'PUT' },
}

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** A gateway in front of a CKAN where the file has arrived, and the body that CKAN gets for each action. */
async function start() {
  const ckan = await startScriptedCkan((_, response) => answerJson(response, 200, { success: true, result: {} }))
  servers.push(ckan)
  const gateway = startGateway({ settings: { ckanUrl: ckan.url } })
  gateway.resources.set(PUBLIC_ID, resource(PUBLIC_ID, NOW))
  const post = async (action: string, body: BodyInit, type = 'application/json', token = EDITOR) => {
    const headers = body instanceof FormData ? {} : { 'Content-Type': type }
    const response = await gateway.send(`/api/3/action/${action}`, { method: 'POST', headers, body, token })
    return { status: response.status, answer: await response.text(), seen: ckan.seen.at(-1) }
  }
  const toCkan = async (action: string, fields: unknown) => {
    const { seen } = await post(action, JSON.stringify(fields))
    return JSON.parse(seen?.body.toString() ?? '')
  }
  return { ...gateway, ckan, post, toCkan }
}

describe("resource_create's answer, sent back after its file arrived", () => {
  const { presigned_url: _, upload: _upload, datastore_active: _flag, ...kept } = ANSWER

  it('leaves a patched resource its file, and changes the other fields', async () => {
    const { toCkan, calls } = await start()
    const sent = await toCkan('resource_patch', { ...ANSWER, description: 'new' })
    expect(sent).toEqual({ id: PUBLIC_ID, size: null, name: 'a.csv', osm_id: 17, description: 'new' })
    expect(calls).not.toContain('showResource')
  })

  it('leaves an updated resource its file, and changes the other fields', async () => {
    const { toCkan } = await start()
    expect(await toCkan('resource_update', { ...ANSWER, description: 'new' })).toEqual({
      ...kept,
      ...NOW,
      description: 'new',
    })
  })

  it.each([
    ['package_update', { resources: [ANSWER, { id: PRIVATE_ID, url: '' }] }],
    ['package_patch', { id: 'd', resources: [ANSWER, { id: PRIVATE_ID, url: '' }] }],
    ['package_revise', { match: { id: 'd' }, update: { resources: [ANSWER, { id: PRIVATE_ID, url: '' }] } }],
    ['package_revise', { match: { id: 'd' }, [`update__resources__${PUBLIC_ID}`]: ANSWER }],
  ])('leaves a resource of a dataset its file: %s', async (action, body) => {
    const { toCkan } = await start()
    const renewed = { ...kept, datastore_active: false, ...NOW }
    const expected = JSON.stringify(body).replace(JSON.stringify(ANSWER), JSON.stringify(renewed))
    expect(await toCkan(action, body)).toEqual(JSON.parse(expected))
  })

  it.each(['a form', 'a form in parts'])('leaves a resource its file that is updated by %s', async (kind) => {
    const { post } = await start()
    const texts = { id: PUBLIC_ID, url: '', format: '', name: 'Städte', presigned_url: ANSWER.presigned_url }
    const form = new FormData()
    for (const [name, text] of Object.entries(texts)) form.set(name, text)
    const body = kind === 'a form' ? new URLSearchParams(texts) : form
    const { seen } = await post('resource_update', body, FORM)
    const headers = { 'Content-Type': seen?.headers['content-type'] ?? '' }
    const fields = await new Response(new Uint8Array(seen?.body ?? []), { headers }).formData()
    expect(Object.fromEntries(fields)).toEqual({ id: PUBLIC_ID, name: 'Städte', ...NOW })
    expect(seen?.headers['content-length']).toBe(String(seen?.body.length))
  })

  it.each(['a form', 'a form in parts'])('reaches CKAN as it came where nothing in %s is stale', async (kind) => {
    const { post } = await start()
    const texts = { id: PUBLIC_ID, url: URL_NOW, format: 'CSV', mimetype: 'text/csv', hash: 'sha256:00', name: 'A *' }
    const parts = Object.entries({ ...texts, presigned_url: 'x' }).map(
      ([name, text]) => `--own\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
    )
    const [body, type] =
      kind === 'a form'
        ? [`${new URLSearchParams(texts)}&note=%7e&presigned_url=x`, FORM]
        : [`${parts.join('')}--own--\r\n`, 'multipart/form-data; boundary=own']
    const { seen } = await post('resource_update', body, type)
    const expected = kind === 'a form' ? body.replace('&presigned_url=x', '') : body.replace(parts.at(-1) ?? '', '')
    // Where a field was taken away, the body keeps its length.
    const sent = seen?.body.toString().replace(/[ &]+$/u, '')
    expect([seen?.headers['content-type'], sent]).toEqual([type, expected])
  })

  it('leaves the URL to CKAN where the form holds a file', async () => {
    const { post, calls } = await start()
    const form = new FormData()
    form.set('id', PUBLIC_ID)
    form.set('url', '')
    form.set('presigned_url', 'x')
    form.set('upload', new Blob(['a']), 'a.csv')
    const { seen } = await post('resource_update', form)
    expect(seen?.body.toString()).toContain('name="url"\r\n\r\n\r\n')
    expect(calls).not.toContain('showResource')
  })

  it('changes the URL to a new URL of the caller', async () => {
    const { toCkan } = await start()
    const url = 'https://example.org/theirs.csv'
    expect(await toCkan('resource_update', { ...ANSWER, url })).toMatchObject({ url, format: '' })
    expect(await toCkan('resource_patch', { ...ANSWER, url })).toMatchObject({ url, format: '' })
  })

  it('knows the URL that the resource had before, and leaves the new one', async () => {
    const { act, resources, toCkan } = await start()
    const url = 'https://example.org/before.csv'
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url }))
    const { body } = await act('resource_upload', { id: PUBLIC_ID, name: 'a.csv' }, EDITOR)
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, NOW))
    const answer = { ...ANSWER, url, upload: body.result.upload }
    expect(await toCkan('resource_update', answer)).toMatchObject(NOW)
    expect(await toCkan('resource_patch', answer)).not.toHaveProperty('url')
  })

  it('keeps every digit of every number', async () => {
    const { post } = await start()
    const body = `{"id":"${PUBLIC_ID}","url":"","n":12345678901234567890,"x":1.0,"presigned_url":"u"}`
    expect((await post('resource_update', body)).seen?.body.toString()).toContain('"n":12345678901234567890,"x":1.0')
  })

  it.each([
    ['unknown to CKAN', 'ad3a5e9f-2e4c-4b86-bf5a-8b4d0e2f3a55', EDITOR],
    ['hidden from the caller', PRIVATE_ID, READER],
    ['named by no id', '../x', EDITOR],
  ])('is for CKAN to judge when the resource is %s', async (_why, id, token) => {
    const { post } = await start()
    const { seen } = await post('resource_update', JSON.stringify({ id, url: '', upload: {} }), undefined, token)
    expect(JSON.parse(seen?.body.toString() ?? '')).toEqual({ id, url: '' })
  })

  it('is not passed on while CKAN cannot say what it shows', async () => {
    const { post, authorizer, ckan } = await start()
    authorizer.showResource = () => Promise.reject(new UnavailableError('away', { system: 'CKAN' }))
    expect((await post('resource_update', JSON.stringify(ANSWER))).status).toBe(502)
    expect(ckan.seen).toEqual([])
  })

  it('is refused among more than 50 of its kind, each of which costs CKAN a question', async () => {
    const { post, ckan } = await start()
    const { status, answer } = await post('package_update', JSON.stringify({ resources: Array(51).fill(ANSWER) }))
    expect([status, answer]).toEqual([400, expect.stringContaining('At most 50 resources of a body')])
    expect(ckan.seen).toEqual([])
  })

  it('is refused in a body of more than 1 MiB, which the gateway does not hold', async () => {
    const { post } = await start()
    const notes = 'x'.repeat(1024 ** 2)
    const { status, answer } = await post('package_update', JSON.stringify({ notes, resources: [ANSWER] }))
    expect([status, answer]).toEqual([400, expect.stringContaining('more than 1 MiB may not have upload or presigned')])
    expect((await post('package_update', JSON.stringify({ notes, resources: [{ url: '' }] }))).status).toBe(200)
  })
})

describe('any other body', () => {
  it.each(['{"id":"x","url":"","description":"an upload"}', '{"id": "presigned_url', '[{"upload": 1}]', ''])(
    'passes to the byte: %s',
    async (body) => {
      const { post, calls } = await start()
      const { seen } = await post('resource_update', body)
      expect(seen?.body.toString()).toBe(body)
      expect(calls).not.toContain('showResource')
    },
  )
})

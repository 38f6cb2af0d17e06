import { UnavailableError } from '@ckan-uplink/core'
import { isUploadId } from '@ckan-uplink/core/uploads'
import { afterEach, describe, expect, it } from 'vitest'
import { EDITOR, OWNER_ORG, PRIVATE_ID, PUBLIC_ID, READER, startGateway } from '../support/gateway-fixture.ts'
import { answerJson, type SeenRequest, startScriptedCkan } from '../support/scripted-ckan.ts'

const DATASET = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'
const HELP = 'https://ckan.example.org/api/3/action/help_show?name=resource_create'

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** A gateway in front of a CKAN that makes any resource, with `changes` of its own. */
async function start(changes: object = {}, answer?: Parameters<typeof startScriptedCkan>[0]) {
  const create = ({ body }: SeenRequest, response: Parameters<typeof answerJson>[0]) => {
    const result = { url: '', last_modified: null, ...JSON.parse(body.toString()), package_id: DATASET, ...changes }
    answerJson(response, 200, { help: HELP, success: true, result })
  }
  const ckan = await startScriptedCkan(answer ?? create)
  servers.push(ckan)
  return { ckan, ...startGateway({ settings: { ckanUrl: ckan.url } }) }
}

const sent = (request: SeenRequest | undefined) => JSON.parse(request?.body.toString() ?? '')

const recordKeys = (store: { keys(): readonly string[] }) =>
  store.keys().filter((key) => key.startsWith('uplink/uploads/'))

describe('resource_create', () => {
  it("answers as CKAN does, with a URL for the new resource's file besides", async () => {
    const { act, ckan } = await start()
    const { status, body } = await act(
      'resource_create',
      { package_id: DATASET, name: 'Budget', description: 'Überblick' },
      EDITOR,
    )
    expect(status).toBe(200)
    const { presigned_url, upload, ...result } = body.result
    expect(body.help).toBe(HELP)
    expect(result).toMatchObject({ name: 'Budget', description: 'Überblick', package_id: DATASET })
    expect(presigned_url).toBe(upload.url)
    expect(upload).toMatchObject({ method: 'PUT', headers: {} })
    expect(upload.key).toBe(`resources/api_uploads/${result.id}/${upload.id}/data`)
    expect(ckan.seen).toMatchObject([
      { method: 'POST', path: '/api/3/action/resource_create', headers: { authorization: EDITOR } },
    ])
    expect(sent(ckan.seen[0])).toEqual({ package_id: DATASET, name: 'Budget', description: 'Überblick', id: result.id })
  })

  it('only creates the resource if the caller wants no URL yet', async () => {
    const { act, ckan, store } = await start()
    const { status, body } = await act(
      'resource_create',
      { package_id: DATASET, name: 'Budget', upload_url: false },
      EDITOR,
    )
    const { id } = body.result
    expect(status).toBe(200)
    expect(body.result).toEqual({ id, package_id: DATASET, name: 'Budget', url: '', last_modified: null })
    expect(sent(ckan.seen[0])).toEqual({ package_id: DATASET, name: 'Budget', id })
    expect(recordKeys(store)).toEqual([])
  })

  it('stores the record before CKAN is called, with the id that CKAN is given', async () => {
    const ids: string[] = []
    const gateway = await start({}, (request, response) => {
      ids.push(...recordKeys(gateway.store))
      answerJson(response, 200, {
        success: true,
        result: { ...JSON.parse(request.body.toString()), url: '', last_modified: null },
      })
    })
    const { body } = await gateway.act('resource_create', { package_id: DATASET, format: 'CSV' }, EDITOR)
    const { id, upload } = body.result
    expect(ids).toEqual([`uplink/uploads/${upload.id}.json`])
    expect(gateway.store.json(`uplink/uploads/${upload.id}.json`)).toMatchObject({
      entity: { type: 'resource', id, dataset_id: DATASET },
      requested_by: 'emma',
      requested_by_id: 'emma',
      previous_url: '',
      previous_last_modified: null,
      declared: { format: 'CSV' },
      state: 'issued',
    })
  })

  it.each([
    [DATASET, { id: DATASET }],
    ['air-quality', { name: 'air-quality' }],
  ])('notes who owns the dataset %s, and asks once', async (package_id, asked) => {
    const { act, store, authorizer } = await start()
    const seen: unknown[] = []
    authorizer.findOwner = async (token, dataset) => {
      seen.push(token, dataset)
      return OWNER_ORG
    }
    const { body } = await act('resource_create', { package_id }, EDITOR)
    expect(seen).toEqual([EDITOR, asked])
    expect(store.json(`uplink/uploads/${body.result.upload.id}.json`)).toMatchObject({
      entity: { owner_org: OWNER_ORG },
    })
  })

  it.each([
    ['neither URL nor file', {}, undefined],
    ['an empty URL', { url: '' }, undefined],
    ['a URL', { url: 'https://example.org/a.csv' }, 'CSV'],
  ])('with %s, gives CKAN the format %3$s', async (_, fields, format) => {
    const { act, ckan } = await start()
    const { body } = await act('resource_create', { package_id: DATASET, format: 'CSV', ...fields }, EDITOR)
    expect(sent(ckan.seen[0]).format).toBe(format)
    expect(body.result.upload.key).toMatch(/\.csv$/u)
  })

  it('passes CKAN its own size, media type and hash, and promises none of them', async () => {
    const { act, ckan, store } = await start()
    const facts = { size: 12, mimetype: 'text/csv', hash: 'abc' }
    const { body } = await act('resource_create', { package_id: DATASET, name: 'budget.csv', ...facts }, EDITOR)
    expect(sent(ckan.seen[0])).toMatchObject(facts)
    expect(body.result.upload.headers).toEqual({})
    expect(store.json(recordKeys(store)[0] ?? '').declared).toEqual({ name: 'budget.csv' })
  })

  it.each([['Budget 2026'], ['../budget.csv'], [`${'x'.repeat(300)}.csv`], [null]])(
    'takes the title %j for no file name',
    async (name) => {
      const { act, store, ckan } = await start()
      await act('resource_create', { package_id: DATASET, name }, EDITOR)
      expect(store.json(recordKeys(store)[0] ?? '').declared).toEqual({})
      expect(sent(ckan.seen[0]).name).toBe(name)
    },
  )

  it("takes the caller's id, and sends CKAN nothing that the gateway adds, and no wish for a URL", async () => {
    const { act, ckan } = await start()
    const id = '7a0b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a99'
    const { body } = await act(
      'resource_create',
      { id, package_id: DATASET, presigned_url: 'https://x', upload: {}, upload_url: true, extra: { upload: 1 } },
      EDITOR,
    )
    expect(body.result.id).toBe(id)
    expect(sent(ckan.seen[0])).toEqual({ id, package_id: DATASET, extra: { upload: 1 } })
  })

  it('keeps every digit of every number, on the way to CKAN and back', async () => {
    const numbers =
      '{"osm_id":12345678901234567890,"area":1.0,"tiny":1e-400,"huge":-1.50E+400,"zero":-0,"list":[0.10,7]}'
    const { send, ckan } = await start({}, ({ body }, response) => {
      const sentOn = body.toString().slice(0, -1)
      response.end(`{"help":"","success":true,"result":${sentOn},"package_id":"${DATASET}","version":2.0}}`)
    })
    const body = `{"package_id":"${DATASET}","extra":${numbers}}`
    const response = await send('/api/3/action/resource_create', { method: 'POST', body, token: EDITOR })
    const answer = await response.text()
    expect(ckan.seen[0]?.body.toString()).toContain(`"extra":${numbers}`)
    expect(answer).toContain(`"extra":${numbers}`)
    expect(answer).toContain('"version":2.0')
    expect(JSON.parse(answer).result.presigned_url).toMatch(/^https:/u)
  })

  it.each([
    ['a resource that the caller may read', PUBLIC_ID],
    ['one of a private dataset', PRIVATE_ID],
  ])('does not let CKAN overwrite %s that has the given id', async (_, id) => {
    const { act, ckan, store } = await start()
    const { status, body } = await act('resource_create', { id, package_id: DATASET }, READER)
    expect([status, Object.keys(body.error)]).toEqual([409, ['id', '__type']])
    expect(ckan.seen).toEqual([])
    expect(store.keys()).toEqual([])
  })

  it('replaces the record when CKAN shows the resource other than it was sent', async () => {
    const { act, store, ckan } = await start({ url: 'http://budget', last_modified: '2026-01-31T10:59:59' })
    const { body } = await act('resource_create', { package_id: 'city-budget', url: 'budget' }, EDITOR)
    const { id, upload } = body.result
    expect(ckan.seen).toHaveLength(1)
    expect(recordKeys(store)).toEqual([`uplink/uploads/${upload.id}.json`])
    expect(store.keys()).toHaveLength(2)
    const shown = {
      previous_url: 'http://budget',
      previous_last_modified: '2026-01-31T10:59:59',
      entity: { type: 'resource', id, dataset_id: DATASET },
    }
    expect(store.json(`uplink/uploads/${upload.id}.json`)).toMatchObject(shown)
  })

  it.each([
    [403, { success: false, error: { __type: 'Authorization Error', message: 'Access denied' } }],
    [409, { success: false, error: { __type: 'Validation Error', package_id: ['Not found: Dataset'] } }],
    [400, 'Bad request - Integrity Error'],
    [500, { success: false, error: { __type: 'Internal Server Error' } }],
  ])('hands on a %i of CKAN as it is, and leaves no record', async (status, error) => {
    const { act, store } = await start({}, (_, response) => answerJson(response, status, error))
    const answer = await act('resource_create', { package_id: DATASET }, EDITOR)
    expect([answer.status, answer.body]).toEqual([status, error])
    expect(store.keys()).toEqual([])
  })

  it('hands on the refusal though the record cannot be removed', async () => {
    const gateway = await start({}, (_, response) => {
      gateway.store.failWith = new UnavailableError('away', { system: 'store' })
      answerJson(response, 409, { success: false })
    })
    expect((await gateway.act('resource_create', { package_id: DATASET }, EDITOR)).status).toBe(409)
    expect(gateway.logged).toMatchObject([{ level: 'warn', event: 'record_left' }])
  })

  it.each([
    ['breaks off', (_: SeenRequest, response: Parameters<typeof answerJson>[0]) => response.destroy()],
    ['answers with a page', (_: SeenRequest, response: Parameters<typeof answerJson>[0]) => response.end('<html>')],
    [
      'makes another resource',
      (_: SeenRequest, response: Parameters<typeof answerJson>[0]) =>
        answerJson(response, 200, { success: true, result: { id: 'x' } }),
    ],
  ])('when CKAN %s, says with which id to ask again', async (_, answer) => {
    const { act, ckan } = await start({}, answer)
    const { status, body } = await act('resource_create', { package_id: DATASET }, EDITOR)
    expect(status).toBe(502)
    expect(body.error.message).toContain(`"id": "${sent(ckan.seen[0]).id}"`)
  })

  it.each([[undefined], ['made-up']])('does not call CKAN for the token %j', async (token) => {
    const { act, ckan, store } = await start()
    expect((await act('resource_create', { package_id: DATASET }, token)).status).toBe(403)
    expect([ckan.seen, store.keys()]).toEqual([[], []])
  })

  it('reads a form', async () => {
    const { send, ckan } = await start()
    const body = new URLSearchParams({ package_id: DATASET, name: 'a.csv' })
    const response = await send('/api/3/action/resource_create', { method: 'POST', body, token: EDITOR })
    const { result } = (await response.json()) as { result: { upload: { id: string } } }
    expect(isUploadId(result.upload.id)).toBe(true)
    expect(sent(ckan.seen[0])).toMatchObject({ package_id: DATASET, name: 'a.csv' })
  })

  it.each([
    ['a form', 'package_id', 'name', 'format'],
    ['a form with a file input that stayed empty', 'package_id', 'name', 'format', 'upload'],
  ])('takes %s of several parts as it takes JSON', async (_, ...names) => {
    const { send, ckan, act, store } = await start()
    const values = { package_id: DATASET, name: 'Budget', format: 'CSV', upload: new File([], '') }
    const form = new FormData()
    for (const [name, value] of Object.entries(values)) if (names.includes(name)) form.set(name, value)
    const response = await send('/api/3/action/resource_create', { method: 'POST', body: form, token: EDITOR })
    const { result } = (await response.json()) as { result: Record<string, { url: string; key: string }> }
    const { body } = await act('resource_create', { package_id: DATASET, name: 'Budget', format: 'CSV' }, EDITOR)
    expect(Object.keys(result).sort()).toEqual(Object.keys(body.result).sort())
    expect(result['upload']).toMatchObject({ method: 'PUT', url: result['presigned_url'] })
    expect(result['upload']?.key).toMatch(/\.csv$/u)
    expect(sent(ckan.seen[0])).toEqual({ package_id: DATASET, name: 'Budget', id: result['id'] })
    expect(recordKeys(store)).toContain(`uplink/uploads/${(result['upload'] as unknown as { id: string }).id}.json`)
  })

  it.each([
    ['a file', 'filename="a.csv"'],
    ['a file whose name is encoded', "filename*=utf-8''%C3%BC.csv"],
    ['a file with a name and an encoded name', `filename="a.csv"; filename*=utf-8''a.csv`],
    ['a part that only CKAN can read', 'filename=a.csv'],
  ])('leaves a form with %s to CKAN, to the byte', async (_, fileName) => {
    const { send, ckan, store } = await start({}, (_, response) =>
      answerJson(response, 200, { success: true, result: { id: 'x' } }),
    )
    const body = multipart(`Content-Disposition: form-data; name="upload"; ${fileName}`, 'a,b\n1,2\n')
    const headers = { 'Content-Type': 'multipart/form-data; boundary=xx' }
    const response = await send('/api/3/action/resource_create', { method: 'POST', headers, body, token: EDITOR })
    expect(await response.json()).toEqual({ success: true, result: { id: 'x' } })
    expect(ckan.seen[0]?.body.toString()).toBe(body)
    expect(ckan.seen[0]?.headers).toMatchObject({ 'content-length': String(body.length), authorization: EDITOR })
    expect(store.keys()).toEqual([])
  })

  it('leaves a form with a file of 2 MiB to CKAN, with and without its length', async () => {
    const { send, ckan } = await start({}, (_, response) => answerJson(response, 200, { success: true, result: {} }))
    const head = 'Content-Disposition: form-data; name="upload"; filename="a.csv"'
    const body = multipart(head, 'x'.repeat(2 * 1024 ** 2))
    for (const length of [{ 'Content-Length': String(body.length) }, {}]) {
      const headers = { 'Content-Type': 'multipart/form-data; boundary=xx', ...length }
      await send('/api/3/action/resource_create', { method: 'POST', headers, body, token: EDITOR })
    }
    expect(ckan.seen.map((request) => request.body.length)).toEqual([body.length, body.length])
  })
})

/** A form with the dataset and one more part. */
function multipart(head: string, content: string): string {
  const part = (lines: string, text: string) => `--xx\r\n${lines}\r\n\r\n${text}\r\n`
  return `${part('Content-Disposition: form-data; name="package_id"', DATASET)}${part(head, content)}--xx--\r\n`
}

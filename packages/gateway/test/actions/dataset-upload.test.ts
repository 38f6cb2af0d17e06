import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { uploadRecord } from '../../src/uploads/answers.ts'
import { EDITOR, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'

const DATASET = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'
const OLD = 'https://example.org/old.csv'
const REQUEST = '4f7c2a90-6d0b-4e0f-9c55-3a1b7d2e8f10'

describe('dataset_upload', () => {
  it('passes fields of a new resource on to CKAN with every digit, and none of the fields that belong to the file', async () => {
    const { send, authorizer } = startGateway()
    const { addResources } = authorizer
    const added: string[] = []
    authorizer.addResources = async (...asked) => {
      added.push(JSON.stringify(asked[2]))
      return addResources(...asked)
    }
    const file = `{"name":"a.csv","osm_id":12345678901234567890,"area":1.0,"size":7,"format":"CSV","presigned_url":"x","multipart":null}`
    const body = `{"id":"${DATASET}","request":"${REQUEST}","files":[${file}]}`
    const response = await send('/api/3/action/dataset_upload', { method: 'POST', body, token: EDITOR })
    expect(response.status).toBe(200)
    expect(added).toEqual([
      expect.stringMatching(
        /^\[\{"name":"a\.csv","osm_id":12345678901234567890,"area":1\.0,"id":"[0-9a-f-]{36}","url":""\}\]$/u,
      ),
    ])
  })

  it('notes in the records how many files have an upload, so that CKAN links them together', async () => {
    const { act, store } = startGateway()
    const ask = async (...names: readonly string[]) => {
      const fields = { id: DATASET, request: crypto.randomUUID(), files: names.map((name) => ({ name })) }
      const { body } = await act('dataset_upload', fields, EDITOR)
      const [{ upload }] = body.result.files
      return [fields.request, v.parse(uploadRecord, store.json(`uplink/uploads/${upload.id}.json`)).together]
    }
    const [request, together] = await ask('a.csv', 'b.csv', 'x/')
    expect(together).toEqual({ request, files: 2 })
    expect(await ask('c.csv')).toEqual([expect.any(String), undefined])
  })

  it.each([
    { seconds: 4, writes: [250, 500, 250] },
    { seconds: 10, writes: [250, 250, 250, 250] },
  ])(
    'creates 250 resources in a write, then as many as take eight seconds, or 250: $seconds s for 250',
    async (pace) => {
      const { act, authorizer, time } = startGateway()
      const { addResources } = authorizer
      const writes: number[] = []
      authorizer.addResources = async (...asked) => {
        writes.push(asked[2].length)
        time.now = new Date(time.now.getTime() + (pace.seconds * 1000 * asked[2].length) / 250)
        return addResources(...asked)
      }
      const files = Array.from({ length: 1000 }, (_, number) => ({ name: `${number}.csv` }))
      const { status } = await act('dataset_upload', { id: DATASET, request: REQUEST, files }, EDITOR)
      expect([status, writes]).toEqual([200, pace.writes])
    },
  )

  it.each([
    ['request', ['x', 5, null, '', '4f7c2a906d0b4e0f9c553a1b7d2e8f10']],
    ['files', [[], 'x', [5], ['a.csv'], Array.from({ length: 1001 }, () => ({ name: 'a.csv' }))]],
    ['replace_by', ['id', 5, []]],
  ])('refuses a faulty %s by name', async (field, values) => {
    for (const value of values) {
      const fields = { id: DATASET, request: REQUEST, files: [{ name: 'a.csv' }], [field]: value }
      const { status, body } = await startGateway().act('dataset_upload', fields, EDITOR)
      expect([status, Object.keys(body.error ?? {})], JSON.stringify(value).slice(0, 100)).toEqual([
        409,
        [field, '__type'],
      ])
    }
  })

  it('signs a URL for the same file when the UUID of the request differs only in case', async () => {
    const { act } = startGateway()
    const fields = { id: DATASET, files: [{ name: 'a.csv', resource: PUBLIC_ID }] }
    const ids = [REQUEST, REQUEST.toUpperCase()].map(async (request) => {
      const { body } = await act('dataset_upload', { ...fields, request }, EDITOR)
      return body.result.files[0].upload.id
    })
    expect(await ids[1]).toBe(await ids[0])
  })

  it('finds the upload of a repeated request after a person has renamed the resource', async () => {
    const { act, resources } = startGateway()
    const rename = (name: string) => {
      const found = resources.get(PUBLIC_ID)
      if (found !== undefined) resources.set(PUBLIC_ID, { ...found, name })
    }
    rename('a.csv')
    const fields = { id: DATASET, request: REQUEST, files: [{ name: 'a.csv' }], replace_by: 'name' }
    const first = await act('dataset_upload', fields, EDITOR)
    rename('Budget')
    const again = await act('dataset_upload', fields, EDITOR)
    expect(again.body.result.files[0].resource).toEqual({ id: PUBLIC_ID, is_new: false })
    expect(again.body.result.files[0].upload.id).toBe(first.body.result.files[0].upload.id)
  })

  it('gives no upload for a resource that has changed since the caller read it, and one for each other file', async () => {
    const { act, resources, store } = startGateway()
    const found = resources.get(PUBLIC_ID)
    if (found !== undefined)
      resources.set(PUBLIC_ID, { ...found, url: OLD, lastModified: '2026-01-02T00:00:00.123456' })
    const file = { name: 'a.csv', resource: PUBLIC_ID }
    const ask = async (request: string, replaces: object) => {
      const files = [
        { ...file, replaces },
        { name: 'b.csv', replaces },
      ]
      const { body } = await act('dataset_upload', { id: DATASET, request, files }, EDITOR)
      return body.result.files
    }
    for (const last_modified of ['2026-01-01T00:00:00', null]) {
      const [refused, noResource] = await ask(crypto.randomUUID(), { url: OLD, last_modified })
      expect(refused).toMatchObject({ error: { replaces: [expect.stringContaining('read the resource again')] } })
      expect(noResource).toMatchObject({ error: { replaces: ['Needs a resource'] } })
    }
    const replaces = { url: OLD, last_modified: '2026-01-02T00:00:00.123456' }
    const [{ upload }] = await ask(REQUEST, replaces)
    const record = store.json(`uplink/uploads/${upload.id}.json`)
    // The description of the API names every field.
    expect(v.parse(uploadRecord, record)).toMatchObject({ previous_url: OLD, only_if_unchanged: true })

    resources.set(PUBLIC_ID, { ...found, url: 'https://example.org/new.csv' } as never)
    expect((await ask(REQUEST, replaces))[0].upload.id).toBe(upload.id)
  })

  it('does not take a file for a resource whose data live in the DataStore', async () => {
    const { act, resources } = startGateway()
    const id = [...resources.values()].find(({ urlType }) => urlType === 'datastore')?.id
    const fields = { id: DATASET, request: REQUEST, files: [{ name: 'a.csv', resource: id }] }
    const { body } = await act('dataset_upload', fields, EDITOR)
    expect(body.result.files).toEqual([
      { name: 'a.csv', error: { resource: [expect.stringMatching(/only in the DataStore/u)] } },
    ])
  })
})

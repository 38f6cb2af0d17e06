import { afterEach, describe, expect, it } from 'vitest'
import { FILE_ACTIONS } from '../../src/ckan-files/file-actions.ts'
import { DESCRIBED_FILE_ACTIONS } from '../../src/openapi/file-actions.ts'
import { EDITOR, OWNER_ID, PRIVATE_ID, PUBLIC_ID, READER, startGateway } from '../support/gateway-fixture.ts'
import { answerJson, startScriptedCkan } from '../support/scripted-ckan.ts'

const UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const FILE_ID = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'
const BUCKET = 'https://elsewhere.example.org/b'

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

type Answers = Readonly<Record<string, unknown>>

/** A gateway before a CKAN that has these actions, and that answers each with its result, or with a status. */
async function start(actions: Answers, settings: NonNullable<Parameters<typeof startGateway>[0]>['settings'] = {}) {
  const known = new Map(Object.entries(actions))
  const ckan = await startScriptedCkan(({ path, body }, response) => {
    const name = path.split('/').at(-1) ?? ''
    const result = known.get(name)
    const error = { __type: 'Validation Error', id: ['Missing value'] }
    if (result === undefined) answerJson(response, 400, `Bad request - Action name not known: ${name}`)
    else if (typeof result === 'number') answerJson(response, result, { success: false, error: { __type: 'x' } })
    else if (body.toString() === '{}') answerJson(response, 409, { success: false, error })
    else answerJson(response, 200, { success: true, result })
  })
  servers.push(ckan)
  const gateway = startGateway({ settings: { ckanUrl: ckan.url, ...settings } })
  /** The calls after the question for the API. */
  const calls = () =>
    ckan.seen
      .map(({ path, body }) => ({ action: path.split('/').at(-1), fields: JSON.parse(body.toString()) }))
      .filter(({ fields }) => Object.keys(fields).length > 0)
  return { ...gateway, ckan, known, calls }
}

const extension = (answers: Answers = {}) => ({ files_file_show: {}, ...answers })
const core = (answers: Answers = {}) => ({ file_show: {}, ...answers })

describe('a search for files', () => {
  const search = { files_file_search: { count: 0, results: [] } }

  it.each([
    ['nothing', { rows: 3 }, { filters: {}, rows: 3 }],
    ['an object', { filters: { size: 1 }, sort: 'size' }, { filters: { size: 1 }, sort: 'size' }],
    ['a text', { filters: '{"size": {"$gt": 1}}' }, { filters: { size: { $gt: 1 } } }],
    ['columns', { storage: 'default', size: '1', rows: '' }, { filters: { storage: 'default', size: '1' } }],
    ['both', { filters: { size: 1 }, storage: 'x' }, { filters: { $and: [{ size: 1 }, { storage: 'x' }] } }],
    ['complete files', { completed: 'true' }, { filters: { storage_data: { uploaded: { $is: null } } } }],
    [
      'incomplete files',
      { completed: false, size: 2 },
      { filters: { $and: [{ size: 2 }, { storage_data: { uploaded: { $isnot: null } } }] } },
    ],
    ['the reverse order', { filters: { size: 1 }, reverse: true }, { filters: { size: 1 }, sort: [['name', 'desc']] }],
    [
      'the reverse of an order',
      { filters: { size: 1 }, reverse: 'yes', sort: ['size', ['name', 'desc']] },
      {
        filters: { size: 1 },
        sort: [
          ['size', 'desc'],
          ['name', 'asc'],
        ],
      },
    ],
  ])('goes to ckanext-files in the form of 1.3: %s', async (_, sent, fields) => {
    const { act, calls } = await start(extension(search))
    expect((await act('files_file_search', sent, EDITOR)).status).toBe(200)
    expect(calls()).toEqual([{ action: 'files_file_search', fields }])
  })

  it.each([
    [{ filters: '[1]' }, 'filters'],
    [{ filters: '{' }, 'filters'],
    [{ filters: 7 }, 'filters'],
    [{ reverse: 'perhaps' }, 'reverse'],
    [{ completed: {} }, 'completed'],
  ])('is refused with %j', async (fields, name) => {
    const { act, calls } = await start(extension(search))
    const { status, body } = await act('files_file_search', fields, EDITOR)
    expect([status, Object.keys(body.error).sort()]).toEqual([409, ['__type', name]])
    expect(calls()).toEqual([])
  })

  it('selects among the files of an owner on CKAN 2.12, in one call', async () => {
    const results = [1, 2, 3].map((size) => ({ id: `f${size}`, size, owner_id: 'r', storage: size > 1 ? 'a' : 'b' }))
    const { act, calls } = await start(core({ file_owner_scan: { count: 3, results } }))
    const filters = { $and: [{ owner_type: 'resource' }, { owner_id: { $eq: 'r' }, storage: 'a' }] }
    const { body } = await act('files_file_search', { filters, rows: 1, start: '1', sort: 'size' }, EDITOR)
    expect(body).toMatchObject({ success: true, result: { count: 2, results: [results[2]] } })
    const fields = { owner_type: 'resource', owner_id: 'r', start: 0, rows: 5000, sort: 'size' }
    expect(calls()).toEqual([{ action: 'file_owner_scan', fields }])
  })

  it('finds nothing on CKAN 2.12 with two different owners', async () => {
    const results = [{ id: 'f', owner_type: 'resource', owner_id: 'b' }]
    const { act } = await start(core({ file_owner_scan: { count: 1, results } }))
    const filters = { $and: [{ owner_type: 'resource', owner_id: 'a' }, { owner_id: 'b' }] }
    expect((await act('files_file_search', { filters }, EDITOR)).body.result).toEqual({ count: 0, results: [] })
  })

  it.each([
    [{ owner_id: 'r' }, 'the search needs owner_type and owner_id'],
    [{ owner_type: 'user', owner_id: null }, 'the filter owner_id is something else'],
    [{ owner_type: 'user', owner_id: 'r', size: { $gt: 1 } }, 'the filter size is something else'],
    [{ owner_type: 'user', owner_id: 'r', size: [1, 2] }, 'the filter size is something else'],
    [{ owner_type: 'user', owner_id: 'r', $or: [{ size: 1 }] }, 'the filter $or is something else'],
    [{ owner_type: 'user', owner_id: 'r', mtime: '2026' }, 'the filter mtime is something else'],
  ])('says what CKAN 2.12 can when it is %j', async (filters, words) => {
    const { act, calls } = await start(core())
    const { status, body } = await act('files_file_search', { filters }, EDITOR)
    expect([status, body.error.filters[0]]).toEqual([409, expect.stringContaining(words)])
    expect(calls()).toEqual([])
  })

  it('is refused where an owner has too many files to select from', async () => {
    const { act } = await start(core({ file_owner_scan: { count: 5001, results: [] } }))
    const fields = { owner_type: 'user', owner_id: 'r', name: 'a.csv' }
    const { status, body } = await act('files_file_search', fields, EDITOR)
    expect([status, body.error.filters[0]]).toEqual([409, expect.stringContaining('has 5001 files, and at most 5000')])
  })
})

describe('a scan of files', () => {
  it('selects incomplete files', async () => {
    const files = [
      { id: 'a', storage_data: {} },
      { id: 'b', storage_data: { uploaded: 4 } },
    ]
    const { act } = await start(extension({ files_file_scan: { count: 2, results: files } }))
    expect((await act('files_file_scan', { completed: false }, EDITOR)).body.result.results).toEqual([files[1]])
    expect((await act('files_file_scan', { completed: true }, EDITOR)).body.result.results).toEqual([files[0]])
  })

  it('leaves fields that are no columns to CKAN, which ignores them', async () => {
    const { act, calls } = await start(extension({ files_file_scan: { count: 0, results: [] } }))
    await act('files_file_scan', { owner_type: 'user', owner_id: '', nonsense: 1, rows: 2 }, EDITOR)
    expect(calls()).toEqual([{ action: 'files_file_scan', fields: { owner_type: 'user', rows: 2 } }])
  })
})

describe('the deletion of a file', () => {
  const deletable = (file: object) => ({
    files_file_show: { id: FILE_ID, ...file },
    files_file_delete: { id: FILE_ID },
  })
  const remove = (gateway: Awaited<ReturnType<typeof start>>) =>
    gateway.act('files_file_delete', { id: FILE_ID }, EDITOR)
  const key = `${PUBLIC_ID}/${UPLOAD}/a.csv`

  it.each([
    ['a storage of all uploads', key],
    ['a storage of the whole bucket', `resources/api_uploads/${key}`],
  ])('is refused while the resource shows the upload: %s', async (_, location) => {
    const gateway = await start(deletable({ location, owner_type: 'user', owner_id: 'emma' }))
    const { resources, settings, calls } = gateway
    const shown = resources.get(PUBLIC_ID)
    if (shown === undefined) throw new Error('The fixture has no such resource.')
    const url = `${settings.gatewayUrl}/resource/${PUBLIC_ID}/download/${UPLOAD}/0123456789abcdef/a.csv`
    resources.set(PUBLIC_ID, { ...shown, url })
    const { status, body } = await remove(gateway)
    expect([status, body.error.id]).toEqual([
      409,
      [`The resource ${PUBLIC_ID} shows this file: give it another file or URL in CKAN, then delete this one`],
    ])
    expect(calls().map(({ action }) => action)).toEqual(['files_file_show'])
    resources.set(PUBLIC_ID, { ...shown, url: `${BUCKET}/a.csv` })
    expect((await remove(gateway)).status).toBe(200)
    expect(calls().at(-1)).toEqual({ action: 'files_file_delete', fields: { id: FILE_ID } })
  })

  it('is refused by the name of CKAN 2.12, too', async () => {
    const gateway = await start({ file_show: { id: FILE_ID, location: key, owner_type: 'user' }, file_delete: {} })
    const { resources, act, calls } = gateway
    const shown = resources.get(PUBLIC_ID)
    if (shown === undefined) throw new Error('The fixture has no such resource.')
    resources.set(PUBLIC_ID, { ...shown, url: `${BUCKET}/resources/api_uploads/${key}` })
    expect((await act('file_delete', { id: FILE_ID }, EDITOR)).status).toBe(409)
    resources.set(PUBLIC_ID, { ...shown, url: '' })
    expect((await act('file_delete', { id: FILE_ID }, EDITOR)).status).toBe(200)
    expect(calls().map(({ action }) => action)).toEqual(['file_show', 'file_show', 'file_delete'])
    const other = await start({})
    expect((await other.act('file_delete', { id: FILE_ID }, EDITOR)).body).toBe(
      'Bad request - Action name not known: file_show',
    )
  })

  it('is refused while another resource has a copy of the URL', async () => {
    const gateway = await start(deletable({ location: key, owner_type: 'user', owner_id: 'emma' }))
    const { resources } = gateway
    const other = resources.get(PRIVATE_ID)
    if (other === undefined) throw new Error('The fixture has no such resource.')
    resources.set(PRIVATE_ID, { ...other, url: `${BUCKET}/resources/api_uploads/${key}` })
    expect((await remove(gateway)).body.error.id[0]).toContain(`The resource ${PRIVATE_ID} shows this file`)
  })

  it('is refused while an organization shows the image', async () => {
    const location = `organization/${OWNER_ID}/${UPLOAD}/logo.png`
    const gateway = await start(deletable({ location, owner_type: 'organization', owner_id: OWNER_ID }))
    const { owners, settings } = gateway
    const [at, owner] = [...owners.entries()].find(([, { type }]) => type === 'organization') ?? []
    if (at === undefined || owner === undefined) throw new Error('The fixture has no organization.')
    owners[at] = { ...owner, imageUrl: `${settings.gatewayUrl}/images/${location}?v=0123456789abcdef` }
    expect((await remove(gateway)).body.error.id[0]).toContain(`The organization ${OWNER_ID} shows this file`)
    owners[at] = { ...owner, imageUrl: '' }
    expect((await remove(gateway)).status).toBe(200)
  })

  it('is refused while its owner, a resource that search does not find, shows it', async () => {
    const gateway = await start(deletable({ location: 'x/y.csv', owner_type: 'resource', owner_id: PUBLIC_ID }))
    const { resources, authorizer } = gateway
    const shown = resources.get(PUBLIC_ID)
    if (shown === undefined) throw new Error('The fixture has no such resource.')
    resources.set(PUBLIC_ID, { ...shown, url: `https://ckan.example.org/file/download/${FILE_ID}` })
    authorizer.findResources = async () => []
    expect((await remove(gateway)).body.error.id[0]).toContain(`The resource ${PUBLIC_ID} shows this file`)
  })

  it('is refused where the caller may not read the resource that may show it', async () => {
    const gateway = await start(deletable({ location: `${PRIVATE_ID}/${UPLOAD}/a.csv`, owner_type: 'user' }))
    const { status, body } = await gateway.act('files_file_delete', { id: FILE_ID }, READER)
    expect([status, body.error.id[0]]).toEqual([409, expect.stringContaining('you may not read it')])
  })

  it('is passed on where the resource of the upload is gone', async () => {
    const location = `0d3a5e9f-2e4c-4b86-bf5a-8b4d0e2f3a55/${UPLOAD}/a.csv`
    expect((await remove(await start(deletable({ location, owner_type: 'user' })))).status).toBe(200)
  })

  it('is refused as CKAN refuses to show the file', async () => {
    const gateway = await start({ files_file_show: 409, files_file_delete: {} })
    await remove(gateway)
    gateway.known.set('files_file_show', 403)
    expect((await remove(gateway)).status).toBe(403)
    expect(gateway.calls().map(({ action }) => action)).not.toContain('files_file_delete')
    expect(gateway.logged.at(-1)).toMatchObject({ event: 'request_refused', fields: { action: 'files_file_show' } })
  })
})

describe('a file action', () => {
  it('asks for the API once a minute, so that an extension may be installed', async () => {
    const { act, ckan, known, time } = await start(core())
    const shown = async () => {
      ckan.seen.length = 0
      await act('files_file_show', { id: 'f' }, EDITOR)
      return ckan.seen.map(({ path }) => path.split('/').at(-1))
    }
    expect(await shown()).toEqual(['files_file_show', 'file_show', 'file_show'])
    known.set('files_file_show', {})
    expect(await shown()).toEqual(['file_show'])
    time.now = new Date(time.now.getTime() + 60_000)
    expect(await shown()).toEqual(['files_file_show', 'files_file_show'])
    expect(await shown()).toEqual(['files_file_show'])
  })

  it('does not take a failure of CKAN for a missing API', async () => {
    const { act, known } = await start({ files_file_show: 500 })
    expect((await act('files_file_show', { id: 'f' }, EDITOR)).status).toBe(502)
    known.set('files_file_show', {})
    expect((await act('files_file_show', { id: 'f' }, EDITOR)).status).toBe(200)
  })

  it('is unknown where the gateway passes nothing on', async () => {
    const { act, ckan } = await start(extension(), { passThrough: false })
    const { status, body } = await act('files_file_show', { id: 'f' }, EDITOR)
    expect([status, body]).toEqual([400, 'Bad request - Action name not known: files_file_show'])
    expect(ckan.seen).toEqual([])
  })

  it.each(FILE_ACTIONS.map(({ name, reads }) => [name, reads === true] as const))(
    'answers GET only if it reads: %s',
    async (name, reads) => {
      const page = { count: 0, results: [] }
      const { send, ckan } = await start(extension({ files_file_search: page, files_file_scan: page }))
      const response = await send(`/api/3/action/${name}?id=f`, { token: EDITOR })
      expect(response.status).toBe(reads ? 200 : 400)
      if (!reads) expect(ckan.seen).toEqual([])
    },
  )

  it.each([
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['10 MB', JSON.stringify({ id: 'x'.repeat(10_000_000) }), 413],
    ['deep JSON', `{"filters": ${'['.repeat(300)}${']'.repeat(300)}}`, 400],
  ])('asks CKAN nothing when the body is %s', async (_, body, status) => {
    const { send, ckan } = await start(extension())
    const headers = { 'Content-Type': 'application/json' }
    for (const { name } of FILE_ACTIONS)
      expect((await send(`/api/3/action/${name}`, { method: 'POST', headers, body, token: EDITOR })).status).toBe(
        status,
      )
    expect(ckan.seen).toEqual([])
  })

  it('takes a form, but no file', async () => {
    const { send, calls } = await start(extension({ files_file_rename: {} }))
    const form = new FormData()
    form.set('id', 'f')
    form.set('name', 'a.csv')
    const post = () => send('/api/3/action/files_file_rename', { method: 'POST', body: form, token: EDITOR })
    expect((await post()).status).toBe(200)
    expect(calls()).toEqual([{ action: 'files_file_rename', fields: { id: 'f', name: 'a.csv' } }])
    form.set('upload', new File(['a'], 'a.csv'))
    expect((await post()).status).toBe(409)
  })

  it.each(DESCRIBED_FILE_ACTIONS)('is described by help_show: $name', async ({ name, summary }) => {
    const { send } = await start(core())
    const { result } = (await (await send(`/api/3/action/help_show?name=${name}`)).json()) as { result: string }
    expect(result).toContain(`${summary}.`)
  })

  it('is described in the order of the table', () => {
    expect(DESCRIBED_FILE_ACTIONS.map(({ name }) => name)).toEqual(FILE_ACTIONS.map(({ name }) => name))
  })
})

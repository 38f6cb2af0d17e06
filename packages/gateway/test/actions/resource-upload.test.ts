import { NotAllowedError, UnavailableError } from '@ckan-uplink/core'
import { isUploadId, linkedUrl, parseKey } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { describe, expect, it, vi } from 'vitest'
import { actionError } from '../../src/http/error-answers.ts'
import { uploadAnswer } from '../../src/uploads/answers.ts'
import {
  DATASTORE_ID,
  DELETED_ID,
  EDITOR,
  GATEWAY,
  OWNER_ORG,
  PRIVATE_ID,
  PUBLIC_ID,
  READER,
  resource,
  startGateway,
  UNKNOWN_ID,
} from '../support/gateway-fixture.ts'

const HASH = `sha256:${'ab'.repeat(32)}`

describe('resource_upload', () => {
  it.each(['X-Portal-Token', 'X-CKAN-API-Key', 'Authorization'])('takes the token from %s', async (name) => {
    const { send } = startGateway({ settings: { ckanTokenHeader: 'X-Portal-Token' } })
    const body = JSON.stringify({ id: PUBLIC_ID })
    const response = await send('/api/3/action/resource_upload', { method: 'POST', body, headers: { [name]: EDITOR } })
    expect(response.status).toBe(200)
  })

  it('gives an editor a URL for a key of its own', async () => {
    const { act } = startGateway()
    const { status, body } = await act('resource_upload', { id: PUBLIC_ID, name: 'budget.csv' }, EDITOR)
    expect(status).toBe(200)
    expect(body).toMatchObject({ success: true, help: `${GATEWAY}/api/3/action/help_show?name=resource_upload` })
    const { upload, presigned_url } = v.parse(uploadAnswer, body.result)
    expect(presigned_url).toBe(upload.url)
    expect(parseKey('resources/api_uploads/', upload.key)).toEqual({
      kind: 'resource',
      resourceId: PUBLIC_ID,
      uploadId: upload.id,
      fileName: 'budget.csv',
    })
    expect(upload).toMatchObject({
      method: 'PUT',
      headers: {},
      expires_at: '2026-01-31T12:00:00.000Z',
      max_bytes: 5 * 1024 ** 3,
    })
    expect(isUploadId(upload.id)).toBe(true)
  })

  it('promises at most the size that the store takes in one request', async () => {
    const { act, store } = startGateway({ settings: { maxUploadBytes: 1024 ** 4 } })
    const { upload } = (await act('resource_upload', { id: PUBLIC_ID }, EDITOR)).body.result
    expect(upload.max_bytes).toBe(5 * 1024 ** 3)
    expect(store.json(`uplink/uploads/${upload.id}.json`)).toMatchObject({ limits: { max_bytes: 1024 ** 4 } })
  })

  it('refuses to replace another URL than the caller expects', async () => {
    const { act, resources } = startGateway()
    const url = 'https://elsewhere.example.org/old.csv'
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url }))
    const ask = (replaces: object) => act('resource_upload', { id: PUBLIC_ID, name: 'a.csv', replaces }, EDITOR)
    expect((await ask({ url })).status).toBe(200)
    const { status, body } = await ask({ url: `${url}?2` })
    expect([status, Object.keys(body.error)]).toEqual([409, ['replaces', '__type']])
  })

  it('takes a file in CKAN’s own storage for the same when CKAN has indexed it in another language since', async () => {
    const { act, resources, store } = startGateway()
    const urlIn = (language: string) =>
      `https://ckan.example.org${language}/dataset/air/resource/${PUBLIC_ID}/download/old.csv`
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url: urlIn('/de') }))
    const ask = (url: string) =>
      act('resource_upload', { id: PUBLIC_ID, name: 'a.csv', replaces: { url, last_modified: null } }, EDITOR)
    const { status, body } = await ask(urlIn(''))
    expect(status).toBe(200)
    expect(store.json(`uplink/uploads/${body.result.upload.id}.json`)).toMatchObject({ previous_url: urlIn('/de') })
    expect((await ask(`${urlIn('')}.gz`)).status).toBe(409)
  })

  it('records the request, and the URL that CKAN showed then', async () => {
    const { act, store, resources } = startGateway()
    resources.set(
      PUBLIC_ID,
      resource(PUBLIC_ID, { url: 'https://elsewhere.example.org/old.csv', lastModified: '2025-01-01T00:00:00' }),
    )
    const declared = { name: 'budget.csv', size: 12, mimetype: 'text/csv', format: 'CSV', hash: HASH }
    const { body } = await act('resource_upload', { id: PUBLIC_ID, ...declared, expires_in: 60 }, EDITOR)
    expect(store.json(`uplink/uploads/${body.result.upload.id}.json`)).toEqual({
      version: 1,
      id: body.result.upload.id,
      entity: {
        type: 'resource',
        id: PUBLIC_ID,
        dataset_id: '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10',
        owner_org: OWNER_ORG,
      },
      key: body.result.upload.key,
      requested_by: 'emma',
      requested_by_id: 'emma',
      requested_at: '2026-01-31T11:00:00.000Z',
      expires_at: '2026-01-31T11:01:00.000Z',
      status_key_hash: expect.stringMatching(/^[0-9a-f]{64}$/u),
      previous_url: 'https://elsewhere.example.org/old.csv',
      previous_last_modified: '2025-01-01T00:00:00',
      declared,
      limits: { max_bytes: 5 * 1024 ** 3 },
      state: 'issued',
    })
  })

  it('asks CKAN four times, the last two at once', async () => {
    const { act, calls, authorizer } = startGateway()
    const waiting: (() => void)[] = []
    const isAllowed = authorizer.mayUpdate
    authorizer.mayUpdate = async (...asked) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return isAllowed(...asked)
    }
    const answer = act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    await expect.poll(() => [calls.includes('showDataset'), waiting.length]).toEqual([true, 1])
    for (const go of waiting) go()
    expect((await answer).status).toBe(200)
    expect(calls).toEqual(['whoami', 'showResource', 'showDataset', 'mayUpdate', 'signUpload'])
  })

  it('asks CKAN once for each further URL of a minute', async () => {
    const { act, calls, time } = startGateway()
    await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    calls.length = 0
    for (const id of [PRIVATE_ID, PUBLIC_ID]) expect((await act('resource_upload', { id }, EDITOR)).status).toBe(200)
    expect(calls).toEqual(['showDataset', 'signUpload', 'showDataset', 'signUpload'])
    calls.length = 0
    time.now = new Date(time.now.getTime() + 60_000)
    await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    expect(calls).toEqual(['whoami', 'showDataset', 'mayUpdate', 'signUpload'])
  })

  it('reads a dataset of more than 300 resources once, and then each resource by itself', async () => {
    const { act, calls, authorizer } = startGateway()
    const showDataset = authorizer.showDataset
    authorizer.showDataset = async (...asked) => {
      const dataset = await showDataset(...asked)
      const others = Array.from({ length: 300 }, (_, index) => ({ ...dataset.resources[0], id: `other-${index}` }))
      return { ...dataset, resources: [...dataset.resources, ...others] as typeof dataset.resources }
    }
    await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    calls.length = 0
    expect((await act('resource_upload', { id: PUBLIC_ID }, EDITOR)).status).toBe(200)
    expect(calls).toEqual(['showResource', 'findOwner', 'signUpload'])
  })

  it('reads a known dataset once more after it has grown to more than 300 resources', async () => {
    const { act, calls, authorizer } = startGateway()
    await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    const showDataset = authorizer.showDataset
    authorizer.showDataset = async (...asked) => {
      const dataset = await showDataset(...asked)
      const others = Array.from({ length: 300 }, (_, index) => ({ ...dataset.resources[0], id: `other-${index}` }))
      return { ...dataset, resources: [...dataset.resources, ...others] as typeof dataset.resources }
    }
    calls.length = 0
    for (const _ of ['first', 'again'])
      expect((await act('resource_upload', { id: PUBLIC_ID }, EDITOR)).status).toBe(200)
    expect(calls).toEqual(['showDataset', 'signUpload', 'showResource', 'findOwner', 'signUpload'])
  })

  it('asks for a resource that is no longer in the dataset where it was', async () => {
    const { act, calls, resources, authorizer } = startGateway()
    await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    calls.length = 0
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { state: 'deleted' }))
    expect((await act('resource_upload', { id: PUBLIC_ID }, EDITOR)).status).toBe(404)
    expect(calls).toEqual(['showDataset', 'showResource'])
    authorizer.showDataset = async () => {
      throw new NotAllowedError('User not authorized to read the dataset.')
    }
    expect((await act('resource_upload', { id: PRIVATE_ID }, EDITOR)).status).toBe(403)
  })

  it('recalls who the caller is for signing alone, and for a minute', async () => {
    const { act, authorizer, time, settings } = startGateway({ settings: { requestsPerMinute: 4 } })
    const ask = async () => (await act('resource_upload', { id: PUBLIC_ID }, EDITOR)).status
    const whoami = authorizer.whoami
    expect(await ask()).toBe(200)
    authorizer.whoami = async () => undefined
    expect(await ask()).toBe(200)
    expect((await act('upload_show', { id: UNKNOWN_ID }, EDITOR)).status).toBe(403)
    expect(await ask()).toBe(403)
    authorizer.whoami = whoami
    expect(await ask()).toBe(200)
    authorizer.whoami = async () => undefined
    time.now = new Date(time.now.getTime() + settings.rememberPermissionSeconds * 1000)
    expect(await ask()).toBe(403)
  })

  it('counts each request of a caller whom it recalls', async () => {
    const { act } = startGateway({ settings: { requestsPerMinute: 2 } })
    const ask = async () => (await act('resource_upload', { id: PUBLIC_ID }, EDITOR)).status
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
  })

  it('does without the owner of a dataset that no organization owns', async () => {
    const { act, store, authorizer } = startGateway()
    const showDataset = authorizer.showDataset
    authorizer.showDataset = async (...asked) => {
      const { ownerOrg: _, ...dataset } = await showDataset(...asked)
      return dataset
    }
    const { body } = await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    expect(store.json(`uplink/uploads/${body.result.upload.id}.json`)?.['entity']).not.toHaveProperty('owner_org')
  })

  it('signs nothing before the record is stored', async () => {
    const { act, store, calls } = startGateway()
    store.failWith = new UnavailableError('the bucket at 10.0.0.7 is away', { system: 'store' })
    const { status, body } = await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    expect(status).toBe(503)
    expect(body.error).toEqual({
      __type: 'Service Unavailable',
      message: 'The store cannot be reached at the moment. Try again later.',
    })
    expect(calls).not.toContain('signUpload')
  })

  it('does not blame CKAN when nothing can be signed', async () => {
    const away = async () => {
      throw new UnavailableError('no credentials', { system: 'store' })
    }
    const { act } = startGateway({ deps: { signer: { signUpload: away, signDownload: away } } })
    expect((await act('resource_upload', { id: PUBLIC_ID }, EDITOR)).status).toBe(503)
  })

  it.each([
    [{}, false],
    [{ name: 'a.csv' }, false],
    [{ expires_in: 5 }, false],
    [{ size: 0 }, true],
    [{ mimetype: 'text/csv' }, true],
    [{ format: 'CSV' }, true],
    [{ hash: HASH }, true],
    [{ size: 7, reusable: 'true' }, false],
    [{ size: 7, reusable: false }, true],
  ])('with %j declared, makes a URL that overwrites nothing: %s', async (declared, createOnly) => {
    const { act } = startGateway()
    const { body } = await act('resource_upload', { id: PUBLIC_ID, ...declared }, EDITOR)
    expect('if-none-match' in body.result.upload.headers).toBe(createOnly)
  })

  it.each([
    [{}, 'by-url'],
    [{ reusable: true }, false],
    [{ size: 7 }, true],
    [{ size: 7, reusable: true }, false],
  ])('with %j asked for, has the signer create only: %s', async (asked, createOnly) => {
    const signUpload = vi.fn(
      async () => ({ method: 'PUT', url: 'https://b/k', headers: {}, expiresAt: new Date() }) as const,
    )
    const { act } = startGateway({ deps: { signer: { signUpload, signDownload: signUpload } } })
    await act('resource_upload', { id: PUBLIC_ID, ...asked }, EDITOR)
    expect(signUpload).toHaveBeenCalledWith(expect.objectContaining({ createOnly }))
  })

  it.each([{}, { size: 7 }])('with a virus scanner and %j, makes a URL for one file alone', async (declared) => {
    const { act } = startGateway({ settings: { scanner: 'clamav' } })
    const { body } = await act('resource_upload', { id: PUBLIC_ID, ...declared }, EDITOR)
    expect(body.result.upload.headers).toHaveProperty('if-none-match')
  })

  it('with a virus scanner, makes no URL to be used again', async () => {
    const { act } = startGateway({ settings: { scanner: 'clamav' } })
    const { status, body } = await act('resource_upload', { id: PUBLIC_ID, size: 7, reusable: true }, EDITOR)
    expect([status, body.error.reusable]).toEqual([409, [expect.stringContaining('virus scanner')]])
  })

  it('makes no URL to be used again for an upload in parts', async () => {
    const { act } = startGateway()
    const { status, body } = await act(
      'resource_upload',
      { id: PUBLIC_ID, size: 7, multipart: true, reusable: true },
      EDITOR,
    )
    expect(status).toBe(409)
    expect(body.error.reusable).toEqual([expect.stringContaining('in parts')])
  })

  it('has size, type and checksum signed', async () => {
    const { act } = startGateway()
    const { body } = await act(
      'resource_upload',
      { id: PUBLIC_ID, size: 7, mimetype: 'text/csv', hash: HASH.replaceAll('ab', 'AB') },
      EDITOR,
    )
    expect(body.result.upload.headers).toEqual({
      'content-type': 'text/csv',
      'x-amz-checksum-sha256': 'ab'.repeat(32),
      'if-none-match': '*',
    })
    expect(body.result.upload.url).toContain('length=7')
  })

  it.each([
    ['its declared name', { name: '日本語 データ (1)+final.csv' }, {}, '日本語 データ (1)+final.csv'],
    [
      'the name in its present URL',
      {},
      { url: 'https://example.org/files/old%20one.xlsx?x=1', format: 'CSV' },
      'old one.xlsx',
    ],
    [
      'the name in its present URL and its declared format',
      { format: 'CSV' },
      { url: 'https://example.org/files/old%20one.xlsx?x=1' },
      'old one.csv',
    ],
    ['its declared name and format', { name: 'Budget v1.2', format: 'CSV' }, {}, 'Budget v1.2.csv'],
    ['its declared name, without invisible characters', { name: 'data.csv\u200b' }, {}, 'data.csv'],
    ['its format in CKAN over a link', {}, { format: 'XLS', url: 'https://example.org/GetFile.ashx' }, 'data.xls'],
    ['nothing over the link to a page', {}, { format: 'HTML', url: 'https://example.org/report.html' }, 'data'],
    ['its declared format', { format: 'geojson' }, { format: 'CSV' }, 'data.geojson'],
    ['its declared media type', { mimetype: 'text/csv; charset=utf-8' }, {}, 'data.csv'],
    ['its format in CKAN', {}, { format: 'CSV', url: 'https://example.org/api' }, 'data.csv'],
    ['nothing', {}, {}, 'data'],
  ])('names the file after %s', async (_, declared, shown, fileName) => {
    const { act, resources } = startGateway()
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, shown))
    const { body } = await act('resource_upload', { id: PUBLIC_ID, ...declared }, EDITOR)
    expect(body.result.upload.key.split('/').at(-1)).toBe(fileName)
  })

  it('mints a greater id than that of the linked upload, though its own clock is behind', async () => {
    const { act, resources, settings } = startGateway()
    const ahead = '01a00000-0000-7000-8000-000000000000'
    const url = linkedUrl(settings, { resourceId: PUBLIC_ID, uploadId: ahead, fileName: 'a.csv' }, '0123456789abcdef')
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url }))
    const { body } = await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    expect(body.result.upload.id > ahead).toBe(true)
    expect(body.result.upload.key.endsWith('/a.csv')).toBe(true)
  })

  it.each([
    ['a reader of a public resource', READER, PUBLIC_ID],
    ['a reader of a private resource', READER, PRIVATE_ID],
    ['an anonymous caller', undefined, PUBLIC_ID],
    ['a made-up token', 'made-up', PUBLIC_ID],
    ['a made-up token and an unknown resource', 'made-up', UNKNOWN_ID],
    ['an empty Bearer', 'Bearer ', PUBLIC_ID],
  ])('says 403 to %s, and stores nothing', async (_, token, id) => {
    const { act, calls, store } = startGateway()
    const { status, body } = await act('resource_upload', { id }, token)
    expect(status).toBe(403)
    expect(v.parse(actionError, body).error.__type).toBe('Authorization Error')
    expect(store.keys()).toEqual([])
    expect(calls).not.toContain('signUpload')
    if (token !== READER) expect(calls).not.toContain('mayUpdate')
  })

  it.each([
    ['Authorization', EDITOR],
    ['Authorization', `Bearer ${EDITOR}`],
    ['authorization', `bearer   ${EDITOR}`],
    ['X-CKAN-API-Key', EDITOR],
  ])('takes the token from %s: %s', async (name, value) => {
    const { send } = startGateway()
    const response = await send('/api/action/resource_upload', {
      method: 'POST',
      headers: { [name]: value },
      body: JSON.stringify({ id: PUBLIC_ID }),
    })
    expect(response.status).toBe(200)
  })

  it.each([
    ['an unknown resource', UNKNOWN_ID],
    ['a deleted resource', DELETED_ID],
    ['an id that no CKAN would make', 'nope'],
  ])('says 404 for %s', async (_, id) => {
    const { status, body } = await startGateway().act('resource_upload', { id }, EDITOR)
    expect(status).toBe(404)
    expect(body.error).toEqual({ __type: 'Not Found Error', message: 'Not found: Resource was not found.' })
  })

  it('refuses a resource whose data exist only in the DataStore', async () => {
    const { act, store } = startGateway()
    const { status, body } = await act('resource_upload', { id: DATASTORE_ID }, EDITOR)
    expect(status).toBe(409)
    expect(body.error).toMatchObject({ __type: 'Validation Error', id: [expect.stringContaining('DataStore')] })
    expect(store.keys()).toEqual([])
  })

  it.each([
    ['size', { maxUploadBytes: 100 }, { size: 101 }],
    ['expires_in', { urlExpiresInSeconds: 60 }, { expires_in: 61 }],
    ['mimetype', { allowedTypes: ['text/csv'] }, { mimetype: 'text/html' }],
  ])('holds %s to the settings', async (field, settings, declared) => {
    const { act, calls } = startGateway({ settings })
    const { status, body } = await act('resource_upload', { id: PUBLIC_ID, ...declared }, EDITOR)
    expect(status).toBe(409)
    expect(Object.keys(body.error)).toEqual([field, '__type'])
    expect(calls).toEqual(['whoami'])
  })

  it.each([
    [{ name: 'page.html' }, 'name'],
    [{ name: 'page.html', mimetype: 'text/csv' }, 'mimetype'],
  ])('refuses %j where only text/csv is allowed', async (fields, field) => {
    const { act } = startGateway({ settings: { allowedTypes: ['text/csv'] } })
    const { status, body } = await act('resource_upload', { id: PUBLIC_ID, ...fields }, EDITOR)
    expect([status, Object.keys(body.error)]).toEqual([409, [field, '__type']])
  })

  it('allows a type with parameters where the bare type is allowed', async () => {
    const { act } = startGateway({ settings: { allowedTypes: ['text/csv'] } })
    expect((await act('resource_upload', { id: PUBLIC_ID, mimetype: 'Text/CSV; charset=utf-8' }, EDITOR)).status).toBe(
      200,
    )
  })

  it.each([
    [
      'a form',
      'application/x-www-form-urlencoded',
      new URLSearchParams({ id: PUBLIC_ID, size: '12', expires_in: '60' }).toString(),
    ],
    [
      "JSON that curl's -d calls a form",
      'application/x-www-form-urlencoded',
      JSON.stringify({ id: PUBLIC_ID, size: 12, expires_in: 60 }),
    ],
    [
      'JSON with a character set',
      'application/json; charset=utf-8',
      JSON.stringify({ id: PUBLIC_ID, size: 12, expires_in: '60', unknown: [1] }),
    ],
  ])('reads %s', async (_, type, body) => {
    const { send } = startGateway()
    const response = await send('/api/3/action/resource_upload', {
      method: 'POST',
      headers: { 'Content-Type': type },
      body,
      token: EDITOR,
    })
    const { result } = (await response.json()) as { result: { upload: { url: string; expires_at: string } } }
    expect(result.upload.url).toContain('length=12')
    expect(result.upload.expires_at).toBe('2026-01-31T11:01:00.000Z')
  })

  it('reads the fields of a multipart body', async () => {
    const form = new FormData()
    form.set('id', PUBLIC_ID)
    form.set('size', '12')
    const response = await startGateway().send('/api/3/action/resource_upload', {
      method: 'POST',
      body: form,
      token: EDITOR,
    })
    expect(await response.json()).toMatchObject({
      success: true,
      result: { presigned_url: expect.stringContaining('length=12') },
    })
  })

  it.each([
    ['a file', 'upload', new File(['a,b'], 'a.csv')],
    ['a file in a field of its own', 'file', new File(['a,b'], 'a.csv')],
    ['an empty file', 'upload', new File([], 'a.csv')],
  ])('refuses a form with %s in words, and writes nothing', async (_, field, file) => {
    const { send, store, calls } = startGateway()
    const form = new FormData()
    form.set('id', PUBLIC_ID)
    form.set(field, file)
    const response = await send('/api/3/action/resource_upload', { method: 'POST', body: form, token: EDITOR })
    expect(response.status).toBe(409)
    const { error } = (await response.json()) as { error: Record<string, unknown> }
    expect(error['__type']).toBe('Validation Error')
    expect(String(error[field])).toContain('send the fields without the file, then put the file to presigned_url')
    expect(store.keys()).toEqual([])
    expect(calls).toEqual(['whoami'])
  })

  it.each([
    [EDITOR, 409, 'then put the file to presigned_url'],
    ['unknown', 403, 'API token'],
  ])('refuses a form with a large file from %s with %i', async (token, status, words) => {
    const body = `--xx\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n${'x'.repeat(3e6)}\r\n--xx--\r\n`
    const headers = { 'Content-Type': 'multipart/form-data; boundary=xx' }
    const { send } = startGateway()
    for (const length of [{ 'Content-Length': String(body.length) }, {}]) {
      const init = { method: 'POST', headers: { ...headers, ...length }, body, token }
      const response = await send('/api/3/action/resource_upload', init)
      expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)])
    }
  })

  it('answers 502 while CKAN is away, and tells no inner address', async () => {
    const { authorizer } = startGateway()
    const away = async () => {
      throw new UnavailableError('CKAN at http://10.0.0.3:5000 is away', { retryAfterSeconds: 2.5 })
    }
    const { act, logged } = startGateway({ deps: { authorizer: { ...authorizer, whoami: away } } })
    const { status, body, headers } = await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    expect(status).toBe(502)
    expect(headers.get('Retry-After')).toBe('3')
    expect(JSON.stringify(v.parse(actionError, body))).not.toContain('10.0.0.3')
    expect(logged).toMatchObject([
      { level: 'error', event: 'request_failed', fields: { message: 'CKAN at http://10.0.0.3:5000 is away' } },
    ])
  })

  it('logs neither token nor signed URL', async () => {
    const { act, logged } = startGateway()
    await act('resource_upload', { id: PUBLIC_ID, name: 'a.csv' }, EDITOR)
    expect(logged).toHaveLength(1)
    expect(JSON.stringify(logged)).not.toMatch(/signature|editor-token/u)
  })
})

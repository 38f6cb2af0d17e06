import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { problem } from '../../src/http/error-answers.ts'
import { statusAnswer, uploadStatus } from '../../src/uploads/show-status.ts'
import { EDITOR, OWNER_ID, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'

const DATASET = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'
const REQUEST = '4f7c2a90-6d0b-4e0f-9c55-3a1b7d2e8f10'
const UNKNOWN_UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const WRONG_KEY = '0'.repeat(32)

interface Issued {
  readonly id: string
  readonly status_key: string
}

function start() {
  const gateway = startGateway()
  const ask = async (action: string, fields: object): Promise<Issued> =>
    (await gateway.act(action, fields, EDITOR)).body.result.upload
  const askMany = async (files: readonly object[], request = REQUEST): Promise<readonly Issued[]> => {
    const { body } = await gateway.act('dataset_upload', { id: DATASET, request, files }, EDITOR)
    return body.result.files.map(({ upload }: { upload: Issued }) => upload)
  }
  const show = async (id: string, key: string) => {
    const response = await gateway.send(`/uploads/${id}`, { headers: { 'Upload-Status-Key': key } })
    return { status: response.status, body: await response.json() }
  }
  const showMany = async (uploads: unknown) => {
    const response = await gateway.send('/uploads/status', { method: 'POST', body: JSON.stringify({ uploads }) })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const change = async (id: string, changes: object) => {
    const key = `uplink/uploads/${id}.json`
    const bytes = new TextEncoder().encode(JSON.stringify({ ...gateway.store.json(key), ...changes }))
    await gateway.store.put(key, bytes)
  }
  return { ...gateway, ask, askMany, show, showMany, change }
}

describe('the status of an upload', () => {
  it.each([
    ['resource_upload', { id: PUBLIC_ID, name: 'a.csv', size: 3 }],
    ['resource_upload', { id: PUBLIC_ID, name: 'a.csv', size: 3, multipart: true }],
    ['organization_upload', { id: OWNER_ID, name: 'a.png', size: 3 }],
  ])('is shown for the key of %s without a token, and without a call of CKAN', async (action, fields) => {
    const { ask, show, calls } = start()
    const { id, status_key } = await ask(action, fields)
    calls.length = 0
    const { status, body } = await show(id, status_key)
    expect(status).toBe(200)
    expect(v.parse(uploadStatus, body)).toMatchObject({
      id,
      state: 'issued',
      size: 3,
      requested_at: '2026-01-31T11:00:00.000Z',
    })
    expect(calls).toEqual([])
  })

  it('has the reason, the size and the times, but no name and no URL', async () => {
    const { ask, show, change } = start()
    const { id, status_key } = await ask('resource_upload', { id: PUBLIC_ID, name: 'secret-name.csv', size: 3 })
    await change(id, {
      previous_url: 'https://example.org/secret-name',
      linked: { version: '0123456789abcdef', size: 5, at: '2026-01-31T11:00:05.000Z' },
      withdrawn: { at: '2026-01-31T11:30:00.000Z', by: 'secret-name', reason: 'It names secret-name.' },
      state: 'withdrawn',
    })
    const { body } = await show(id, status_key)
    expect(body).toEqual({
      id,
      state: 'withdrawn',
      size: 5,
      requested_at: '2026-01-31T11:00:00.000Z',
      expires_at: '2026-01-31T12:00:00.000Z',
      linked_at: '2026-01-31T11:00:05.000Z',
      withdrawn_at: '2026-01-31T11:30:00.000Z',
    })
    await change(id, { state: 'failed', code: 'too_large', reason: 'Too large.' })
    expect((await show(id, status_key)).body).toMatchObject({
      state: 'failed',
      code: 'too_large',
      reason: 'Too large.',
    })
    expect(JSON.stringify([body])).not.toMatch(/secret-name|emma/u)
  })

  it('is expired when the URL has expired and no file arrived', async () => {
    const { ask, show, time } = start()
    const { id, status_key } = await ask('resource_upload', { id: PUBLIC_ID, name: 'a.csv' })
    time.now = new Date('2026-01-31T12:00:01.000Z')
    expect((await show(id, status_key)).body).toMatchObject({ state: 'expired' })
  })

  it('is refused with the same words for a wrong key, an unknown upload, and an upload without a key', async () => {
    const { ask, show, change } = start()
    const { id, status_key } = await ask('resource_upload', { id: PUBLIC_ID, name: 'a.csv' })
    const other = await ask('resource_upload', { id: PUBLIC_ID, name: 'b.csv' })
    const answers = [
      await show(id, WRONG_KEY),
      await show(id, ''),
      await show(id, `${status_key} 1`),
      await show(id, other.status_key),
      await show(UNKNOWN_UPLOAD, status_key),
      await show(`plain-${PUBLIC_ID}`, status_key),
      await show('..%2F..%2Fsecret', status_key),
    ]
    await change(id, { status_key_hash: undefined })
    for (const { status, body } of [...answers, await show(id, status_key), await show(id, '')]) {
      expect(status).toBe(404)
      expect(v.parse(problem, body)).toEqual(answers[0]?.body)
    }
  })

  it('is not shown for the hash that the record holds', async () => {
    const { ask, show, store } = start()
    const { id, status_key } = await ask('resource_upload', { id: PUBLIC_ID, name: 'a.csv' })
    const record = store.json(`uplink/uploads/${id}.json`)
    expect(JSON.stringify(record)).not.toContain(status_key)
    expect((await show(id, String(record['status_key_hash']))).status).toBe(404)
  })
})

describe('the keys of dataset_upload', () => {
  it('are the same when the same request is repeated, and differ by file and by request', async () => {
    const { askMany, show } = start()
    const files = [{ name: 'a.csv' }, { name: 'b.csv' }]
    const first = await askMany(files)
    expect(await askMany(files)).toMatchObject(first.map(({ id, status_key }) => ({ id, status_key })))
    const other = await askMany(files, REQUEST.replace('4f', '5f'))
    const all = [...first, ...other]
    expect(new Set(all.map(({ status_key }) => status_key)).size).toBe(4)
    for (const { id, status_key } of all) expect((await show(id, status_key)).status).toBe(200)
  })

  it('do not follow from the request alone', async () => {
    const [first, second] = await Promise.all([start(), start()].map(({ askMany }) => askMany([{ name: 'a.csv' }])))
    expect(first?.[0]?.id).toBe(second?.[0]?.id)
    expect(first?.[0]?.status_key).not.toBe(second?.[0]?.status_key)
  })

  it('are left out where an older gateway answered the first attempt', async () => {
    const { askMany, store, change } = start()
    const [first] = await askMany([{ name: 'a.csv' }])
    await change(first?.id ?? '', { status_key_hash: undefined })
    expect((await askMany([{ name: 'a.csv' }]))[0]).not.toHaveProperty('status_key')
    const noteKey = store.keys().find((key) => key.includes('/requests/')) ?? ''
    const { secret: _, ...note } = store.json(noteKey)
    await store.put(noteKey, new TextEncoder().encode(JSON.stringify(note)))
    expect((await askMany([{ name: 'a.csv' }]))[0]).not.toHaveProperty('status_key')
  })
})

describe('the statuses of many uploads', () => {
  it('come in the order of the request, with one error for each unknown upload and each wrong key', async () => {
    const { askMany, showMany, calls } = start()
    const issued = await askMany([{ name: 'a.csv' }, { name: 'b.csv' }, { name: 'c.csv' }])
    const [a, b, c] = issued.map(({ id, status_key: key }) => ({ id, key }))
    calls.length = 0
    const wrong = { id: b?.id ?? '', key: WRONG_KEY }
    const unknown = { id: UNKNOWN_UPLOAD, key: a?.key }
    const { status, headers, body } = await showMany([c, wrong, a, unknown])
    expect([status, headers.get('Cache-Control')]).toEqual([200, 'no-store'])
    const { uploads } = v.parse(statusAnswer, body)
    const error = 'No upload has this id and this status key.'
    expect(uploads).toEqual([
      expect.objectContaining({ id: c?.id, state: 'issued' }),
      { id: wrong.id, error },
      expect.objectContaining({ id: a?.id, state: 'issued' }),
      { id: UNKNOWN_UPLOAD, error },
    ])
    expect(calls).toEqual([])
  })

  it('come for a thousand uploads, with few reads of the store at once', async () => {
    const { askMany, showMany, store, settings } = start()
    const issued = await askMany(Array.from({ length: 1000 }, (_, index) => ({ name: `${index}.csv` })))
    const { get } = store
    let running = 0
    let most = 0
    store.get = async (key) => {
      running += 1
      most = Math.max(most, running)
      const found = await get(key)
      await new Promise(setImmediate)
      running -= 1
      return found
    }
    const { body } = await showMany(issued.map(({ id, status_key: key }) => ({ id, key })))
    expect(body.uploads.map(({ state }: { state: string }) => state)).toEqual(issued.map(() => 'issued'))
    expect(most).toBe(settings.storeConcurrency)
  })

  it('cost a stranger few reads of the store', async () => {
    const { showMany, store } = start()
    const { get } = store
    let reads = 0
    store.get = (key) => {
      reads += 1
      return get(key)
    }
    const { status, body } = await showMany(
      Array.from({ length: 1000 }, () => ({ id: UNKNOWN_UPLOAD, key: WRONG_KEY })),
    )
    expect(status).toBe(403)
    expect(v.parse(problem, body).detail).toBe('More than 20 of these uploads or keys are unknown.')
    expect(reads).toBeLessThan(30)
  })

  it.each([
    ['no list', undefined],
    ['an empty list', []],
    ['texts', ['x']],
    ['an upload without a key', [{ id: UNKNOWN_UPLOAD }]],
    ['an object as a key', [{ id: UNKNOWN_UPLOAD, key: {} }]],
    ['a long key', [{ id: UNKNOWN_UPLOAD, key: 'x'.repeat(121) }]],
    ['1,001 uploads', Array.from({ length: 1001 }, () => ({ id: UNKNOWN_UPLOAD, key: WRONG_KEY }))],
  ])('are refused for %s', async (_, uploads) => {
    const { showMany } = start()
    const { status, body } = await showMany(uploads)
    expect(status).toBe(409)
    expect(v.parse(problem, body).detail).toMatch(/^The request is not valid: uploads: /u)
  })

  it.each([
    ['{', 400],
    ['[]', 400],
    ['x'.repeat(300_000), 413],
  ])('are refused for a body that cannot be read', async (body, status) => {
    expect((await startGateway().send('/uploads/status', { method: 'POST', body })).status).toBe(status)
  })

  it('are open to pages of the allowed origins', async () => {
    const { send } = startGateway({ settings: { allowedOrigins: ['https://portal.example.org'] } })
    const response = await send('/uploads/status', {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://portal.example.org',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'upload-status-key',
      },
    })
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://portal.example.org')
    expect(response.headers.get('Access-Control-Allow-Methods')).toContain('POST')
    expect(response.headers.get('Access-Control-Allow-Headers')).toContain('Upload-Status-Key')
  })
})

import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Action } from '../../src/actions/define-action.ts'
import { ACTIONS } from '../../src/actions/index.ts'
import { actionError, problem } from '../../src/http/error-answers.ts'
import { ADMIN, EDITOR, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'

/** Sends a body as a sysadmin, who may call every action, and makes sure that the gateway has done nothing. */
async function refuse(action: string, body: BodyInit, type = 'application/json') {
  const { send, store, logged } = startGateway()
  const response = await send(`/api/3/action/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
    token: ADMIN,
  })
  const text = await response.text()
  expect(store.keys()).toEqual([])
  expect(text).not.toMatch(/\.[jt]s:\d+|node_modules/u)
  expect(logged).toMatchObject([{ level: 'warn', event: 'request_refused', fields: { status: response.status } }])
  return { status: response.status, body: JSON.parse(text) }
}

function requiredIn({ entries }: Action['request']): readonly string[] {
  return Object.keys(entries).filter((name) => entries[name]?.type !== 'optional')
}

/** Takes a dataset or a resource. It needs one of the two. */
const TAKES_EITHER = ['upload_proposals']

describe.each(ACTIONS.map((action) => [action.name, action] as const))(
  'the body of %s',
  (action, { request, example }) => {
    const required = requiredIn(request)

    it.each(['{', 'id=1', '[]', '"text"', 'null', '17', '\u0000', new Uint8Array([0xff, 0xfe, 0x00])])(
      'is refused with a JSON string when it is %j',
      async (content) => {
        const { status, body } = await refuse(action, content)
        expect(status).toBe(400)
        expect(body).toMatch(/^Bad request - /u)
      },
    )

    it('is refused when it has 10 MB', async () => {
      const { status, body } = await refuse(
        action,
        JSON.stringify({ id: PUBLIC_ID, description: 'x'.repeat(10_000_000) }),
      )
      expect(status).toBe(413)
      expect(v.parse(actionError, body).error.message).toMatch(/larger than \d+ bytes/u)
    })

    it('is refused when it has 10 MB and says nothing of it', async () => {
      const { send, store } = startGateway()
      const stream = new ReadableStream({
        start(controller) {
          for (let megabytes = 0; megabytes < 10; megabytes += 1)
            controller.enqueue(new Uint8Array(1_000_000).fill(0x20))
          controller.close()
        },
      })
      const init = {
        method: 'POST',
        body: stream,
        duplex: 'half',
        token: EDITOR,
        headers: { 'Content-Type': 'application/json' },
      } as RequestInit
      expect((await send(`/api/3/action/${action}`, init)).status).toBe(413)
      expect(store.keys()).toEqual([])
    })

    it('is refused by the names of the missing fields when it is empty', async () => {
      const { act } = startGateway()
      const { status, body } = await act(action, undefined, ADMIN)
      const missing = TAKES_EITHER.includes(action)
        ? { dataset: ['Give either a dataset or a resource'] }
        : Object.fromEntries(required.map((field) => [field, [expect.stringMatching(/^Missing value/u)]]))
      const isComplete = Object.keys(missing).length === 0
      expect(body).toMatchObject(isComplete ? { success: true } : { error: missing })
      expect(status).toBe(isComplete ? 200 : 409)
    })

    it.each(Object.keys(request.entries))('is refused with an object as %s', async (field) => {
      const { status, body } = await refuse(action, JSON.stringify({ ...example.request, [field]: {} }))
      expect(status).toBe(409)
      expect(Object.keys(v.parse(actionError, body).error).sort()).toEqual(['__type', field])
    })

    it('may have fields that the action does not know', async () => {
      const answers = [example.request, { ...example.request, nonsense: 1 }].map(async (fields) => {
        const { status, body } = await startGateway().act(action, fields, ADMIN)
        return [status, body.error?.__type]
      })
      expect(await answers[1]).toEqual(await answers[0])
    })

    it.each(['GET', 'HEAD'])('is asked for when there is none: %s', async (method) => {
      const response = await startGateway().send(`/api/3/action/${action}?id=${PUBLIC_ID}`, { method, token: EDITOR })
      expect(response.status).toBe(method === 'GET' ? 400 : 405)
      if (method === 'GET')
        expect(await response.json()).toBe(
          'Bad request - JSON Error: Invalid request. Please use POST method for your request',
        )
    })
  },
)

const optionalFields = ACTIONS.flatMap((action) =>
  Object.keys(action.request.entries)
    .filter((field) => !requiredIn(action.request).includes(field))
    .map((field) => ({ action, field })),
)

describe.each(optionalFields)('the field $field of $action.name', ({ action: { name, example }, field }) => {
  it.each([null, ''])('is not given when it is %j', async (nothing) => {
    const { [field]: _, ...others } = { ...example.request } as Readonly<Record<string, unknown>>
    const [given, left] = [{ ...others, [field]: nothing }, others].map(async (fields) => {
      const { status, body } = await startGateway().act(name, fields, ADMIN)
      return [status, body.error?.__type]
    })
    expect(await given).toEqual(await left)
  })
})

describe('a required field', () => {
  it('is missing when it is null', async () => {
    const { body } = await refuse('organization_upload', JSON.stringify({ id: 'city', name: 'a.png', size: null }))
    expect(body.error.size).toEqual([expect.stringMatching(/^Missing value: give the size of the image in bytes/u)])
  })
})

/** A caller may leave out the id of a new resource. */
describe.each(ACTIONS.filter(({ request }) => requiredIn(request).includes('id')))(
  'the body of $name',
  ({ name, example }) => {
    it.each([
      ['a number', 17],
      ['true', true],
      ['null', null],
      ['an object', {}],
      ['a list', [PUBLIC_ID]],
      ['nothing', ''],
      ['5,000 characters', 'x'.repeat(5000)],
      ['a path', '../../etc'],
      ['NUL', 'aaaaaaa\u0000b'],
      ['a newline', 'aaaaaaaa\nb'],
      ['a mark of writing direction', 'aaaaaaa\u202eb'],
    ])('is refused with an id of %s', async (_, id) => {
      const { status, body } = await refuse(name, JSON.stringify({ ...example.request, id }))
      expect(status).toBe(409)
      expect(Object.keys(v.parse(actionError, body).error).sort()).toEqual(['__type', 'id'])
    })
  },
)

describe('the body of an own action', () => {
  const JSON_TYPE = 'application/json'

  it.each([undefined, 'unknown-token'])('is not read for a caller whom CKAN does not know: %s', async (token) => {
    const { send } = startGateway()
    let pulled = 0
    const body = new ReadableStream(
      {
        pull(controller) {
          pulled += 1
          controller.enqueue(new Uint8Array(1000))
        },
      },
      { highWaterMark: 0 },
    )
    for (const action of ['resource_upload', 'resource_create', 'upload_list', 'organization_upload']) {
      const init = { method: 'POST', body, duplex: 'half', ...(token !== undefined && { token }) }
      expect((await send(`/api/3/action/${action}`, init)).status).toBe(403)
    }
    expect(pulled).toBe(0)
  })

  it.each([
    ['application/x-www-form-urlencoded', 'a=&'.repeat(501)],
    ['application/x-www-form-urlencoded', `id=${PUBLIC_ID}${'&b=1'.repeat(500)}`],
    [
      'multipart/form-data; boundary="x y"',
      `${'--x y\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(501)}--x y--\r\n`,
    ],
  ])('is refused when it is a form of more than 500 fields: %s', async (type, body) => {
    const answer = await refuse('resource_upload', body, type)
    expect(answer).toEqual({ status: 400, body: 'Bad request - A form may have 500 fields at most' })
  })

  it('may be a form of 500 fields, those of one name in a list', async () => {
    const { send } = startGateway()
    const body = new URLSearchParams([['id', PUBLIC_ID], ...Array.from({ length: 499 }, () => ['name', 'a.csv'])])
    const response = await send('/api/3/action/resource_upload', { method: 'POST', body, token: EDITOR })
    expect([response.status, v.parse(actionError, await response.json()).error['name']]).toEqual([
      409,
      ['Must be a string'],
    ])
  })

  it('is refused when it is nested so deep that CKAN could not read it', async () => {
    const nested = (levels: number) =>
      `{"package_id": "d", "note": "[[{", "x": ${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect((await refuse('resource_create', nested(300_000), JSON_TYPE)).body).toMatch(
      /nested 100 levels deep at most/u,
    )
    expect((await refuse('resource_create', nested(100), JSON_TYPE)).status).toBe(400)
    const { send } = startGateway()
    const init = { method: 'POST', body: nested(99), token: EDITOR }
    expect((await send('/api/3/action/resource_create', init)).status).toBe(502)
  })
})

describe('a field of resource_upload', () => {
  it.each(['resource_upload', 'upload_show'])(
    'is not looked for in a body that is multipart in name only: %s',
    async (action) => {
      expect((await refuse(action, '--x', 'multipart/form-data')).status).toBe(400)
    },
  )

  it.each([
    [
      'name',
      [
        ' ',
        5,
        [],
        'x'.repeat(5000),
        '../../a.csv',
        'a\\b.csv',
        'a\u0000.csv',
        'a\n.csv',
        '\u202evsc.exe',
        'a\u200fb.csv',
        '\u200b',
        '\ud800.csv',
      ],
    ],
    ['size', [-1, 1.5, '1.5', '-1', '1e3', ' ', 'big', true, [1], {}, 2 ** 60, '99999999999999999999', 6 * 1024 ** 3]],
    ['mimetype', ['csv', 'text/', '/csv', 'text/csv\r\nx: y', 'text/csv; ', 5, `text/${'x'.repeat(300)}`, 'тип/csv']],
    ['format', [5, {}, 'x'.repeat(101), 'CS\u0000V', 'CSV\n']],
    ['hash', ['ab'.repeat(32), `md5:${'ab'.repeat(16)}`, `sha256:${'ab'.repeat(31)}`, `sha256:${'xy'.repeat(32)}`, 5]],
    ['expires_in', [0, -1, 3601, 1.5, 'soon', true]],
    ['multipart', [1.5, 'on', 'maybe', 'truely', [true]]],
    ['reusable', ['2', 'tru', {}]],
  ])('named %s is refused by name when it makes no sense', async (field, values) => {
    for (const value of values) {
      const { status, body } = await refuse('resource_upload', JSON.stringify({ id: PUBLIC_ID, [field]: value }))
      expect(status, JSON.stringify(value)).toBe(409)
      expect(Object.keys(body.error)).toEqual([field, '__type'])
    }
  })

  it('is named with all others that make no sense', async () => {
    const { body } = await refuse('resource_upload', JSON.stringify({ id: PUBLIC_ID, size: 'x', hash: 'x', name: ' ' }))
    expect(Object.keys(body.error).sort()).toEqual(['__type', 'hash', 'name', 'size'])
  })
})

describe('a field of resource_create', () => {
  it.each([
    ['package_id', [5, null, {}]],
    ['url', [5, {}]],
    ['name', [5, {}]],
    ['format', [5, {}, 'x'.repeat(101), 'CS\u0000V']],
    ['id', [17, true, [PUBLIC_ID], '../../etc', 'short', 'x'.repeat(101)]],
  ])('named %s is refused by name when it makes no sense', async (field, values) => {
    for (const value of values) {
      const { status, body } = await refuse('resource_create', JSON.stringify({ package_id: 'd1', [field]: value }))
      expect(status, JSON.stringify(value)).toBe(409)
      expect(Object.keys(body.error)).toEqual([field, '__type'])
    }
  })
})

describe('any name', () => {
  it('is either refused or becomes the last segment of a key', async () => {
    const { act } = startGateway()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), async (name) => {
        const { status, body } = await act('resource_upload', { id: PUBLIC_ID, name }, EDITOR)
        if (status === 409) {
          expect(Object.keys(body.error)).toEqual(['name', '__type'])
          return
        }
        const { id, key } = body.result.upload
        const prefix = `resources/api_uploads/${PUBLIC_ID}/${id}/`
        expect(key.startsWith(prefix)).toBe(true)
        expect(key.slice(prefix.length)).toMatch(/^[^/\p{Cc}]+$/u)
      }),
    )
  })
})

describe('a path', () => {
  it.each([
    '/nothing',
    '/api/3',
    '/api/3/action/',
    '/api/1/action/package_show',
    '/uploads/',
    `/resource/${PUBLIC_ID}`,
    `/resource/${PUBLIC_ID}/download/`,
    `/resource/${PUBLIC_ID}/download/a/b/c`,
    `/resource/..%2f..%2fetc/download/passwd`,
    `/resource/${PUBLIC_ID}/download/%00`,
    `/resource/${PUBLIC_ID}/download/%ff`,
    `/resource/${'x'.repeat(101)}/download/a.csv`,
  ])('that leads nowhere is answered with a problem: %s', async (path) => {
    const response = await startGateway().send(path, { token: EDITOR })
    expect(response.status).toBe(404)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(v.parse(problem, await response.json())).toMatchObject({ status: 404, title: 'Not Found' })
  })

  it.each(['/healthz', '/readyz', '/readyz/parked', '/uploads/x', `/resource/${PUBLIC_ID}/download/a.csv`])(
    'takes no POST: %s',
    async (path) => {
      expect((await startGateway().send(path, { method: 'POST', body: 'x'.repeat(1_000_000) })).status).toBe(405)
    },
  )

  it.each(['..%2f..%2fuser%2flogin', 'a%00b', 'package_show%3fid=1', 'x%0d%0aHost:%20evil', '%E6%97%A5'])(
    'names no action of CKAN with %s',
    async (action) => {
      const response = await startGateway().send(`/api/3/action/${action}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatch(/^Bad request - Action name not known/u)
    },
  )

  it.each(['PUT', 'DELETE', 'PATCH'])('of an action does not take %s', async (method) => {
    const response = await startGateway().send('/api/3/action/package_show', { method })
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, POST'])
    expect(v.parse(actionError, await response.json()).error.__type).toBe('Method Not Allowed')
  })
})

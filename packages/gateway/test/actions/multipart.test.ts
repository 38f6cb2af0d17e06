import { UnavailableError } from '@ckan-uplink/core'
import { DAY_MS, GIB, MIB } from '@ckan-uplink/core/support'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { uploadListParts } from '../../src/actions/upload-list-parts.ts'
import { uploadSignParts } from '../../src/actions/upload-sign-parts.ts'
import { uploadAnswer, uploadRecord } from '../../src/uploads/answers.ts'
import { EDITOR, PUBLIC_ID, READER, startGateway } from '../support/gateway-fixture.ts'

const SIZE = 40 * MIB
const SIZES = [16 * MIB, 16 * MIB, 8 * MIB] as const
const ACTIONS = ['upload_sign_parts', 'upload_list_parts', 'upload_complete', 'upload_abort']

type Answer = Awaited<ReturnType<ReturnType<typeof startGateway>['act']>>

/** A gateway with an upload of three parts. */
async function startWithParts(declared: object = {}) {
  const gateway = startGateway()
  const { body } = await gateway.act(
    'resource_upload',
    { id: PUBLIC_ID, name: 'a.csv', size: SIZE, multipart: true, ...declared },
    EDITOR,
  )
  const { upload } = v.parse(uploadAnswer, body.result)
  const stored = () => v.parse(uploadRecord, gateway.store.json(`uplink/uploads/${upload.id}.json`))
  const target = { key: upload.key, id: stored().multipart?.id ?? '' }
  return {
    ...gateway,
    upload,
    stored,
    target,
    send: (...numbers: readonly (1 | 2 | 3)[]) => {
      for (const number of numbers) gateway.parts.arrive(target, number, SIZES[number - 1] ?? 0)
    },
    ask: (action: string, fields: object = {}, token = EDITOR): Promise<Answer> =>
      gateway.act(action, { id: upload.id, ...fields }, token),
  }
}

function faultsOf({ status, body }: Answer): unknown {
  const { __type, ...faults } = body.error
  return [status, __type, faults]
}

describe('an upload in parts', () => {
  it('is answered with the plan of its parts and no URL, and may take a week', async () => {
    const { upload, stored } = await startWithParts({ mimetype: 'text/csv', expires_in: 600 })
    expect(upload).toMatchObject({
      method: 'PUT',
      url: null,
      headers: {},
      part_size: 16 * MIB,
      part_count: 3,
      expires_at: '2026-02-07T11:00:00.000Z',
    })
    expect(stored()).toMatchObject({
      state: 'issued',
      multipart: { part_size: 16 * MIB, part_count: 3, expires_in: 600 },
      expires_at: upload.expires_at,
    })
  })

  it.each([
    ['asked for', { size: 1, multipart: true }, true],
    ['large', { size: 100 * MIB + 1 }, true],
    ['not large', { size: 100 * MIB }, false],
    ['large, and wanted in one request', { size: 100 * MIB + 1, multipart: false }, false],
    ['of unknown size', {}, false],
  ])('is what a file gets that is %s: %j', async (_, fields, isInParts) => {
    const { body } = await startGateway().act('resource_upload', { id: PUBLIC_ID, ...fields }, EDITOR)
    const { presigned_url, upload } = v.parse(uploadAnswer, body.result)
    expect([presigned_url === null, upload.url === null, upload.part_count !== undefined]).toEqual([
      isInParts,
      isInParts,
      isInParts,
    ])
  })

  it.each(['true', 'True', 'YES', 'y', 't', '1', 1])('is what a file gets that is asked for by %j', async (word) => {
    const { body } = await startGateway().act('resource_upload', { id: PUBLIC_ID, size: '1', multipart: word }, EDITOR)
    expect(v.parse(uploadAnswer, body.result).presigned_url).toBe(null)
  })

  it.each(['false', 'False', 'no', 'N', 'f', '0', 0])('is not what a large file gets with %j', async (word) => {
    const fields = { id: PUBLIC_ID, size: 100 * MIB + 1, multipart: word }
    const { body } = await startGateway().act('resource_upload', fields, EDITOR)
    expect(v.parse(uploadAnswer, body.result).presigned_url).not.toBe(null)
  })

  it.each([
    ['no size', { multipart: true }, { size: ['Missing value: the number of parts depends on it'] }],
    ['no bytes', { multipart: true, size: 0 }, { size: ['An empty file has no parts: omit multipart'] }],
    ['more than the portal takes', { size: 70_000 * GIB }, { size: [`Must be at most ${60_000 * GIB} bytes`] }],
    ['more than the store takes', { size: 50_000 * GIB + 1 }, { size: ['Is more than the store accepts'] }],
    [
      'more than one request takes, but is to come in one',
      { multipart: false, size: 6 * GIB },
      { multipart: ['Must be true for more than 5368709120 bytes'] },
    ],
    ['a wish that is none', { multipart: 'perhaps', size: 5 }, { multipart: ['Must be true or false'] }],
  ])('is refused for %s', async (_, fields, faults) => {
    const { act, store } = startGateway({ settings: { maxUploadBytes: 60_000 * GIB } })
    const answer = await act('resource_upload', { id: PUBLIC_ID, ...fields }, EDITOR)
    expect(faultsOf(answer)).toEqual([409, 'Validation Error', faults])
    expect(store.keys()).toEqual([])
  })

  it('is refused to users who may not update the resource', async () => {
    const { act, store } = startGateway()
    expect((await act('resource_upload', { id: PUBLIC_ID, size: SIZE, multipart: true }, READER)).status).toBe(403)
    expect(store.keys()).toEqual([])
  })
})

describe('the parts of an upload', () => {
  it('are signed with their sizes, for as long as was asked for', async () => {
    const { ask } = await startWithParts({ expires_in: 600 })
    const { parts } = v.parse(
      uploadSignParts.answer,
      (await ask('upload_sign_parts', { part_numbers: [1, 3, 3] })).body.result,
    )
    expect(parts.map(({ part_number }) => part_number)).toEqual([1, 3])
    expect(parts.map(({ url }) => new URL(url).searchParams.get('length'))).toEqual([
      String(SIZES[0]),
      String(SIZES[2]),
    ])
    expect(new URL(parts[0]?.url ?? '').searchParams.get('expires')).toBe('600')
  })

  it('are signed again after hours and days, until a week is over', async () => {
    const { ask, time } = await startWithParts()
    const start = time.now.getTime()
    time.now = new Date(start + 6 * DAY_MS)
    expect((await ask('upload_sign_parts', { part_numbers: [2] })).status).toBe(200)
    expect((await ask('upload_show')).body.result.state).toBe('issued')
    time.now = new Date(start + 8 * DAY_MS)
    expect((await ask('upload_show')).body.result.state).toBe('expired')
    expect(faultsOf(await ask('upload_sign_parts', { part_numbers: [2] }))).toEqual([
      409,
      'Validation Error',
      { id: ['This upload is expired: request a new upload'] },
    ])
  })

  it.each([
    ['missing', undefined],
    ['none', []],
    ['beyond the last', [4]],
    ['before the first', [0]],
    ['not numbers', ['first']],
    ['more than a hundred', Array.from({ length: 101 }, () => 1)],
  ])('are not signed when their numbers are %s', async (_, part_numbers) => {
    const { ask } = await startWithParts()
    expect(faultsOf(await ask('upload_sign_parts', { part_numbers }))).toEqual([
      409,
      'Validation Error',
      { part_numbers: [expect.any(String)] },
    ])
  })

  it('are signed for a form with a single number', async () => {
    const { ask } = await startWithParts()
    expect((await ask('upload_sign_parts', { part_numbers: '2' })).body.result.parts).toHaveLength(1)
  })

  it('are listed as they have arrived', async () => {
    const { ask, send } = await startWithParts()
    expect(v.parse(uploadListParts.answer, (await ask('upload_list_parts')).body.result)).toEqual({ parts: [] })
    send(3, 1)
    expect((await ask('upload_list_parts')).body.result.parts).toEqual([
      { part_number: 1, size: SIZES[0] },
      { part_number: 3, size: SIZES[2] },
    ])
  })

  it.each(ACTIONS)('are refused to all other users: %s', async (action) => {
    const { ask, send, target, parts } = await startWithParts()
    send(1, 2, 3)
    for (const token of [READER, '', 'made-up'])
      expect((await ask(action, { part_numbers: [1] }, token)).status).toBe(403)
    expect(await parts.listParts(target)).toHaveLength(3)
  })

  it.each(ACTIONS)('are none of an upload in one request: %s', async (action) => {
    const { act } = startGateway()
    const { body } = await act('resource_upload', { id: PUBLIC_ID }, EDITOR)
    const answer = await act(action, { id: body.result.upload.id, part_numbers: [1] }, EDITOR)
    expect(faultsOf(answer)).toEqual([
      409,
      'Validation Error',
      { id: ['This upload is not in parts: put the whole file to its URL'] },
    ])
  })
})

describe('completing', () => {
  it('makes the object, and changes nothing when it is asked for again', async () => {
    const { ask, send, store, upload, stored } = await startWithParts()
    send(1, 2, 3)
    for (const _ of ['once', 'twice']) expect((await ask('upload_complete')).body.result).toEqual({ upload: stored() })
    expect(await store.head(upload.key)).toBeDefined()
    expect(stored().state).toBe('issued')
  })

  it('names missing parts, and parts of another size', async () => {
    const { ask, send, parts, target, store, upload } = await startWithParts({ size: 100 * MIB })
    send(1)
    parts.arrive(target, 5, 7)
    const faults = { parts: ['Missing: 2-4, 6-7', 'Wrong size: 5'] }
    expect(faultsOf(await ask('upload_complete'))).toEqual([409, 'Validation Error', faults])
    expect(await store.head(upload.key)).toBeUndefined()
  })

  it('is found done when its answer was lost', async () => {
    const { ask, send, parts, target } = await startWithParts()
    send(1, 2, 3)
    await parts.complete(target)
    expect((await ask('upload_complete')).status).toBe(200)
    expect(faultsOf(await ask('upload_list_parts'))).toEqual([
      409,
      'Validation Error',
      { id: ['This upload is complete'] },
    ])
  })

  it.each(['linked', 'failed', 'superseded'])('shows what became of an upload that is %s', async (state) => {
    const { ask, parts, target, store, upload, stored } = await startWithParts()
    await parts.abort(target)
    await store.put(
      `uplink/uploads/${upload.id}.json`,
      new TextEncoder().encode(JSON.stringify({ ...stored(), state })),
    )
    expect((await ask('upload_complete')).body.result.upload.state).toBe(state)
  })

  it('is refused when the store has dropped the parts', async () => {
    const { ask, send, parts, target } = await startWithParts()
    send(1, 2, 3)
    await parts.abort(target)
    const faults = { id: ['This upload was aborted, or dropped after a week: request a new upload'] }
    for (const action of ['upload_complete', 'upload_list_parts'])
      expect(faultsOf(await ask(action))).toEqual([409, 'Validation Error', faults])
  })

  it.each(['aborted', 'withdrawn'])(
    'is refused if the upload is %s meanwhile, so that no client waits for a file that is never linked',
    async (state) => {
      const { ask, send, parts, store, upload, stored } = await startWithParts()
      send(1, 2, 3)
      const { complete } = parts
      parts.complete = async (target) => {
        await store.put(
          `uplink/uploads/${upload.id}.json`,
          new TextEncoder().encode(JSON.stringify({ ...stored(), state })),
        )
        return complete(target)
      }
      expect(faultsOf(await ask('upload_complete'))).toEqual([
        409,
        'Validation Error',
        { id: [`This upload is ${state}: request a new upload`] },
      ])
    },
  )

  it('can be asked for again when the store fails', async () => {
    const { ask, send, parts, target } = await startWithParts()
    send(1, 2, 3)
    const { complete } = parts
    parts.complete = async () => {
      throw new UnavailableError('R2 could not complete.', { system: 'store' })
    }
    expect((await ask('upload_complete')).status).toBe(503)
    expect(await parts.listParts(target)).toHaveLength(3)
    parts.complete = complete
    expect((await ask('upload_complete')).status).toBe(200)
  })
})

describe('aborting', () => {
  it('drops the parts for good, once or twice', async () => {
    const { ask, send, parts, target, stored } = await startWithParts()
    send(1, 2, 3)
    for (const _ of ['once', 'twice']) expect((await ask('upload_abort')).body.result.upload.state).toBe('aborted')
    expect([await parts.listParts(target), stored().state]).toEqual([undefined, 'aborted'])
    const faults = { id: ['This upload is aborted: request a new upload'] }
    for (const action of ['upload_complete', 'upload_list_parts', 'upload_sign_parts'])
      expect(faultsOf(await ask(action, { part_numbers: [1] }))).toEqual([409, 'Validation Error', faults])
  })

  it('goes on where it was cut short', async () => {
    const { ask, parts, target, stored } = await startWithParts()
    await parts.abort(target)
    expect((await ask('upload_abort')).body.result.upload).toEqual({ ...stored(), state: 'aborted' })
  })

  it('leaves a complete file alone', async () => {
    const { ask, send, store, upload, stored } = await startWithParts()
    send(1, 2, 3)
    await ask('upload_complete')
    expect((await ask('upload_abort')).body.result.upload.state).toBe('issued')
    await store.put(
      `uplink/uploads/${upload.id}.json`,
      new TextEncoder().encode(
        JSON.stringify({
          ...stored(),
          state: 'linked',
          linked: { version: '0123456789abcdef', size: SIZE, at: '2026-01-31T11:00:05.000Z' },
        }),
      ),
    )
    expect((await ask('upload_abort')).body.result.upload.state).toBe('linked')
    expect(await store.head(upload.key)).toBeDefined()
  })
})

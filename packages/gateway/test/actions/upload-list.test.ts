import { recordKey, type UploadRecord } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { uploadList } from '../../src/actions/upload-list.ts'
import { ADMIN, EDITOR, PRIVATE_ID, PUBLIC_ID, READER, startGateway } from '../support/gateway-fixture.ts'

const idOf = (order: number): string => `019c0000-aa00-7000-8000-${String(order).padStart(12, '0')}`

async function startWithRecords(records: readonly Partial<UploadRecord>[]) {
  const gateway = startGateway()
  const put = (key: string, text: string) => gateway.store.put(key, new TextEncoder().encode(text))
  for (const [index, more] of records.entries()) {
    const id = idOf(index + 1)
    const entity = { type: 'resource', id: PUBLIC_ID } as const
    const record: UploadRecord = {
      version: 1,
      id,
      entity,
      key: `resources/api_uploads/${PUBLIC_ID}/${id}/a.csv`,
      declared: {},
      limits: {},
      state: 'issued',
      ...more,
    }
    await put(recordKey(id), JSON.stringify(record))
  }
  const list = async (fields: object = {}, token = ADMIN) => gateway.act('upload_list', fields, token)
  /** The numbers of the uploads on each page, and what the last page says is next. */
  const pages = async (fields: object, most = 10) => {
    const found: number[][] = []
    let after: string | null = null
    do {
      const { body } = await list({ ...fields, ...(after !== null && { after }) })
      const page = v.parse(uploadList.answer, body.result)
      found.push(page.uploads.map(({ id }) => Number(id.slice(-12))))
      after = page.next
    } while (after !== null && found.length < most)
    return { found, next: after }
  }
  return { ...gateway, put, list, pages }
}

describe('the list of uploads', () => {
  it('shows a sysadmin every upload, the first first', async () => {
    const { pages } = await startWithRecords([{}, { state: 'linked' }, { state: 'failed', reason: 'x' }])
    expect(await pages({})).toEqual({ found: [[1, 2, 3]], next: null })
  })

  it.each([
    ['an editor', EDITOR],
    ['a reader', READER],
    ['a stranger', 'made-up'],
  ])('is not for %s', async (_, token) => {
    const { list } = await startWithRecords([{}])
    expect(await list({}, token)).toMatchObject({ status: 403, body: { error: { __type: 'Authorization Error' } } })
  })

  it('refuses callers who are not sysadmins before it looks at their fields', async () => {
    const { act } = startGateway()
    expect((await act('upload_list', { limit: 'many' }, EDITOR)).status).toBe(403)
    expect((await act('upload_list', { limit: 'many' }, ADMIN)).status).toBe(409)
  })

  it('comes in pages, each upload once', async () => {
    const { pages } = await startWithRecords(Array.from({ length: 7 }, () => ({})))
    expect(await pages({ limit: 3 })).toEqual({ found: [[1, 2, 3], [4, 5, 6], [7]], next: null })
  })

  it('is narrowed to a state or a resource, and goes on behind what it left out', async () => {
    const other = { entity: { type: 'resource', id: PRIVATE_ID } } as const
    const { pages } = await startWithRecords([
      other,
      { state: 'linked' },
      { ...other, state: 'linked' },
      {},
      { ...other, state: 'linked' },
    ])
    expect((await pages({ state: 'linked' })).found.flat()).toEqual([2, 3, 5])
    expect((await pages({ entity: PRIVATE_ID })).found.flat()).toEqual([1, 3, 5])
    expect((await pages({ entity: PRIVATE_ID, state: 'linked', limit: 1 })).found.flat()).toEqual([3, 5])
  })

  it('calls an upload expired whose URL went by unused', async () => {
    const { pages, time } = await startWithRecords([
      { expires_at: '2026-01-31T11:30:00.000Z' },
      { expires_at: '2026-01-31T12:30:00.000Z' },
    ])
    time.now = new Date('2026-01-31T12:00:00.000Z')
    expect((await pages({ state: 'expired' })).found.flat()).toEqual([1])
    expect((await pages({ state: 'issued' })).found.flat()).toEqual([2])
  })

  it('reads a bounded number of records for a page, also for rare matches', async () => {
    const { pages } = await startWithRecords([...Array.from({ length: 1_100 }, () => ({})), { state: 'failed' }])
    expect(await pages({ state: 'failed' })).toEqual({ found: [[], [1_101]], next: null })
  })

  it('leaves out a record that is damaged, and says so in the log', async () => {
    const { put, pages, logged } = await startWithRecords([{}, {}])
    await put(recordKey(idOf(1)), 'not JSON')
    expect((await pages({})).found.flat()).toEqual([2])
    expect(logged).toContainEqual(
      expect.objectContaining({ event: 'record_unreadable', fields: expect.objectContaining({ upload: idOf(1) }) }),
    )
  })

  it.each([[{ limit: 0 }], [{ limit: 1001 }], [{ state: 'loaded' }], [{ entity: 'a/b' }]])(
    'refuses %j',
    async (fields) => {
      const { list } = await startWithRecords([])
      expect(await list(fields)).toMatchObject({
        status: 409,
        body: { error: { __type: 'Validation Error', [Object.keys(fields)[0] ?? '']: [expect.any(String)] } },
      })
    },
  )
})

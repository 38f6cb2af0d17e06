import { createHash } from 'node:crypto'
import type { JsonObject } from '@ckan-uplink/core/support'
import type { LocalHandle } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLocalEdition } from './support/local-edition.ts'

interface Part {
  readonly part_number: number
  readonly size: number
}

const PART_BYTES = 16 * 1024 ** 2
const FILE = new TextEncoder().encode('city,population\n').buffer
const ROWS = 2 * (PART_BYTES / FILE.byteLength) + 5
/** Two full parts and a short one. */
const content = new Uint8Array(await new Blob(Array.from({ length: ROWS }, () => FILE)).arrayBuffer())
const hash = `sha256:${createHash('sha256').update(content).digest('hex')}`

let local: LocalHandle

beforeAll(async () => {
  local = await openLocalEdition()
})
afterAll(() => local?.close())

async function act(
  action: string,
  params: object,
): Promise<{ readonly status: number; readonly result: JsonObject; readonly error: JsonObject }> {
  const headers = { 'Content-Type': 'application/json', Authorization: local.tokens?.editor ?? '' }
  const response = await fetch(`${local.gateway}/api/3/action/${action}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(params),
  })
  return { status: response.status, ...JSON.parse(await response.text()) }
}

/** Begins an upload of the whole file to a new resource. */
async function begin(declared: object = {}): Promise<{ readonly resource: string; readonly id: string }> {
  const { result } = await act('resource_create', { package_id: local.dataset, name: 'Population' })
  const resource = String(result['id'])
  const asked = await act('resource_upload', {
    id: resource,
    name: '都市 (1).csv',
    size: content.length,
    multipart: true,
    ...declared,
  })
  const upload = asked.result['upload'] as JsonObject
  expect(upload).toMatchObject({ url: null, part_size: PART_BYTES, part_count: 3 })
  return { resource, id: String(upload['id']) }
}

/** Sends the given bytes, or else the bytes of this part. */
async function send(
  id: string,
  numbers: readonly number[],
  bytes?: Uint8Array<ArrayBuffer>,
): Promise<readonly number[]> {
  const { result } = await act('upload_sign_parts', { id, part_numbers: numbers })
  const parts = result['parts'] as readonly {
    readonly part_number: number
    readonly url: string
    readonly headers: Record<string, string>
  }[]
  const statuses: number[] = []
  for (const { part_number, url, headers } of parts) {
    const start = (part_number - 1) * PART_BYTES
    const body = bytes ?? content.slice(start, start + PART_BYTES)
    statuses.push((await fetch(url, { method: 'PUT', headers, body })).status)
  }
  return statuses
}

async function arrived(id: string): Promise<readonly Part[]> {
  return (await act('upload_list_parts', { id })).result['parts'] as readonly Part[]
}

async function stateOf(id: string): Promise<unknown> {
  return (await act('upload_show', { id })).result['state']
}

describe('an upload in parts', () => {
  it('can be resumed with the missing parts and completed twice, and is linked once with its checksum', async () => {
    const { resource, id } = await begin({ hash, mimetype: 'text/csv' })
    expect(await send(id, [3, 1])).toEqual([200, 200])
    expect((await act('upload_complete', { id })).error).toMatchObject({ parts: ['Missing: 2'] })

    const there = new Set((await arrived(id)).map(({ part_number }) => part_number))
    expect(
      await send(
        id,
        [1, 2, 3].filter((number) => !there.has(number)),
      ),
    ).toEqual([200])

    const answers = [await act('upload_complete', { id }), await act('upload_complete', { id })]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    await expect.poll(() => stateOf(id)).toBe('linked')
    const { result } = await act('resource_show', { id: resource })
    expect(result).toMatchObject({ size: content.length, mimetype: 'text/csv', format: 'CSV', hash })
    const downloaded = await (await fetch(String(result['url']))).arrayBuffer()
    expect(`sha256:${createHash('sha256').update(new Uint8Array(downloaded)).digest('hex')}`).toBe(hash)

    for (const action of ['upload_complete', 'upload_abort'])
      expect((await act(action, { id })).result).toMatchObject({ upload: { id, state: 'linked' } })
    expect((await fetch(String(result['url']), { method: 'HEAD' })).status).toBe(200)
  })

  it('refuses a part of the wrong size and a changed URL', async () => {
    const { id } = await begin()
    expect(await send(id, [2, 3], new Uint8Array(10))).toEqual([403, 403])
    const { result } = await act('upload_sign_parts', { id, part_numbers: [3] })
    const [{ url }] = result['parts'] as readonly [{ readonly url: string }]
    const tampered = url.replace('partNumber=3', 'partNumber=2')
    expect((await fetch(tampered, { method: 'PUT', body: content.slice(2 * PART_BYTES) })).status).toBe(403)
    expect(await arrived(id)).toEqual([])
  })

  it('ends with an abort, and the resource stays unchanged', async () => {
    const { resource, id } = await begin()
    const { result } = await act('upload_sign_parts', { id, part_numbers: [3] })
    const [{ url }] = result['parts'] as readonly [{ readonly url: string }]
    for (const _ of ['once', 'twice'])
      expect((await act('upload_abort', { id })).result).toMatchObject({ upload: { id, state: 'aborted' } })
    expect((await fetch(url, { method: 'PUT', body: content.slice(2 * PART_BYTES) })).status).toBe(404)
    expect(await act('upload_complete', { id })).toMatchObject({
      status: 409,
      error: { id: ['This upload is aborted: request a new upload'] },
    })
    expect((await act('resource_show', { id: resource })).result).toMatchObject({ url: '' })
  })
})

import type { UploadRecord } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { DESCRIBED_DIRECT_ACTIONS } from '../../src/openapi/direct-actions.ts'
import { EDITOR, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'
import { answerJson, startScriptedCkan } from '../support/scripted-ckan.ts'

const MIB = 1024 ** 2
const SIZE = 40 * MIB
const CKAN_ID = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'
const GIVEN = { state: 'linked', file: { id: CKAN_ID, step: 'given' } } as const
const OF_CKAN = {
  id: CKAN_ID,
  name: 'a b.csv',
  storage: 'uplink',
  location: 'there',
  owner_type: 'resource',
  owner_id: PUBLIC_ID,
  pinned: true,
}

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** A CKAN that takes a request and never answers it. */
const SILENT = 0

/** An upload in parts whose parts have arrived. `linker` looks at its record in each pause of the gateway. */
async function begin(linker: (secondsWaited: number) => Partial<UploadRecord> | undefined, shows = 200) {
  const ckan = await startScriptedCkan(({ body }, response) => {
    if (shows === SILENT) return
    if (body.toString() === '{}') answerJson(response, 409, { success: false })
    else answerJson(response, shows, { success: shows === 200, result: OF_CKAN })
  })
  servers.push(ckan)
  const pauses: number[] = []
  const waited = () => pauses.reduce((sum, pause) => sum + pause, 0)
  const started = Date.parse('2026-01-31T11:00:00.000Z')
  const clock = {
    now: () => new Date(started + waited()),
    sleep: async (pause: number) => {
      pauses.push(pause)
      await note(linker(waited() / 1000))
    },
  }
  const gateway = startGateway({ settings: { ckanUrl: ckan.url, filesStorage: 'uplink' }, deps: { clock } })
  const { act, store, parts, calls } = gateway
  const asked = { resource_id: PUBLIC_ID, name: 'a b.csv', size: SIZE, multipart: true }
  const { id, storage_data } = (await act('files_resource_upload', asked, EDITOR)).body.result
  const key = `uplink/uploads/${id}.json`
  const record = store.json(key) as { key: string; multipart: { id: string } }
  const { part_size: partSize, part_count: partCount } = storage_data
  for (let part = 0; part < partCount; part += 1)
    parts.arrive({ key: record.key, id: record.multipart.id }, part + 1, Math.min(partSize, SIZE - part * partSize))
  async function note(change: Partial<UploadRecord> | undefined): Promise<void> {
    if (change)
      await store.put(key, new TextEncoder().encode(JSON.stringify({ ...(store.json(key) as object), ...change })))
  }
  const complete = (fields: object = {}) => act('files_multipart_complete', { id, ...fields }, EDITOR)
  return { id, complete, note, pauses, waited, calls, ckan }
}

const never = () => undefined

describe('files_multipart_complete', () => {
  it("answers with CKAN's own file as soon as the linker has registered it", async () => {
    const { complete, ckan, waited, pauses, calls } = await begin((seconds) => (seconds > 3 ? GIVEN : undefined))
    calls.length = 0
    const { status, body } = await complete()
    expect([status, body.result]).toEqual([200, OF_CKAN])
    expect(waited()).toBeLessThan(6000)
    expect(pauses.length).toBeLessThan(6)
    // It asks CKAN about the caller once, and for the file. While it waits, it asks nothing.
    expect(calls.filter((call) => call === 'mayUpdate')).toHaveLength(1)
    expect(ckan.seen.map(({ body: sent }) => sent.toString())).toEqual(['{}', JSON.stringify({ id: CKAN_ID })])
    expect(ckan.seen[1]?.headers.authorization).toBe(EDITOR)
  })

  it('waits no longer than its caller and the platform do, and then says where to ask', async () => {
    const { id, complete, ckan, waited, pauses } = await begin(never)
    const { status, body } = await complete()
    const note = expect.stringContaining('ask files_file_show with this id')
    expect([status, body.result]).toEqual([200, expect.objectContaining({ id, size: SIZE, storage_data: {}, note })])
    const schema = DESCRIBED_DIRECT_ACTIONS.find(({ name }) => name === 'files_multipart_complete')?.answer
    expect(schema && v.is(schema, body.result)).toBe(true)
    expect(waited()).toBeGreaterThan(10_000)
    expect(waited()).toBeLessThanOrEqual(15_000)
    expect(pauses.length).toBeLessThan(12)
    expect(ckan.seen).toEqual([])
  })

  it('finds the file at the next call', async () => {
    const { complete, note, pauses } = await begin(never)
    await complete()
    await note(GIVEN)
    pauses.length = 0
    expect((await complete()).body.result).toEqual(OF_CKAN)
    expect(pauses).toEqual([])
  })

  it.each([
    [{ state: 'failed', reason: 'It is not a table.' }, 'It is not a table.'],
    [{ state: 'withdrawn', withdrawn: { at: '', by: 'clamd', reason: 'It has a virus.' } }, 'It has a virus.'],
    [{ state: 'aborted' }, 'is aborted: begin a new one'],
  ] as const)('is refused with the reason that the record gives: %j', async (change, reason) => {
    const { complete } = await begin(() => change)
    const { status, body } = await complete()
    expect([status, body.error.upload]).toEqual([409, [expect.stringContaining(reason)]])
  })

  it.each([
    [{ state: 'proposed', held: 'proposed', reason: 'Somebody has to accept it.' }, 'Somebody has to accept it.'],
    [{ state: 'superseded', reason: 'A later upload is linked.' }, 'A later upload is linked.'],
    [{ state: 'linked', reason: 'CKAN refused the file.' }, 'CKAN refused the file.'],
    [{ state: 'linked', file: { step: 'given' } }, 'belongs to another owner'],
    [{ state: 'linked', file: { step: 'given', reason: 'It has no MD5.' } }, 'It has no MD5.'],
  ] as const)('does not wait for what only a person can change: %j', async (change, words) => {
    const { id, complete, pauses } = await begin(() => change)
    expect((await complete()).body.result).toMatchObject({ id, note: expect.stringContaining(words) })
    expect(pauses).toHaveLength(1)
  })

  it('names the file although CKAN does not show it to the caller', async () => {
    const { complete } = await begin(() => GIVEN, 403)
    const { status, body } = await complete()
    expect(status).toBe(200)
    expect(body.result).toMatchObject({ id: CKAN_ID, note: expect.stringContaining('Not authorized to read') })
  })

  it.each([
    ['does not wait for a CKAN that never answers, when the platform would end the request', 24_900, 1],
    ['does not ask CKAN when no time is left', 25_000, 0],
  ])('%s', async (_, pauseMs, requests) => {
    const upload = await begin(() => {
      upload.pauses.splice(0, upload.pauses.length, pauseMs)
      return GIVEN
    }, SILENT)
    const { status, body } = await upload.complete()
    expect(status).toBe(200)
    expect(body.result).toMatchObject({ id: CKAN_ID, note: expect.stringContaining('CKAN did not answer in time') })
    expect(upload.ckan.seen).toHaveLength(requests)
  })

  it('accepts the fields that have no effect in ckanext-files either', async () => {
    const { complete } = await begin(() => GIVEN)
    const { body } = await complete({ keep_storage_data: true, keep_plugin_data: true })
    expect(body.result).toEqual(OF_CKAN)
  })
})

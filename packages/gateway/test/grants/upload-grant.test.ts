import { MIB } from '@ckan-uplink/core/support'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../src/actions/index.ts'
import { uploadRecord } from '../../src/uploads/answers.ts'
import { changeBefore } from '../support/change-before.ts'
import { EDITOR, PRIVATE_ID, PUBLIC_ID, startGateway, UNKNOWN_ID } from '../support/gateway-fixture.ts'
import { GRANT_SECRET, OTHER_SECRET, signGrant } from '../support/sign-grant.ts'
import { DATASET, signUploadGrant, TO_PUBLIC } from '../support/upload-grants.ts'

const FILE = { name: 'air.csv', size: 3 }

function start(settings = {}) {
  const gateway = startGateway({ settings, deps: { grantSecrets: async () => [GRANT_SECRET] } })
  /** Begins an upload by a grant, and sends its one part. */
  const begin = async (changes: object = {}) => {
    const resource = { resource: PUBLIC_ID, ...changes }.resource
    const { body } = await gateway.act('resource_upload', { id: resource, ...FILE }, signUploadGrant({ ...changes }))
    const { id, key } = body.result.upload
    const stored = () => v.parse(uploadRecord, gateway.store.json(`uplink/uploads/${id}.json`))
    gateway.parts.arrive({ key, id: stored().multipart?.id ?? '' }, 1, FILE.size)
    return { id, key, upload: body.result.upload, stored }
  }
  return { ...gateway, begin }
}

describe('a grant for an upload', () => {
  it('begins an upload in one part, by what it says of CKAN, which is asked nothing', async () => {
    const { begin, calls, logged } = start()
    const { upload, stored } = await begin()
    expect(upload).toMatchObject({ url: null, part_count: 1, part_size: 16 * MIB, status_key: expect.any(String) })
    expect(stored()).toMatchObject({
      requested_by: 'grace',
      requested_by_id: 'grace-id',
      entity: { type: 'resource', id: PUBLIC_ID, dataset_id: DATASET, owner_org: TO_PUBLIC.owner_org },
      previous_url: TO_PUBLIC.url,
      previous_last_modified: TO_PUBLIC.last_modified,
    })
    expect(calls).toEqual([])
    expect(logged).toContainEqual(expect.objectContaining({ fields: expect.objectContaining({ by: 'grace' }) }))
  })

  it('gives a URL for one piece to a caller who asks for it, once CKAN has the resource', async () => {
    const { act, calls } = start()
    const ask = async (claims = {}, id = PUBLIC_ID) => {
      const wanted = { id, ...FILE, multipart: false }
      return (await act('resource_upload', wanted, signUploadGrant({ resource: id, ...claims }))).body.result
    }
    const { presigned_url, upload } = await ask()
    expect(presigned_url).toBe(upload.url)
    expect(upload).toMatchObject({ method: 'PUT', url: expect.stringMatching(/^https:/u) })
    expect((await ask({ is_new: true, url: '' }, UNKNOWN_ID)).upload).toMatchObject({ url: null, part_count: 1 })
    expect(calls).toEqual(['signUpload'])
  })

  it('also works after the word Bearer', async () => {
    expect(
      (await start().act('resource_upload', { id: PUBLIC_ID, ...FILE }, `Bearer ${signUploadGrant()}`)).status,
    ).toBe(200)
  })

  it('signs and lists parts, shows the record and completes the upload, and CKAN is asked nothing', async () => {
    const { begin, act, calls } = start()
    const { id } = await begin()
    const ask = async (action: string, fields = {}) =>
      (await act(action, { id, ...fields }, signUploadGrant())).body.result
    expect((await ask('upload_sign_parts', { part_numbers: [1] })).parts).toHaveLength(1)
    expect((await ask('upload_list_parts')).parts).toEqual([{ part_number: 1, size: FILE.size }])
    expect(await ask('upload_show')).toMatchObject({ id, state: 'issued' })
    for (const _ of ['first', 'again']) expect((await ask('upload_complete')).upload).toMatchObject({ id })
    expect(calls).toEqual([])
  })

  it('aborts the upload', async () => {
    const { begin, act } = start()
    const { id } = await begin()
    expect((await act('upload_abort', { id }, signUploadGrant())).body.result.upload.state).toBe('aborted')
  })

  it('is for uploads that its user requested', async () => {
    const { begin, act } = start()
    const { id } = await begin()
    const { body } = await act('resource_upload', { id: PUBLIC_ID, ...FILE, multipart: true }, EDITOR)
    const others = signUploadGrant({ uid: 'another', sub: 'another' })
    for (const action of ['upload_show', 'upload_list_parts', 'upload_complete', 'upload_abort']) {
      expect((await act(action, { id }, others)).status).toBe(403)
      expect((await act(action, { id: body.result.upload.id }, signUploadGrant())).status).toBe(403)
    }
    expect((await act('upload_sign_parts', { id, part_numbers: [1] }, others)).status).toBe(403)
  })

  it('is for one resource', async () => {
    const { begin, act } = start()
    const { id } = await begin()
    const grant = signUploadGrant({ resource: PRIVATE_ID })
    expect((await act('resource_upload', { id: PUBLIC_ID, ...FILE }, grant)).status).toBe(403)
    for (const action of ['upload_show', 'upload_list_parts', 'upload_complete', 'upload_abort'])
      expect((await act(action, { id }, grant)).status).toBe(403)
  })

  it('is refused by every other action and route, and CKAN is asked nothing', async () => {
    const { act, send, calls } = start()
    const token = signUploadGrant()
    const others = ACTIONS.filter(({ grants }) => !grants).map(({ name }) => name)
    expect(others).toContain('upload_remove')
    for (const action of [...others, 'package_show', 'resource_patch', 'help_show'])
      expect((await act(action, { id: PUBLIC_ID }, token)).status).toBe(403)
    for (const path of [`/resource/${PUBLIC_ID}/download/a.csv`, '/uploads/1', '/api/3/action/resource_show'])
      expect((await send(path, { token })).status).toBe(403)
    expect(calls).toEqual([])
  })

  it.each<[string, string]>([
    ['has expired', signUploadGrant({ iat: 1, exp: 300 })],
    ['is for another gateway', signUploadGrant({ aud: 'https://other.example.org' })],
    ['is a grant to read', signGrant({ claims: { scope: 'read', version: '0123456789abcdef' } })],
    ['has an unknown scope', signUploadGrant({ scope: 'load' })],
    ['names no user', signUploadGrant({ uid: '' })],
    ['says nothing of the URL', signUploadGrant({ url: undefined })],
    ['says more than it may', signUploadGrant({ sysadmin: true })],
    ['is not signed by CKAN', signGrant({ claims: TO_PUBLIC, secret: OTHER_SECRET })],
    ['names no algorithm', signGrant({ claims: TO_PUBLIC, header: { alg: 'none' } })],
  ])('is refused if it %s', async (_, grant) => {
    const { act, calls, store } = start()
    const { status, body } = await act('resource_upload', { id: PUBLIC_ID, ...FILE }, grant)
    expect([status, body.error.message]).toEqual([403, expect.stringMatching(/This grant is not valid\. /u)])
    expect([calls, store.keys()]).toEqual([[], []])
  })

  it('is refused where the gateway shares no secret with CKAN, and as a token of CKAN it never counts', async () => {
    const without = startGateway()
    expect((await without.act('resource_upload', { id: PUBLIC_ID, ...FILE }, signUploadGrant())).status).toBe(403)
    const unmarked = signGrant({ claims: TO_PUBLIC, header: { typ: 'JWT' } })
    expect((await start().act('resource_upload', { id: PUBLIC_ID, ...FILE }, unmarked)).status).toBe(403)
  })

  it('counts as a request of its user', async () => {
    const { act } = start({ requestsPerMinute: 1 })
    const ask = async () => (await act('resource_upload', { id: PUBLIC_ID, ...FILE }, signUploadGrant())).status
    expect([await ask(), await ask()]).toEqual([200, 429])
  })
})

describe('a grant for the upload of a form', () => {
  const SAVED = { url: '', last_modified: null }

  it('waits with a new resource until CKAN has saved the form', async () => {
    const { begin, act } = start()
    const fresh = { resource: UNKNOWN_ID, url: '', last_modified: null, format: '', is_new: true }
    const { id } = await begin(fresh)
    const early = await act('upload_complete', { id }, signUploadGrant(fresh))
    expect([early.status, early.body.error.message]).toEqual([403, expect.stringMatching(/Save its form first/u)])
    const saved = signUploadGrant({ ...fresh, is_new: undefined, scope: 'complete', upload: id })
    expect((await act('upload_complete', { id }, saved)).status).toBe(200)
  })

  it('notes what CKAN shows after the form, so that the save counts as no later change', async () => {
    const { begin, act } = start()
    const { id, stored } = await begin()
    const saved = signUploadGrant({ ...SAVED, scope: 'complete', upload: id })
    expect((await act('upload_complete', { id }, saved)).status).toBe(200)
    expect(stored()).toMatchObject({ previous_url: '', previous_last_modified: null, state: 'issued' })
  })

  it('notes it also when another program changes the record at the same moment', async () => {
    const { begin, act, store } = start()
    const { id, stored } = await begin()
    changeBefore(store, id)
    const saved = signUploadGrant({ ...SAVED, scope: 'complete', upload: id })
    expect((await act('upload_complete', { id }, saved)).status).toBe(200)
    expect(stored()).toMatchObject({ previous_url: '', reason: expect.stringContaining('meanwhile') })
  })

  it('completes nothing while the record keeps changing', async () => {
    const { begin, act, store } = start()
    const { id, key } = await begin()
    changeBefore(store, id, Number.POSITIVE_INFINITY)
    const saved = signUploadGrant({ ...SAVED, scope: 'complete', upload: id })
    expect((await act('upload_complete', { id }, saved)).status).toBe(503)
    expect(await store.head(key)).toBeUndefined()
  })

  it('notes nothing more once the file is there', async () => {
    const { begin, act } = start()
    const { id, stored } = await begin()
    const saved = (changes: object) => signUploadGrant({ ...SAVED, ...changes, scope: 'complete', upload: id })
    await act('upload_complete', { id }, saved({}))
    expect((await act('upload_complete', { id }, saved({ url: 'https://example.org/by-a-person' }))).status).toBe(200)
    expect(stored()).toMatchObject({ previous_url: '' })
  })

  it('notes what the last save shows, when the form is saved again before the file has arrived', async () => {
    const gateway = startGateway({ deps: { grantSecrets: async () => [GRANT_SECRET] } })
    const asked = { id: PUBLIC_ID, name: 'air.csv', size: 3 }
    const { id, key } = (await gateway.act('resource_upload', asked, signUploadGrant(SAVED))).body.result.upload
    const stored = () => v.parse(uploadRecord, gateway.store.json(`uplink/uploads/${id}.json`))
    const saved = (url: string) => signUploadGrant({ ...SAVED, url, scope: 'complete', upload: id })
    expect((await gateway.act('upload_complete', { id }, saved('https://example.org/first'))).status).toBe(409)
    expect(stored().previous_url).toBe('https://example.org/first')
    gateway.parts.arrive({ key, id: stored().multipart?.id ?? '' }, 1, asked.size)
    const late = await gateway.act('upload_complete', { id }, saved('https://example.org/again'))
    expect([late.status, stored().previous_url]).toEqual([200, 'https://example.org/again'])
  })

  it('is for one upload, and for its completion alone', async () => {
    const { begin, act } = start()
    const [one, other] = [await begin(), await begin()]
    const grant = signUploadGrant({ scope: 'complete', upload: other.id })
    expect((await act('upload_complete', { id: one.id }, grant)).status).toBe(403)
    for (const action of ['upload_show', 'upload_list_parts', 'upload_abort'])
      expect((await act(action, { id: other.id }, grant)).status).toBe(403)
    expect((await act('resource_upload', { id: PUBLIC_ID, ...FILE }, grant)).status).toBe(403)
  })
})

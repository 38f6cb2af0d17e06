import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../src/actions/index.ts'
import { DATASET_ID, OWNER_ORG, PRIVATE_ID, PUBLIC_ID } from '../support/gateway-fixture.ts'
import { OTHER_SECRET, signGrant } from '../support/sign-grant.ts'
import { startWithFiles } from '../support/start-versions.ts'
import { signUploadGrant } from '../support/upload-grants.ts'

async function start() {
  const scene = await startWithFiles(3)
  const url = scene.resources.get(PUBLIC_ID)?.url ?? ''
  scene.calls.length = 0
  /** What CKAN's plugin has seen in CKAN. */
  const shown = {
    sub: 'grace',
    uid: 'grace-id',
    resource: PUBLIC_ID,
    dataset: DATASET_ID,
    owner_org: OWNER_ORG,
    url,
    last_modified: '2026-01-31T10:00:00',
    format: 'CSV',
  }
  const toLook = (claims: object = {}) => signGrant({ claims: { ...shown, scope: 'versions', ...claims } })
  const toRestore = (upload: string | undefined, claims: object = {}, secret?: string) =>
    signGrant({ claims: { ...shown, scope: 'restore', upload, ...claims }, ...(secret && { secret }) })
  return { ...scene, shown, toLook, toRestore }
}

describe('what CKAN’s plugin states for a person who looks at earlier files', () => {
  it('lists the versions of the resource with all their facts, and CKAN is asked nothing', async () => {
    const { list, toLook, ids, calls } = await start()
    const { body } = await list({ limit: 2 }, toLook())
    expect(body.result).toMatchObject({
      versions: [
        { upload: ids[0], state: 'current', by: 'emma' },
        { upload: ids[1], state: 'replaced', by: 'emma' },
      ],
      next: ids[1],
    })
    expect(calls).toEqual([])
  })

  it('opens one of them', async () => {
    const { list, toLook, ids, calls } = await start()
    const { versions } = (await list({ upload: ids[2] }, toLook())).body.result
    expect(versions).toMatchObject([{ upload: ids[2], open_url: expect.stringContaining(ids[2] ?? '') }])
    expect(calls).toEqual(['signDownload'])
  })

  it('restores one of them as this person, over exactly what CKAN showed', async () => {
    const { restore, toRestore, ids, stored, calls, shown, logged } = await start()
    const { status, body } = await restore(ids[2], {}, toRestore(ids[2]))
    expect(status).toBe(200)
    expect(stored(body.result.upload.id)).toMatchObject({
      state: 'issued',
      restored_from: ids[2],
      requested_by: 'grace',
      requested_by_id: 'grace-id',
      entity: { type: 'resource', id: PUBLIC_ID, dataset_id: DATASET_ID, owner_org: OWNER_ORG },
      previous_url: shown.url,
      previous_last_modified: shown.last_modified,
      only_if_unchanged: true,
    })
    expect(body.result.upload.id > (ids[0] ?? '')).toBe(true)
    expect(calls).toEqual([])
    const fields = expect.objectContaining({ from: ids[2], by: 'grace' })
    expect(logged).toContainEqual(expect.objectContaining({ event: 'upload_restored', fields }))
  })

  it('restores nothing that was withdrawn meanwhile, and not the present file', async () => {
    const { restore, toRestore, ids, change, store } = await start()
    await change(ids[1] ?? '', { state: 'withdrawn', withdrawn: { at: '2026-01-31T11:00:00.000Z' } })
    const before = store.keys()
    expect((await restore(ids[1], {}, toRestore(ids[1]))).status).toBe(410)
    expect((await restore(ids[0], {}, toRestore(ids[0]))).body.error.upload).toEqual(['CKAN shows this file already'])
    expect(store.keys()).toEqual(before)
  })

  it('is worth nothing when it is forged, has expired, or is about something else', async () => {
    const { act, ids, toLook, toRestore, store } = await start()
    const [, wanted, other] = ids
    const restore = { id: PUBLIC_ID, upload: wanted }
    const past = { iat: 1_700_000_000, exp: 1_700_000_060 }
    const before = store.keys()
    const attempts: readonly (readonly [string, object, string])[] = [
      ['resource_restore', restore, toRestore(wanted, {}, OTHER_SECRET)],
      ['resource_restore', restore, toRestore(wanted, past)],
      ['resource_restore', restore, toRestore(wanted, { aud: 'https://other.example.org' })],
      ['resource_restore', restore, toRestore(wanted, { uid: undefined })],
      ['resource_restore', restore, toRestore(other)],
      ['resource_restore', restore, toRestore(wanted, { resource: PRIVATE_ID })],
      ['resource_restore', { ...restore, id: PRIVATE_ID }, toRestore(wanted)],
      ['resource_restore', restore, toLook()],
      ['resource_restore', restore, toLook({ upload: wanted })],
      ['resource_restore', restore, signUploadGrant()],
      ['resource_restore', restore, toRestore(wanted, { scope: 'complete' })],
      ['resource_restore', restore, toRestore(wanted, { scope: 'accept' })],
      ['resource_versions', { id: PUBLIC_ID }, toLook(past)],
      ['resource_versions', { id: PRIVATE_ID }, toLook()],
      ['resource_versions', { id: PUBLIC_ID }, toLook({ resource: PRIVATE_ID })],
      ['resource_versions', { id: PUBLIC_ID }, toRestore(wanted)],
      ['resource_versions', { id: PUBLIC_ID }, signUploadGrant()],
    ]
    for (const [index, [action, fields, statement]] of attempts.entries())
      expect([index, (await act(action, fields, statement)).status]).toEqual([index, 403])
    expect(store.keys()).toEqual(before)
  })

  it('is no token and no grant for other actions', async () => {
    const { act, ids, toLook, toRestore } = await start()
    const others = ACTIONS.map(({ name }) => name).filter((name) => !/^resource_(?:versions|restore)$/u.test(name))
    for (const statement of [toLook(), toRestore(ids[1])])
      for (const action of [...others, 'package_show'])
        expect([action, (await act(action, { id: PUBLIC_ID }, statement)).status]).toEqual([action, 403])
  })
})

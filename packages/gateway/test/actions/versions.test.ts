import { versionOf } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { resourceRestore } from '../../src/actions/resource-restore.ts'
import { resourceVersions } from '../../src/actions/resource-versions.ts'
import { EDITOR, GATEWAY, PRIVATE_ID, PUBLIC_ID, READER, resource } from '../support/gateway-fixture.ts'
import { startWithFiles } from '../support/start-versions.ts'

const REASON = 'It holds names of persons.'

describe('resource_versions', () => {
  it('lists the newest file first, and says who uploaded it, when, its size and its address', async () => {
    const { list, ids } = await startWithFiles(3)
    const { status, body } = await list()
    expect(status).toBe(200)
    const { versions, next } = v.parse(resourceVersions.answer, body.result)
    expect(versions.map(({ upload, state }) => [upload, state])).toEqual([
      [ids[0], 'current'],
      [ids[1], 'replaced'],
      [ids[2], 'replaced'],
    ])
    expect(versions[2]).toMatchObject({
      name: 'file-1.csv',
      size: 10,
      mimetype: 'text/csv',
      hash: `sha256:${'a'.repeat(64)}`,
      by: 'emma',
      at: '2026-01-31T11:00:30.000Z',
      url: expect.stringMatching(`^${GATEWAY}/resource/${PUBLIC_ID}/download/${ids[2]}/[0-9a-f]{16}/file-1.csv$`),
    })
    expect(next).toBeNull()
  })

  it('opens each address for a user who may update the resource', async () => {
    const { list, send } = await startWithFiles(2)
    const { versions } = (await list()).body.result
    for (const { url } of versions) {
      const response = await send(url.slice(GATEWAY.length), { token: EDITOR })
      expect([200, 302]).toContain(response.status)
    }
  })

  it('gives pages, and says where the next one begins', async () => {
    const { list, ids } = await startWithFiles(5)
    const pages: string[][] = []
    let after: string | null = null
    do {
      const { body } = await list({ limit: 2, after })
      const page: v.InferOutput<typeof resourceVersions.answer> = v.parse(resourceVersions.answer, body.result)
      pages.push(page.versions.map(({ upload }) => upload))
      after = page.next
    } while (after !== null)
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)])
  })

  it('reads no more records than a page needs', async () => {
    const { list, store, settings } = await startWithFiles(60)
    const read: string[] = []
    const { get } = store
    store.get = (key, ...rest) => {
      read.push(key)
      return get(key, ...rest)
    }
    await list({ limit: 3 })
    expect(read.length).toBeLessThanOrEqual(Math.max(3, settings.storeConcurrency))
  })

  it('gives one version with a URL that opens it without a token', async () => {
    const { list, ids } = await startWithFiles(2)
    const { versions, next } = v.parse(resourceVersions.answer, (await list({ upload: ids[1] })).body.result)
    expect(versions).toMatchObject([
      { upload: ids[1], state: 'replaced', open_url: expect.stringContaining(`${ids[1]}`) },
    ])
    expect(next).toBeNull()
    expect((await list()).body.result.versions[1]).not.toHaveProperty('open_url')
  })

  it('says what CKAN shows: a file of the list, or an address that is none', async () => {
    const { list, ids, resources } = await startWithFiles(1)
    const { url } = resources.get(PUBLIC_ID) ?? {}
    expect((await list()).body.result.shown).toEqual({ url, last_modified: null, upload: ids[0] })
    const theirs = { url: 'https://example.org/x', lastModified: '2026-02-01T09:00:00' }
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, theirs))
    expect((await list()).body.result.shown).toEqual({ url: theirs.url, last_modified: theirs.lastModified })
  })

  it('gives no URL of a file that is gone, was withdrawn, or had its key used again', async () => {
    const { list, act, store, stored, ids } = await startWithFiles(4)
    const [, gone = '', used = '', withdrawn = ''] = ids
    await store.remove(stored(gone).key)
    await store.put(stored(used).key, new TextEncoder().encode('other'))
    await act('upload_remove', { id: withdrawn, reason: REASON }, EDITOR)
    for (const upload of [gone, used, withdrawn]) {
      const { versions } = (await list({ upload })).body.result
      expect(versions).toMatchObject([{ upload }])
      expect(versions[0]).not.toHaveProperty('open_url')
    }
  })

  it.each([
    [
      'another resource',
      async ({ act, link, list }: Scene) => {
        const { body } = await act('resource_upload', { id: PRIVATE_ID, name: 'secret.csv' }, EDITOR)
        const { id } = body.result.upload
        await link(id)
        return list({ upload: id })
      },
    ],
    ['an upload that was never linked', async ({ upload, list }: Scene) => list({ upload: await upload('waits.csv') })],
    ['an unknown upload', async ({ list }: Scene) => list({ upload: '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22' })],
  ])('gives no version of %s', async (_, ask) => {
    expect((await ask(await startWithFiles(1))).status).toBe(404)
  })

  it('leaves out uploads that CKAN never showed', async () => {
    const { list, upload, ids } = await startWithFiles(1)
    await upload('waits.csv')
    expect((await list()).body.result.versions).toMatchObject([{ upload: ids[1] }])
  })

  it('keeps a withdrawn file in the list after its bytes are gone: who, when and why', async () => {
    const { list, act, store, stored, ids } = await startWithFiles(2)
    const withdrawn = ids[1] ?? ''
    expect((await act('upload_remove', { id: withdrawn, reason: REASON }, EDITOR)).status).toBe(200)
    await store.remove(stored(withdrawn).key)
    const { versions } = (await list()).body.result
    expect(versions[1]).toMatchObject({
      upload: withdrawn,
      state: 'withdrawn',
      withdrawn: { by: 'emma', reason: REASON },
    })
    expect(versions[1]).not.toHaveProperty('url')
  })

  it('lists the file at the plain key last', async () => {
    const { list, store, ids } = await startWithFiles(1)
    const key = `resources/api_uploads/${PUBLIC_ID}`
    const etag = (await store.put(key, new TextEncoder().encode('old'))) ?? ''
    const record = {
      version: 1,
      id: `plain-${PUBLIC_ID}`,
      entity: { type: 'resource', id: PUBLIC_ID },
      key,
      declared: {},
      limits: {},
      state: 'linked',
      linked: { version: await versionOf(etag), size: 3, at: '2025-01-31T11:00:00.000Z' },
    }
    await store.put(`uplink/uploads/${record.id}.json`, new TextEncoder().encode(JSON.stringify(record)))
    expect((await list()).body.result.versions).toMatchObject([
      { upload: ids[0], state: 'current' },
      { upload: record.id, state: 'replaced', size: 3 },
    ])
  })

  it('is refused for a user who may not update the resource, and for an unknown page', async () => {
    const { list } = await startWithFiles(1)
    expect((await list({}, READER)).status).toBe(403)
    expect((await list({ after: '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22' })).status).toBe(404)
  })

  it('is for readers as well with PUBLIC_VERSIONS, without the names of users and their reasons', async () => {
    const { list, act, send, ids } = await startWithFiles(3, { publicVersions: true })
    await act('upload_remove', { id: ids[1], reason: REASON }, EDITOR)
    const { versions } = v.parse(resourceVersions.answer, (await list({}, READER)).body.result)
    expect(versions).toMatchObject([
      { upload: ids[0], state: 'current' },
      { upload: ids[1], state: 'withdrawn', withdrawn: { at: expect.any(String) } },
      { upload: ids[2], state: 'replaced', size: 10 },
    ])
    expect(JSON.stringify(versions)).not.toMatch(/emma|names of persons/u)
    const { result } = (await list({ upload: ids[2] }, READER)).body
    expect(result.versions).toMatchObject([{ upload: ids[2], open_url: expect.any(String) }])
    const withdrawn = (await list({ upload: ids[1] }, READER)).body.result
    expect(withdrawn.versions).toMatchObject([{ upload: ids[1], state: 'withdrawn' }])
    expect(JSON.stringify([result, withdrawn])).not.toMatch(/emma|names of persons/u)
    const address = versions[2]?.url?.slice(GATEWAY.length) ?? ''
    expect([200, 302]).toContain((await send(address, { token: READER })).status)
    expect((await list()).body.result.versions[1]).toMatchObject({ by: 'emma', withdrawn: { reason: REASON } })
  })

  it('hides a private resource from users who may not read it, also with PUBLIC_VERSIONS', async () => {
    const { act } = await startWithFiles(1, { publicVersions: true })
    expect((await act('resource_versions', { id: PRIVATE_ID }, READER)).status).toBe(403)
  })
})

describe('resource_restore', () => {
  it('copies an earlier file to a new upload, which the linker checks like any other', async () => {
    const { restore, store, stored, ids } = await startWithFiles(2)
    const { status, body } = await restore(ids[1])
    expect(status).toBe(200)
    const { upload } = v.parse(resourceRestore.answer, body.result)
    expect(upload.id > (ids[0] ?? '')).toBe(true)
    expect(upload).toEqual(stored(upload.id))
    expect(upload).toMatchObject({
      state: 'issued',
      restored_from: ids[1],
      requested_by: 'emma',
      declared: { name: 'file-1.csv', size: 10, mimetype: 'text/csv', format: 'TSV', hash: `sha256:${'a'.repeat(64)}` },
    })
    const copy = await store.get(upload.key)
    expect(new TextDecoder().decode(copy?.bytes)).toBe('file-1.csv')
    expect(copy?.object.contentType).toBe('text/csv')
    expect(await store.head(stored(ids[1] ?? '').key)).toBeDefined()
  })

  it('replaces only the file that CKAN shows at the time of the request', async () => {
    const { restore, resources, ids } = await startWithFiles(2)
    const { body } = await restore(ids[1])
    expect(body.result.upload.previous_url).toBe(resources.get(PUBLIC_ID)?.url)
  })

  it('replaces only what the caller has seen, if the caller says it', async () => {
    const { restore, list, resources, stored, store, ids } = await startWithFiles(2)
    const { shown } = (await list()).body.result
    const { body } = await restore(ids[1], { replaces: shown })
    expect(stored(body.result.upload.id)).toMatchObject({ previous_url: shown.url, only_if_unchanged: true })
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url: 'https://example.org/x' }))
    const before = store.keys()
    const late = await restore(ids[1], { replaces: shown })
    expect([late.status, Object.keys(late.body.error)]).toEqual([409, ['replaces', '__type']])
    expect(store.keys()).toEqual(before)
  })

  it('shows in the list where the file came from, once it is linked', async () => {
    const { restore, link, list, ids } = await startWithFiles(2)
    const { id } = (await restore(ids[1])).body.result.upload
    await link(id)
    expect((await list()).body.result.versions.map((found: { state: string }) => found.state)).toEqual([
      'current',
      'replaced',
      'replaced',
    ])
    expect((await list({ limit: 1 })).body.result.versions).toMatchObject([{ upload: id, restored_from: ids[1] }])
  })

  it('asks CKAN each time whether the caller may update the resource', async () => {
    const { restore, authorizer, ids, store } = await startWithFiles(2)
    await restore(ids[1])
    const before = store.keys()
    Object.assign(authorizer, { mayUpdate: async () => false })
    expect((await restore(ids[1])).status).toBe(403)
    expect(store.keys()).toEqual(before)
  })

  it('answers 410 for a withdrawn file, and copies nothing', async () => {
    const { restore, act, ids, store } = await startWithFiles(2)
    await act('upload_remove', { id: ids[1], reason: REASON }, EDITOR)
    const before = store.keys()
    expect((await restore(ids[1])).status).toBe(410)
    expect(store.keys()).toEqual(before)
  })

  it('withdraws the copy as well if a user withdraws the file during the copy', async () => {
    const scene = await startWithFiles(2)
    const { store, act, restore, ids, stored } = scene
    const { put } = store
    store.put = async (key, bytes, options) => {
      const isCopy = key.startsWith('resources/')
      if (isCopy) {
        store.put = put
        await act('upload_remove', { id: ids[1], reason: REASON }, EDITOR)
      }
      return put(key, bytes, options)
    }
    const { upload } = (await restore(ids[1])).body.result
    expect(upload).toMatchObject({ state: 'withdrawn', withdrawn: { reason: REASON } })
    expect(stored(upload.id).state).toBe('withdrawn')
  })

  it.each([
    ['the file that CKAN shows', async ({ ids }: Scene) => ids[0], 409],
    ['an upload that was never linked', ({ upload }: Scene) => upload('waits.csv'), 404],
    ['an unknown upload', async () => '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22', 404],
    ['a path', async () => '../secrets', 409],
    [
      'a file whose bytes were removed',
      async ({ ids, store, stored }: Scene) => {
        await store.remove(stored(ids[1] ?? '').key)
        return ids[1]
      },
      404,
    ],
    [
      'a key under which another file was put',
      async ({ ids, store, stored }: Scene) => {
        await store.put(stored(ids[1] ?? '').key, new TextEncoder().encode('other'))
        return ids[1]
      },
      409,
    ],
  ])('does not restore %s', async (_, choose, status) => {
    const scene = await startWithFiles(2)
    const chosen = await choose(scene)
    const before = scene.store.keys()
    expect((await scene.restore(chosen)).status).toBe(status)
    expect(scene.store.keys()).toEqual(before)
  })

  it('leaves nothing behind if the file disappears right before the copy', async () => {
    const { restore, store, stored, ids } = await startWithFiles(2)
    const { key } = stored(ids[1] ?? '')
    const { get } = store
    store.get = async (asked, range) => (asked === key ? undefined : get(asked, range))
    const before = store.keys()
    expect((await restore(ids[1])).status).toBe(404)
    expect(store.keys()).toEqual(before)
  })
})

type Scene = Awaited<ReturnType<typeof startWithFiles>>

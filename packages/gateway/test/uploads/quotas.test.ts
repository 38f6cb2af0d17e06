import type { Settings } from '@ckan-uplink/core/settings'
import { versionOf, writeLimits } from '@ckan-uplink/core/uploads'
import { describe, expect, it } from 'vitest'
import { EDITOR, GATEWAY, OWNER_ORG, PUBLIC_ID, resource, startGateway } from '../support/gateway-fixture.ts'

const DATASET = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'
const HOUR_MS = 3_600_000

function startWith(settings: Partial<Settings>) {
  const gateway = startGateway({ settings: { maxUploadBytes: 1000, ...settings } })
  const upload = (fields: object = {}) =>
    gateway.act('resource_upload', { id: PUBLIC_ID, name: 'a.csv', ...fields }, EDITOR)
  let requests = 0
  const uploadMany = (sizes: readonly number[], fields: object = {}) => {
    requests += 1
    const request = `4f7c2a90-6d0b-4e0f-9c55-${String(requests).padStart(12, '0')}`
    const files = sizes.map((size, index) => ({ name: `${index}.csv`, size }))
    return gateway.act('dataset_upload', { id: DATASET, request, files, ...fields }, EDITOR)
  }
  const reservations = () => gateway.store.keys().filter((key) => key.startsWith('uplink/quotas/'))
  return { ...gateway, upload, uploadMany, reservations }
}

describe('the quota of an organization', () => {
  it('refuses the upload that exceeds it, and says how much there is and what to do', async () => {
    const { upload } = startWith({ quotaBytes: 100 })
    expect((await upload({ size: 60 })).status).toBe(200)
    const { status, body } = await upload({ size: 60 })
    expect(status).toBe(409)
    expect(body.error.quota).toEqual([
      'The organization may have 100 bytes and has 60, open uploads included. This adds 60.',
      expect.stringContaining('ask the operator'),
    ])
    expect((await upload({ size: 40 })).status).toBe(200)
  })

  it('counts an undeclared size as the largest that is allowed', async () => {
    expect((await startWith({ quotaBytes: 999 }).upload()).status).toBe(409)
    expect((await startWith({ quotaBytes: 1000 }).upload()).status).toBe(200)
  })

  it('limits the number of files', async () => {
    const { upload, uploadMany } = startWith({ quotaFiles: 3 })
    expect((await uploadMany([1, 1])).status).toBe(200)
    expect((await upload({ size: 1 })).status).toBe(200)
    expect((await upload({ size: 1 })).body.error.quota[0]).toContain('may have 3 files and has 3')
  })

  it('refuses many files as a whole before CKAN is written', async () => {
    const { uploadMany, calls, store } = startWith({ quotaBytes: 100 })
    const before = store.keys()
    const { status, body } = await uploadMany([50, 51])
    expect([status, body.error.quota[0]]).toEqual([409, expect.stringContaining('This adds 101')])
    expect(calls).not.toContain('addResources')
    expect(store.keys()).toEqual(before)
  })

  it('does not count a repeated request twice', async () => {
    const { act, reservations } = startWith({ quotaBytes: 100 })
    const fields = {
      id: DATASET,
      request: '4f7c2a90-6d0b-4e0f-9c55-3a1b7d2e8f10',
      files: [{ name: 'a.csv', size: 90 }],
    }
    for (const _ of [1, 2]) expect((await act('dataset_upload', fields, EDITOR)).status).toBe(200)
    expect(reservations()).toHaveLength(1)
  })

  it('lets a full organization replace a file by a file of the same size', async () => {
    const { upload, uploadMany, resources, store } = startWith({ quotaBytes: 100, quotaFiles: 1 })
    const { body } = await upload({ size: 100 })
    const { id, key } = body.result.upload
    const etag = (await store.put(key, new Uint8Array(100))) ?? ''
    const url = `${GATEWAY}/resource/${PUBLIC_ID}/download/${id}/${await versionOf(etag)}/a.csv`
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { name: '0.csv', url, size: 100 }))
    expect((await upload({ size: 100 })).status).toBe(200)
    expect((await uploadMany([100], { replace_by: 'name' })).status).toBe(200)
    expect((await upload({ size: 101 })).status).toBe(409)
    expect((await uploadMany([100])).status).toBe(409)
  })

  it('has room again when an upload in parts is aborted, and when its time is over', async () => {
    const { upload, act, time, reservations } = startWith({ quotaBytes: 100 })
    const { body } = await upload({ size: 90, multipart: true })
    expect((await upload({ size: 90 })).status).toBe(409)
    await act('upload_abort', { id: body.result.upload.id }, EDITOR)
    expect(reservations()).toEqual([])
    expect((await upload({ size: 90 })).status).toBe(200)
    time.now = new Date(time.now.getTime() + 27 * HOUR_MS)
    expect((await upload({ size: 90 })).status).toBe(200)
  })

  it('is the limit that the operator gave this organization', async () => {
    const { upload, store } = startWith({ quotaBytes: 100 })
    await writeLimits(store, OWNER_ORG, { bytes: null })
    expect((await upload({ size: 900 })).status).toBe(200)
    await writeLimits(store, OWNER_ORG, { bytes: 10, files: 5 })
    expect((await upload({ size: 11 })).status).toBe(409)
  })

  it('does not hold for a dataset that no organization owns', async () => {
    const { upload, authorizer, reservations } = startWith({ quotaBytes: 10 })
    const showDataset = authorizer.showDataset
    authorizer.showDataset = async (...asked) => {
      const { ownerOrg: _, ...dataset } = await showDataset(...asked)
      return dataset
    }
    expect((await upload({ size: 900 })).status).toBe(200)
    expect(reservations()).toEqual([])
  })

  it('costs no call of the bucket when it is off', async () => {
    const { upload, store, reservations } = startWith({})
    const read: string[] = []
    const { get, list } = store
    store.get = (key, range) => {
      read.push(key)
      return get(key, range)
    }
    store.list = (prefix, options) => {
      read.push(prefix)
      return list(prefix, options)
    }
    const { body } = await upload({ size: 1 })
    expect(read.filter((key) => key.startsWith('uplink/quotas'))).toEqual([])
    expect(reservations()).toEqual([])
    expect(store.json(`uplink/uploads/${body.result.upload.id}.json`)).not.toHaveProperty('reserved')
  })
})

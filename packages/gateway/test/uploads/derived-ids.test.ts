import { isResourceId, isUploadId, timeOfUploadId } from '@ckan-uplink/core/uploads'
import { describe, expect, it } from 'vitest'
import { deriveIds } from '../../src/uploads/derived-ids.ts'

const AT = Date.UTC(2026, 0, 31)

describe('the ids of a file of a request', () => {
  it('are the same each time, and ids as CKAN and the bucket take them', async () => {
    const [first, second] = [
      await deriveIds('emma', 'dataset', 'request', 0),
      await deriveIds('emma', 'dataset', 'request', 0),
    ]
    expect([first.resourceId, first.uploadId(AT)]).toEqual([second.resourceId, second.uploadId(AT)])
    expect([isResourceId(first.resourceId), isUploadId(first.uploadId(AT))]).toEqual([true, true])
    expect(first.resourceId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
    expect(timeOfUploadId(first.uploadId(AT))).toBe(AT)
  })

  it('differ for another user, dataset, request or place in the list', async () => {
    const facts = [
      ['emma', 'dataset', 'request', 0],
      ['ada', 'dataset', 'request', 0],
      ['emma', 'other', 'request', 0],
      ['emma', 'dataset', 'other', 0],
      ['emma', 'dataset', 'request', 1],
    ] as const
    const all = await Promise.all(facts.map((each) => deriveIds(...each)))
    expect(new Set(all.map(({ resourceId }) => resourceId)).size).toBe(facts.length)
    expect(new Set(all.map((ids) => ids.uploadId(AT).slice(14))).size).toBe(facts.length)
  })

  it('are greater than the id of the upload that CKAN shows, unless it is the same upload', async () => {
    const [ids, others] = [await deriveIds('emma', 1), await deriveIds('ada', 2)]
    const ahead = others.uploadId(AT + 5000)
    const later = ids.uploadId(AT, ahead)
    expect(later > ahead).toBe(true)
    expect(ids.uploadId(AT, later)).toBe(later)
    expect(ids.uploadId(AT, ids.uploadId(AT))).toBe(ids.uploadId(AT))
    expect(ids.uploadId(AT, others.uploadId(AT - 1))).toBe(ids.uploadId(AT))
  })
})

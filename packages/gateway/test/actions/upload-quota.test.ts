import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { uploadQuota } from '../../src/actions/upload-quota.ts'
import { EDITOR, OWNER_ORG, PUBLIC_ID, READER, startGateway } from '../support/gateway-fixture.ts'

describe('upload_quota', () => {
  it('shows what an organization has and may have, with one call to CKAN beside the question who asks', async () => {
    const { act, calls } = startGateway({ settings: { quotaBytes: 100 } })
    await act('resource_upload', { id: PUBLIC_ID, name: 'a.csv', size: 60 }, EDITOR)
    calls.splice(0)
    const { status, body } = await act('upload_quota', { organization: 'city' }, EDITOR)
    expect(status).toBe(200)
    expect(v.parse(uploadQuota.answer, body.result)).toEqual({
      organization: OWNER_ORG,
      limits: { bytes: 100, files: null },
      used: { bytes: 0, files: 0 },
      counted_at: null,
      reserved: { bytes: 60, files: 1 },
    })
    expect(calls).toEqual(['whoami', 'findOrganization'])
  })

  it('is for users who may create datasets there', async () => {
    const { act } = startGateway({ settings: { quotaBytes: 100 } })
    expect((await act('upload_quota', { organization: 'city' }, READER)).status).toBe(403)
    expect((await act('upload_quota', { organization: 'elsewhere' }, EDITOR)).status).toBe(403)
  })

  it('says so where there are no limits', async () => {
    const { act } = startGateway()
    const { status, body } = await act('upload_quota', { organization: 'city' }, EDITOR)
    expect([status, body.error]).toEqual([409, expect.objectContaining({ organization: [expect.any(String)] })])
  })
})

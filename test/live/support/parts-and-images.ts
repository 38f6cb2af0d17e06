import { createHash, randomBytes } from 'node:crypto'
import type { UploadRecord } from '@ckan-uplink/core/uploads'
import { pngOf } from '@ckan-uplink/testing'
import { expect, it } from 'vitest'
import { type CkanCalls, only } from '../../support/ckan-calls.ts'
import type { GatewayCalls, Ticket } from './gateway-calls.ts'

/** A whole deployment on any cloud, with a CKAN. */
export interface PartsAndImagesRoad
  extends Pick<GatewayCalls, 'ask' | 'uploadInParts'>,
    Pick<CkanCalls, 'act' | 'newDataset' | 'resource'> {
  settled(ticket: Ticket): Promise<UploadRecord>
  /** Fetches an address of the deployed gateway and follows redirects. */
  open(url: string): Promise<Response>
}

/** Tests uploads in parts and images, which every cloud has to support. */
export function testPartsAndImages(road: () => PartsAndImagesRoad, adminToken: () => string): void {
  it('takes a file in parts in any order, links it and serves it', async () => {
    const resource = only(await road().newDataset())
    const content = randomBytes(2 * 16 * 1024 ** 2 + 5)
    const hash = `sha256:${createHash('sha256').update(content).digest('hex')}`
    const ticket = await road().uploadInParts(resource, content, { name: 'large.bin', hash })
    expect(await road().settled(ticket)).toMatchObject({
      state: 'linked',
      linked: { size: content.length, checksum: hash },
    })
    const answer = await road().open((await road().resource(resource)).url)
    expect(content.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true)
  })

  it("shows an organization's new image in CKAN and to anybody", async () => {
    const { act, ask, open } = road()
    const { id } = await act('organization_create', { name: `uplink-${crypto.randomUUID()}`, title: 'Title' }, 'admin')
    try {
      const image = Buffer.from(pngOf(64, 32))
      const asked = await ask('organization_upload', { id, name: 'logo.png', size: image.length }, adminToken())
      const { url, headers } = asked.body.result.upload
      expect((await fetch(url, { method: 'PUT', headers, body: image })).ok).toBe(true)
      const shown = async () => (await act('organization_show', { id }, 'admin')).image_url
      await expect.poll(shown).toContain(`/images/organization/${id}/`)
      const answer = await open(await shown())
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
      expect(image.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true)
    } finally {
      await act('organization_delete', { id }, 'admin')
    }
  })
}

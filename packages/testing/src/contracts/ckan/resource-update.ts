import { describe, expect, it } from 'vitest'
import { type CkanApi, only, withoutTimes } from './ckan-subject.ts'

const FULL = {
  url: 'http://example.org/old.pdf',
  name: 'Report',
  description: 'A description',
  resource_type: 'file',
  mimetype: 'application/pdf',
  mimetype_inner: 'text/plain',
  format: 'PDF',
  hash: 'old-hash',
  size: 5,
  last_modified: '2024-01-01T00:00:00',
  cache_url: 'http://example.org/cache',
  custom_extra: 'mine',
  nested_extra: { a: [1, 'two'] },
}

/** What `resource_update` does to fields that it isn't sent, and what `resource_patch` doesn't. */
export function describeResourceUpdate(ckan: () => CkanApi): void {
  describe('resource_update', () => {
    it('wipes the description, types and custom fields that are not sent, and keeps the stale rest', async () => {
      const id = only(await ckan().newDataset([FULL]))
      await ckan().result('resource_update', { id, url: 'http://example.org/new', format: 'text/csv; charset=utf-8' })
      const after = await ckan().resource(id)
      expect(after).toMatchObject({
        url: 'http://example.org/new',
        description: null,
        resource_type: null,
        mimetype: null,
        mimetype_inner: null,
      })
      expect(after).toMatchObject({
        name: 'Report',
        hash: 'old-hash',
        size: 5,
        last_modified: '2024-01-01T00:00:00',
        cache_url: 'http://example.org/cache',
      })
      expect(after).not.toHaveProperty('custom_extra')
      expect(after).not.toHaveProperty('nested_extra')
    })

    it('leaves the resource an upload, and so its URL in CKAN, when only the URL is sent', async () => {
      const id = only(await ckan().newDataset([{ url: 'my file (1).CSV', url_type: 'upload' }]))
      await ckan().result('resource_update', { id, url: 'https://bucket.example.org/some/key.csv' })
      const after = await ckan().resource(id)
      expect(after.url_type).toBe('upload')
      expect(after.url).toMatch(new RegExp(`/dataset/[^/]+/resource/${id}/download/key.csv$`, 'u'))
    })

    it('empties the URL that is not sent', async () => {
      const id = only(await ckan().newDataset([FULL]))
      await ckan().result('resource_update', { id })
      expect((await ckan().resource(id)).url).toBe('')
    })

    it('keeps the flag of the loader if it is not sent, and takes a new flag', async () => {
      const id = only(await ckan().newDataset([FULL]))
      await ckan().result('resource_patch', { id, datastore_active: true })
      // With the DataStore, CKAN shows false for a resource without a table.
      const { datastore_active } = await ckan().resource(id)
      await ckan().result('resource_update', { id, url: FULL.url })
      expect(await ckan().resource(id)).toMatchObject({ datastore_active })
      await ckan().result('resource_update', { id, url: FULL.url, datastore_active: false })
      expect(await ckan().resource(id)).toMatchObject({ datastore_active: false })
    })

    it('looks for the resource before it asks who is asking', async () => {
      const reply = await ckan().call('resource_update', { id: crypto.randomUUID(), url: '' }, 'anonymous')
      expect(reply.status).toBe(404)
      expect(reply.body.error.__type).toBe('Not Found Error')
    })
  })

  describe('resource_patch', () => {
    it('keeps everything that is not sent', async () => {
      const id = only(await ckan().newDataset([FULL]))
      const before = withoutTimes(await ckan().resource(id))
      await ckan().result('resource_patch', { id, url: 'http://example.org/new', size: 7 })
      expect(withoutTimes(await ckan().resource(id))).toEqual({ ...before, url: 'http://example.org/new', size: 7 })
    })

    it('takes null for "leave it" in most fields, and for "empty it" in a few', async () => {
      const id = only(await ckan().newDataset([{ ...FULL, url_type: 'upload' }]))
      await ckan().result('resource_patch', {
        id,
        url_type: null,
        size: null,
        last_modified: null,
        hash: null,
        name: null,
        cache_url: null,
      })
      expect(await ckan().resource(id)).toMatchObject({
        url_type: 'upload',
        size: 5,
        last_modified: FULL.last_modified,
        hash: 'old-hash',
        name: 'Report',
      })
      await ckan().result('resource_patch', { id, description: null, mimetype: null, mimetype_inner: null })
      expect(await ckan().resource(id)).toMatchObject({ description: null, mimetype: null, mimetype_inner: null })
    })

    it("takes '' for url_type to make a link of an upload", async () => {
      const id = only(await ckan().newDataset([{ url: 'report.pdf', url_type: 'upload' }]))
      await ckan().result('resource_patch', { id, url: 'https://files.example.org/report.pdf', url_type: '' })
      expect(await ckan().resource(id)).toMatchObject({ url: 'https://files.example.org/report.pdf', url_type: '' })
    })

    it('names the field of the one resource when it refuses', async () => {
      const id = (await ckan().newDataset([{}, {}])).resourceIds[1] ?? ''
      const reply = await ckan().call('resource_patch', { id, size: 'big', last_modified: 'yesterday' })
      expect(reply.status).toBe(409)
      expect(reply.body.error).toEqual({
        size: ['Invalid integer'],
        last_modified: ['Date format incorrect'],
        __type: 'Validation Error',
      })
    })

    it('asks for an id', async () => {
      expect(await ckan().call('resource_patch', { url: 'http://example.org' })).toMatchObject({
        status: 409,
        body: { error: { __type: 'Validation Error' } },
      })
    })
  })
}

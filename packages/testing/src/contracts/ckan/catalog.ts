import { createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import {
  type Catalog,
  NotAllowedError,
  type Resource,
  type ResourceFields,
  TokenInvalidError,
  UnavailableError,
} from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkanApi, type CkanSubject, createCkanApi, type OwnDataset, only, withoutTimes } from './ckan-subject.ts'

const FIELDS: ResourceFields = {
  url: 'https://files.example.org/resource/report.pdf?v=0123456789abcdef',
  url_type: '',
  mimetype: 'application/pdf',
  size: 12_345,
  last_modified: '2024-05-06T07:08:09',
  format: 'PDF',
  hash: `sha256:${'ab'.repeat(32)}`,
}

/** What the `Catalog` port promises, over the product's own client. */
export function describeCatalog(name: string, start: () => Promise<CkanSubject>): void {
  describe(`Catalog on ${name}`, () => {
    let ckan: CkanApi
    let catalog: Catalog
    const catalogWith = (token: string, url = ckan.url) =>
      createCatalog(createCkanClient({ url, concurrency: 8, timeoutMs: 20_000 }), { token, loader: 'xloader' })

    beforeAll(async () => {
      ckan = createCkanApi(await start())
      catalog = catalogWith(ckan.tokens.admin)
    })
    afterAll(() => ckan.close())

    async function read(dataset: OwnDataset): Promise<readonly Resource[]> {
      return (await catalog.readDataset(dataset.id))?.resources ?? []
    }

    async function readFirst(dataset: OwnDataset): Promise<Resource> {
      const [resource] = await read(dataset)
      if (resource === undefined) throw new Error(`The dataset ${dataset.id} has no resource.`)
      return resource
    }

    it('reads a dataset with its resources in order, and CKAN’s own time', async () => {
      const own = await ckan.newDataset([
        { name: 'a' },
        { name: 'b', url: 'http://example.org/b', size: 7, hash: 'h', format: 'PDF', url_type: 'upload' },
      ])
      const dataset = await catalog.readDataset(own.id)
      const empty = { url: '', urlType: null, format: '', mimetype: null, size: null, hash: '', lastModified: null }
      const { owner_org: ownerOrg } = await ckan.dataset(own.id)
      expect(dataset).toMatchObject({ id: own.id, state: 'active', private: false, ownerOrg })
      expect(dataset?.resources[0]).toEqual({
        id: own.resourceIds[0],
        datasetId: own.id,
        state: 'active',
        name: 'a',
        metadataModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/u),
        ...empty,
      })
      expect(dataset?.resources[1]).toMatchObject({
        id: own.resourceIds[1],
        name: 'b',
        size: 7,
        hash: 'h',
        format: 'PDF',
        urlType: 'upload',
      })
      expect(Math.abs((dataset?.readAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    it('tells by metadata_modified, and not by last_modified, that a person wrote another URL', async () => {
      const dataset = await ckan.newDataset([{ url: 'http://example.org/a', last_modified: '2024-05-06T07:08:09' }])
      const before = await readFirst(dataset)
      await ckan.result('resource_patch', { id: before.id, url: 'http://example.org/b' })
      const after = await readFirst(dataset)
      expect(after).toMatchObject({ url: 'http://example.org/b', lastModified: before.lastModified })
      expect(String(after.metadataModified) > String(before.metadataModified)).toBe(true)
    })

    it('reads private and deleted datasets too, and says which they are', async () => {
      expect(await catalog.readDataset((await ckan.newDataset([], { private: true })).id)).toMatchObject({
        private: true,
        resources: [],
      })
      const { id } = await ckan.newDataset()
      await ckan.result('package_delete', { id })
      expect(await catalog.readDataset(id)).toMatchObject({ id, state: 'deleted' })
    })

    it('says undefined of a dataset or resource that is not there', async () => {
      expect(await catalog.readDataset(crypto.randomUUID())).toBeUndefined()
      expect(await catalog.findDataset(crypto.randomUUID())).toBeUndefined()
    })

    it('finds the dataset that holds a resource', async () => {
      const own = await ckan.newDataset()
      expect(await catalog.findDataset(only(own))).toBe(own.id)
    })

    it('writes the fields of an upload and nothing else', async () => {
      const own = await ckan.newDataset([
        { name: 'a', description: 'Words', custom: { x: 1 }, url: 'http://example.org/a.xls' },
        { name: 'b', custom: '12' },
      ])
      const before = withoutTimes(await ckan.dataset(own.id))
      expect(await catalog.revise(own.id, [{ resource: await readFirst(own), fields: FIELDS }])).toEqual({
        kind: 'written',
      })
      const resources = [{ ...before.resources[0], ...FIELDS }, before.resources[1]]
      expect(withoutTimes(await ckan.dataset(own.id))).toEqual({ ...before, resources })
      expect((await read(own))[0]).toMatchObject({ url: FIELDS.url, lastModified: FIELDS.last_modified })
    })

    it('changes only the URL when only a URL is given', async () => {
      const own = await ckan.newDataset([
        { format: 'CSV', hash: 'h', size: 7, last_modified: FIELDS.last_modified, url: 'http://example.org/a' },
      ])
      const before = withoutTimes(await ckan.dataset(own.id))
      const { url } = FIELDS
      await catalog.revise(own.id, [{ resource: await readFirst(own), fields: { url } }])
      const resources = [{ ...before.resources[0], url }]
      expect(withoutTimes(await ckan.dataset(own.id))).toEqual({ ...before, resources })
      expect((await readFirst(own)).lastModified).toBe(FIELDS.last_modified)
    })

    it('leaves format and hash alone when they are not given', async () => {
      const own = await ckan.newDataset([{ format: 'GTFS', hash: 'h' }])
      const { format: _, hash: __, ...fields } = FIELDS
      await catalog.revise(own.id, [{ resource: await readFirst(own), fields }])
      expect(await ckan.resource(only(own))).toMatchObject({ format: 'GTFS', hash: 'h', url: FIELDS.url })
    })

    it.each([
      'http://example.org/?a="b"',
      'true',
      '12',
      'http://example.org/日本語 (1).csv',
      'http://example.org/a%20b',
      "http://x/'",
    ])('compares with the URL %s as it was read', async (url) => {
      const own = await ckan.newDataset([{ url }])
      expect(await catalog.revise(own.id, [{ resource: await readFirst(own), fields: FIELDS }])).toEqual({
        kind: 'written',
      })
    })

    it('writes many resources at once, or none of them', async () => {
      const own = await ckan.newDataset(Array.from({ length: 5 }, () => ({})))
      const resources = await read(own)
      const changes = resources.map((resource, index) => ({ resource, fields: { ...FIELDS, size: index } }))
      expect(await catalog.revise(own.id, changes)).toEqual({ kind: 'written' })
      expect((await read(own)).map((resource) => resource.size)).toEqual([0, 1, 2, 3, 4])
      const stale = changes.slice(0, 1)
      const fresh = (await read(own)).slice(1).map((resource) => ({ resource, fields: { ...FIELDS, size: 99 } }))
      expect(await catalog.revise(own.id, [...stale, ...fresh])).toEqual({ kind: 'conflict' })
      expect((await read(own)).map((resource) => resource.size)).toEqual([0, 1, 2, 3, 4])
    })

    it.each([
      ['the URL', { url: 'http://example.org/person' }],
      ['last_modified', { last_modified: '2020-01-01T00:00:00' }],
    ])('is in conflict when somebody changed %s since', async (_, change) => {
      const own = await ckan.newDataset([{ url: 'http://example.org/a' }])
      const resource = await readFirst(own)
      await ckan.result('resource_patch', { id: resource.id, ...change })
      expect(await catalog.revise(own.id, [{ resource, fields: FIELDS }])).toEqual({ kind: 'conflict' })
    })

    it('goes through when somebody changed anything else', async () => {
      const own = await ckan.newDataset([{ url: 'http://example.org/a' }])
      const resource = await readFirst(own)
      await ckan.result('resource_patch', { id: resource.id, name: 'Theirs', custom: 'theirs' })
      expect(await catalog.revise(own.id, [{ resource, fields: FIELDS }])).toEqual({ kind: 'written' })
      expect(await ckan.resource(resource.id)).toMatchObject({ name: 'Theirs', custom: 'theirs', url: FIELDS.url })
    })

    it('is in conflict when the resource or the dataset is gone', async () => {
      const own = await ckan.newDataset([{}, {}])
      const resource = await readFirst(own)
      await ckan.result('resource_delete', { id: resource.id })
      expect(await catalog.revise(own.id, [{ resource, fields: FIELDS }])).toEqual({ kind: 'conflict' })
      expect(await catalog.revise(crypto.randomUUID(), [{ resource, fields: FIELDS }])).toEqual({ kind: 'conflict' })
    })

    it('says which resource CKAN refused, in its words', async () => {
      const own = await ckan.newDataset([{}, {}, {}])
      const resources = await read(own)
      const changes = resources
        .slice(0, 2)
        .map((resource, index) => ({ resource, fields: index === 1 ? { ...FIELDS, last_modified: 'never' } : FIELDS }))
      const revision = await catalog.revise(own.id, changes)
      expect(revision).toEqual({
        kind: 'refused',
        resourceIds: expect.arrayContaining([own.resourceIds[1]]),
        message: expect.stringContaining('Date format incorrect'),
      })
      expect(revision).not.toMatchObject({ resourceIds: expect.arrayContaining([own.resourceIds[2]]) })
      expect((await read(own)).map((resource) => resource.url)).toEqual(['', '', ''])
    })

    it('lets one of two writers win', async () => {
      const own = await ckan.newDataset()
      const resource = await readFirst(own)
      const revisions = await Promise.all(
        Array.from({ length: 4 }, (_, size) => catalog.revise(own.id, [{ resource, fields: { ...FIELDS, size } }])),
      )
      expect(revisions.map(({ kind }) => kind).sort()).toEqual(['conflict', 'conflict', 'conflict', 'written'])
    })

    it('distinguishes an unknown token from a token without permission', async () => {
      const own = await ckan.newDataset([{}], { private: true })
      const change = { resource: await readFirst(own), fields: FIELDS }
      await expect(catalogWith('made-up').readDataset(own.id)).rejects.toThrow(TokenInvalidError)
      await expect(catalogWith('made-up').revise(own.id, [change])).rejects.toThrow(TokenInvalidError)
      await expect(catalogWith(ckan.tokens.outsider).readDataset(own.id)).rejects.toThrow(NotAllowedError)
      await expect(catalogWith(ckan.tokens.member).revise(own.id, [change])).rejects.toThrow(NotAllowedError)
    })

    it('is unavailable if no server answers', async () => {
      await expect(catalogWith(ckan.tokens.admin, 'http://127.0.0.1:1').readDataset('x')).rejects.toThrow(
        UnavailableError,
      )
    })

    it('submits to the loader where there is one', async () => {
      const own = await ckan.newDataset([{ url: `${ckan.url}/no-such-file.csv`, format: 'CSV' }])
      if (ckan.xloader === true) expect(await catalog.submit(only(own))).toBe(true)
      else await expect(catalog.submit(only(own))).rejects.toThrow(/xloader_submit/u)
    })
  })
}

import { createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import type { Catalog, Resource } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkanApi, type CkanSubject, createCkanApi, type OwnDataset, only } from './ckan-subject.ts'

/** The views of resources, over the product's own client. CKAN has its plugin `image_view`. */
export function describeViews(name: string, start: () => Promise<CkanSubject>): void {
  describe(`the views on ${name}`, () => {
    let ckan: CkanApi
    let catalog: Catalog
    beforeAll(async () => {
      ckan = createCkanApi(await start())
      catalog = createCatalog(createCkanClient({ url: ckan.url, concurrency: 8, timeoutMs: 20_000 }), {
        token: ckan.tokens.admin,
      })
    })
    afterAll(() => ckan.close())

    const typesOf = async (own: OwnDataset): Promise<readonly string[]> =>
      (await ckan.result('resource_view_list', { id: only(own) })).map(
        ({ view_type: type }: { readonly view_type: string }) => type,
      )

    /** A dataset whose resource got its file and format by `package_revise`. */
    async function linked(format: string): Promise<{ readonly own: OwnDataset; readonly resource: Resource }> {
      const own = await ckan.newDataset([{}])
      const path = `update__resources__${only(own)}`
      await ckan.result('package_revise', { match: { id: own.id }, [path]: { url: `https://example.org/a`, format } })
      const [resource] = (await catalog.readDataset(own.id))?.resources ?? []
      if (resource === undefined) throw new Error('The dataset has no resource.')
      return { own, resource }
    }

    it('are not created by package_revise', async () => {
      expect(await typesOf((await linked('PNG')).own)).toEqual([])
    })

    it('are created once, and nothing else of the dataset changes', async () => {
      const { own, resource } = await linked('PNG')
      const before = await ckan.dataset(own.id)
      expect(await catalog.createViews(resource)).toBe(1)
      expect(await catalog.createViews(resource)).toBe(0)
      expect(await typesOf(own)).toEqual(['image_view'])
      expect(await ckan.dataset(own.id)).toEqual(before)
    })

    it('are created for a second resource of a format, when the first had them', async () => {
      const own = await ckan.newDataset([{ url: 'https://example.org/a', format: 'GIF' }])
      const created = await ckan.result('resource_create', {
        package_id: own.id,
        url: 'https://example.org/b',
        format: 'GIF',
      })
      const has = (await catalog.readDataset(own.id))?.resources.find(({ id }) => id === created.id)
      expect(has && (await catalog.createViews(has))).toBe(0)
      expect(await catalog.createViews((await linked('GIF')).resource)).toBe(1)
    })

    it('are not created for a format without a view', async () => {
      const { own, resource } = await linked('PDF')
      expect(await catalog.createViews(resource)).toBe(0)
      expect(await typesOf(own)).toEqual([])
    })

    it('are created only with a token that may update the dataset', async () => {
      const { resource } = await linked('PNG')
      const client = createCkanClient({ url: ckan.url, concurrency: 8, timeoutMs: 20_000 })
      const { member } = ckan.tokens
      await expect(createCatalog(client, { token: member }).createViews(resource)).rejects.toMatchObject({
        name: 'NotAllowedError',
      })
    })
  })
}

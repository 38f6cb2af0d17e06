import { createCkanClient, createDatasetLister } from '@ckan-uplink/ckan'
import { type Dataset, TokenInvalidError } from '@ckan-uplink/core'
import type { DatasetLister } from '@ckan-uplink/core/operations'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkanApi, type CkanSubject, createCkanApi, type OwnDataset, only } from './ckan-subject.ts'

/** What every `DatasetLister` promises. Its tests leave their datasets there. */
export function describeDatasetLister(name: string, start: () => Promise<CkanSubject>): void {
  describe(`DatasetLister on ${name}`, { timeout: 60_000 }, () => {
    let ckan: CkanApi
    let lister: DatasetLister
    const listerWith = (token: string) =>
      createDatasetLister(createCkanClient({ url: ckan.url, concurrency: 2, timeoutMs: 20_000 }), { token })
    beforeAll(async () => {
      ckan = createCkanApi(await start())
      lister = listerWith(ckan.tokens.admin)
    })
    afterAll(() => ckan.close())
    const list = async (
      options?: Parameters<DatasetLister['datasets']>[0],
      from = lister,
    ): Promise<readonly Dataset[]> => {
      const found: Dataset[] = []
      for await (const dataset of from.datasets(options)) found.push(dataset)
      return found
    }
    const idsOf = (datasets: readonly Pick<Dataset, 'id'>[]) => datasets.map(({ id }) => id)

    it('gives every dataset once, in the order of their ids, over several pages', async () => {
      const own: OwnDataset[] = []
      for (let made = 0; made < 3; made += 1) own.push(await ckan.newDataset())
      while ((await list()).length <= 100) await Promise.all(Array.from({ length: 10 }, () => ckan.newDataset()))
      const ids = idsOf(await list())
      expect(ids).toEqual([...new Set(ids)].sort())
      expect(ids).toEqual(expect.arrayContaining(idsOf(own)))
    })

    it('shows a dataset as package_show does', async () => {
      const own = await ckan.newDataset([{ url: 'https://example.org/a.csv', format: 'CSV' }, { name: 'b' }])
      const [first = '', second = ''] = own.resourceIds
      const shown = (await list()).find(({ id }) => id === own.id)
      expect(shown).toMatchObject({ state: 'active', private: false })
      expect(shown?.resources).toMatchObject([
        { id: first, datasetId: own.id, state: 'active', url: 'https://example.org/a.csv', format: 'CSV' },
        { id: second, url: '' },
      ])
      expect(Math.abs((shown?.readAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    it('shows private datasets and drafts to a sysadmin, and deleted datasets to no caller', async () => {
      const hidden = await ckan.newDataset([{}], { private: true })
      const draft = await ckan.newDataset([{}], { state: 'draft' })
      const deleted = await ckan.newDataset([{}])
      await ckan.result('package_delete', { id: deleted.id })
      const states = new Map((await list()).map(({ id, state }) => [id, state]))
      expect([hidden, draft, deleted].map(({ id }) => states.get(id))).toEqual(['active', 'draft', undefined])
      const seen = idsOf(await list({}, listerWith(ckan.tokens.outsider)))
      expect([hidden, draft, deleted].filter(({ id }) => seen.includes(id))).toEqual([])
    })

    it('continues after an id, even if its dataset no longer exists', async () => {
      const ids = idsOf(await list())
      const middle = ids[Math.floor(ids.length / 2)] ?? ''
      expect(idsOf(await list({ after: middle }))).toEqual(ids.filter((id) => id > middle))
      expect(idsOf(await list({ after: `${middle}"\\` }))).toEqual(ids.filter((id) => id > middle))
      expect(await list({ after: 'zzzzzzzz' })).toEqual([])
    })

    it('lists only datasets that changed since then, including changes of resources', async () => {
      const [old, changed] = [await ckan.newDataset(), await ckan.newDataset()]
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const since = new Date()
      await ckan.result('resource_patch', { id: only(changed), description: 'changed' })
      const ids = idsOf(await list({ since }))
      expect(ids).toContain(changed.id)
      expect(ids).not.toContain(old.id)
    })

    it('knows a dataset again that was deleted and not purged by its id alone, and a deleted resource not at all', async () => {
      const [deleted, other] = [await ckan.newDataset(), await ckan.newDataset()]
      await ckan.result('package_delete', { id: deleted.id })
      await ckan.result('resource_delete', { id: only(other) })
      expect(await ckan.result('package_show', { id: deleted.id }, 'admin')).toMatchObject({
        state: 'deleted',
        resources: [{ state: 'active' }],
      })
      expect(await ckan.resource(only(deleted))).toMatchObject({ package_id: deleted.id })
      expect((await ckan.call('resource_show', { id: only(other) }, 'admin')).status).toBe(404)
    })

    it('takes a token that CKAN does not know for an error, not for an empty CKAN', async () => {
      await expect(list({}, listerWith('made-up'))).rejects.toThrow(TokenInvalidError)
    })
  })
}

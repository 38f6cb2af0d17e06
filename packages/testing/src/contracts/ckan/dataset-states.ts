import { describe, expect, it } from 'vitest'
import { type CkanApi, only, withoutTimes } from './ckan-subject.ts'

const revise = (id: string, resourceId: string) => ({
  match: { id },
  [`update__resources__${resourceId}`]: { name: 'revised' },
  include: '-*',
})

/** Writes that change nothing; drafts, deleted and private datasets; ids. */
export function describeDatasetStates(ckan: () => CkanApi): void {
  describe('a write that changes nothing', () => {
    it.each([
      ['resource_patch', (_: string, id: string) => ({ id })],
      [
        'package_revise',
        (datasetId: string, id: string) => ({
          match: { id: datasetId },
          [`update__resources__${id}`]: { name: 'same' },
        }),
      ],
      ['package_revise', (datasetId: string) => ({ match: { id: datasetId } })],
    ])('moves metadata_modified by %s up to 2.11, and does nothing in 2.12', async (action, params) => {
      const dataset = await ckan().newDataset([{ name: 'same' }])
      const before = await ckan().dataset(dataset.id)
      await ckan().result(action, params(dataset.id, only(dataset)))
      const after = await ckan().dataset(dataset.id)
      expect(after.metadata_modified === before.metadata_modified).toBe(ckan().version === '2.12')
      expect(withoutTimes(after)).toEqual(withoutTimes(before))
    })
  })

  describe('states of a dataset', () => {
    it('shows a draft to editors, not to outsiders, and leaves it a draft when it is revised', async () => {
      const dataset = await ckan().newDataset([{}], { state: 'draft' })
      expect((await ckan().call('package_show', { id: dataset.id }, 'outsider')).status).toBe(403)
      await ckan().result('package_revise', revise(dataset.id, only(dataset)))
      expect(await ckan().result('package_show', { id: dataset.id })).toMatchObject({
        state: 'draft',
        resources: [{ name: 'revised' }],
      })
    })

    it('lets an editor write to a deleted dataset, which stays deleted', async () => {
      const dataset = await ckan().newDataset()
      await ckan().result('package_delete', { id: dataset.id })
      await ckan().result('package_revise', revise(dataset.id, only(dataset)))
      await ckan().result('resource_patch', { id: only(dataset), description: 'patched' })
      const after = await ckan().dataset(dataset.id)
      expect(after).toMatchObject({ state: 'deleted', resources: [{ name: 'revised', description: 'patched' }] })
    })

    it('answers 403 for a hidden private dataset, and 404 only if the dataset does not exist', async () => {
      const dataset = await ckan().newDataset([{}], { private: true })
      for (const who of ['outsider', 'anonymous'] as const) {
        expect((await ckan().call('package_show', { id: dataset.id }, who)).status).toBe(403)
        expect((await ckan().call('resource_show', { id: only(dataset) }, who)).status).toBe(403)
        expect((await ckan().call('package_show', { id: crypto.randomUUID() }, who)).status).toBe(404)
        expect((await ckan().call('resource_show', { id: crypto.randomUUID() }, who)).status).toBe(404)
      }
      expect((await ckan().call('resource_show', { id: only(dataset) }, 'member')).status).toBe(200)
    })

    it('does not know a deleted resource any more', async () => {
      const dataset = await ckan().newDataset([{}, {}])
      const [gone = '', kept = ''] = dataset.resourceIds
      await ckan().result('resource_delete', { id: gone })
      expect((await ckan().dataset(dataset.id)).resources).toMatchObject([{ id: kept, position: 0 }])
      for (const action of ['resource_show', 'resource_patch'])
        expect((await ckan().call(action, { id: gone }, 'admin')).status).toBe(404)
      const reply = await ckan().call('package_revise', revise(dataset.id, gone))
      expect(reply.body.error).toEqual({
        [`resources__${gone}`]: [`Unmatched key ${gone}`],
        __type: 'Validation Error',
      })
    })

    it('forgets a dataset that a sysadmin purges, its resources included', async () => {
      const dataset = await ckan().newDataset()
      expect((await ckan().call('dataset_purge', { id: dataset.id })).status).toBe(403)
      await ckan().result('dataset_purge', { id: dataset.id }, 'admin')
      expect((await ckan().call('package_show', { id: dataset.id }, 'admin')).status).toBe(404)
      expect((await ckan().call('resource_show', { id: only(dataset) }, 'admin')).status).toBe(404)
    })

    it('finds a dataset by its name as by its id', async () => {
      const dataset = await ckan().newDataset()
      expect((await ckan().dataset(dataset.name)).id).toBe(dataset.id)
    })
  })

  describe('resource_create', () => {
    it('takes an id that the caller chose, and no URL', async () => {
      const dataset = await ckan().newDataset([{}])
      const id = crypto.randomUUID()
      const created = await ckan().result('resource_create', { package_id: dataset.id, id, name: 'mine' })
      expect(created).toMatchObject({
        id,
        package_id: dataset.id,
        name: 'mine',
        url: '',
        format: '',
        position: 1,
        state: 'active',
        last_modified: null,
      })
      expect(await ckan().resource(id)).toEqual(created)
    })

    it('takes ids that are no UUID in 2.10 alone', async () => {
      const dataset = await ckan().newDataset([])
      const id = `my own id_${Date.now()}-${Math.random().toString(36).slice(2)}`
      const reply = await ckan().call('resource_create', { package_id: dataset.id, id })
      if (ckan().version === '2.10') expect(reply.body.result.id).toBe(id)
      else expect(reply).toMatchObject({ status: 409, body: { error: { id: ['Invalid id provided'] } } })
      const tooShort = await ckan().call('resource_create', { package_id: dataset.id, id: 'abc' })
      expect(tooShort).toMatchObject({ status: 409, body: { error: { id: [expect.any(String)] } } })
    })

    it('overwrites the resource that has the id already, and moves it to the end with a gap', async () => {
      const dataset = await ckan().newDataset([{ name: 'first' }, { name: 'other' }])
      const [id = '', other = ''] = dataset.resourceIds
      expect((await ckan().call('resource_create', { package_id: dataset.id, id, name: 'second' })).status).toBe(200)
      const { resources } = await ckan().dataset(dataset.id)
      expect(resources).toMatchObject([
        { id: other, name: 'other', position: 1 },
        { id, name: 'second', position: 2 },
      ])
    })

    it('damages a dataset in 2.12 by that: the next revision loses another resource', async () => {
      const dataset = await ckan().newDataset([{ name: 'first' }, { name: 'other' }])
      const [id = '', other = ''] = dataset.resourceIds
      await ckan().call('resource_create', { package_id: dataset.id, id, name: 'second' })
      expect((await ckan().call('resource_patch', { id: other, description: 'x' })).status).toBe(
        ckan().version === '2.12' ? 404 : 200,
      )
      await ckan().result('package_revise', revise(dataset.id, id))
      const { resources } = await ckan().dataset(dataset.id)
      expect(resources.map((resource: { id: string }) => resource.id)).toEqual(
        ckan().version === '2.12' ? [id] : [other, id],
      )
    })

    it('finds a resource that was deleted and made again in another dataset', async () => {
      const [one, other] = [await ckan().newDataset(), await ckan().newDataset()]
      const id = only(one)
      await ckan().result('resource_delete', { id })
      await ckan().result('resource_create', { package_id: other.id, id, name: 'again' })
      expect(await ckan().result('resource_show', { id })).toMatchObject({ package_id: other.id, name: 'again' })
      const { resources } = await ckan().dataset(one.id)
      expect(resources).toEqual([])
    })

    it('refuses an id that another dataset has', async () => {
      const [one, other] = [await ckan().newDataset(), await ckan().newDataset()]
      const reply = await ckan().call('resource_create', { package_id: one.id, id: only(other) })
      expect(reply).toMatchObject({ status: 409, body: { error: { id: ['Resource id already exists.'] } } })
    })
  })
}

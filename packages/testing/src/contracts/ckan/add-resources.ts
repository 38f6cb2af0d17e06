import { createAuthorizer, createCkanClient } from '@ckan-uplink/ckan'
import { type Authorizer, NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CkanApi,
  type CkanSubject,
  createCkanApi,
  type OwnDataset,
  type Who,
  withoutTimes,
} from './ckan-subject.ts'

/** What the `Authorizer` port promises of new resources, over the product's own client. */
export function describeAddResources(name: string, start: () => Promise<CkanSubject>): void {
  describe(`new resources on ${name}`, { timeout: 60_000 }, () => {
    let ckan: CkanApi
    let authorizer: Authorizer
    beforeAll(async () => {
      ckan = createCkanApi(await start())
      authorizer = createAuthorizer(createCkanClient({ url: ckan.url, concurrency: 8, timeoutMs: 20_000 }))
    })
    afterAll(() => ckan.close())

    const add = (
      { id, resourceIds: known }: OwnDataset,
      resources: readonly Record<string, unknown>[],
      who: Who = 'editor',
    ) => authorizer.addResources(who === 'anonymous' ? '' : ckan.tokens[who], { id, known }, resources)
    const fresh = (fields: object = {}) => ({ id: crypto.randomUUID(), url: '', name: 'data.csv', ...fields })
    const idsIn = async (dataset: OwnDataset): Promise<readonly string[]> =>
      (await ckan.dataset(dataset.id)).resources.map(({ id }: { readonly id: string }) => id)

    it('come last, with their ids and fields, and change nothing else', async () => {
      const dataset = await ckan.newDataset([{ name: 'a', custom: 'x' }, { name: 'b' }], { notes: 'Notes' })
      const before = withoutTimes(await ckan.dataset(dataset.id))
      const [one, two] = [fresh({ description: 'First', custom: 'y' }), fresh({ name: '2023/b.csv' })]
      expect(await add(dataset, [one, two])).toEqual({ kind: 'added' })
      const { num_resources, resources, ...after } = withoutTimes(await ckan.dataset(dataset.id))
      const { num_resources: _, resources: __, ...unchanged } = before
      expect(after).toEqual(unchanged)
      expect(num_resources).toBe(4)
      expect(resources.slice(0, 2)).toEqual(before.resources)
      expect(resources.slice(2)).toMatchObject([
        { ...one, position: 2, last_modified: null, format: '', state: 'active' },
        { ...two, position: 3, last_modified: null },
      ])
    })

    it('may be the first of a dataset', async () => {
      const dataset = await ckan.newDataset([])
      const resource = fresh()
      expect(await add(dataset, [resource])).toEqual({ kind: 'added' })
      expect(await idsIn(dataset)).toEqual([resource.id])
    })

    it('can be removed by comparing their URL, which removes nothing else', async () => {
      const dataset = await ckan.newDataset([{ name: 'a', custom: 'x' }])
      const [empty, linked] = [fresh(), fresh()]
      await add(dataset, [empty, linked])
      const remove = (id: string) =>
        ckan.call(
          'package_revise',
          {
            match: { id: dataset.id },
            [`match__resources__${id}__url`]: '',
            filter: [`-resources__${id}`],
            include: '-*',
          },
          'editor',
        )
      await ckan.result('resource_patch', { id: linked.id, url: 'https://example.org/data.csv' })
      const before = withoutTimes(await ckan.dataset(dataset.id))
      expect((await remove(linked.id)).status).toBe(409)
      expect(withoutTimes(await ckan.dataset(dataset.id))).toEqual(before)
      expect((await remove(empty.id)).status).toBe(200)
      const after = withoutTimes(await ckan.dataset(dataset.id))
      expect(after.resources).toEqual([before.resources[0], { ...before.resources[2], position: 1 }])
      expect({ ...after, num_resources: 3, resources: [] }).toEqual({ ...before, resources: [] })
    })

    it.each<[string, (dataset: OwnDataset) => Promise<unknown>]>([
      ['another resource', ({ id }) => ckan.result('resource_create', { package_id: id, url: '', name: 'theirs' })],
      ['a resource less', ({ resourceIds }) => ckan.result('resource_delete', { id: resourceIds[1] })],
      [
        'another order',
        async ({ id }) => {
          const { resources } = await ckan.dataset(id)
          return ckan.result('package_patch', { id, resources: resources.toReversed() })
        },
      ],
    ])('are not added when the dataset has %s by now', async (_, change) => {
      const dataset = await ckan.newDataset([{}, {}])
      await change(dataset)
      const before = await idsIn(dataset)
      expect(await add(dataset, [fresh()])).toEqual({ kind: 'changed' })
      expect(await idsIn(dataset)).toEqual(before)
    })

    it('are added though a person has changed texts meanwhile', async () => {
      const dataset = await ckan.newDataset([{}])
      await ckan.result('package_patch', { id: dataset.id, title: 'Theirs' })
      await ckan.result('resource_patch', { id: dataset.resourceIds[0], name: 'theirs' })
      expect(await add(dataset, [fresh()])).toEqual({ kind: 'added' })
      expect(await ckan.dataset(dataset.id)).toMatchObject({ title: 'Theirs', resources: [{ name: 'theirs' }, {}] })
    })

    it('are not added twice by a repeated call, nor by two at once', async () => {
      const dataset = await ckan.newDataset([{}])
      const resource = fresh()
      const kinds = (await Promise.all([1, 2, 3].map(() => add(dataset, [resource])))).map(({ kind }) => kind)
      expect(kinds.sort()).toEqual(['added', 'changed', 'changed'])
      expect(await idsIn(dataset)).toEqual([...dataset.resourceIds, resource.id])
    })

    it('are all refused when some are faulty, each with its fault', async () => {
      const dataset = await ckan.newDataset([{}, {}])
      const answer = await add(dataset, [fresh(), fresh({ last_modified: 'never' }), fresh(), fresh({ size: 'big' })])
      expect(answer).toEqual({
        kind: 'refused',
        faults: new Map([
          [1, { last_modified: ['Date format incorrect'] }],
          [3, { size: ['Invalid integer'] }],
        ]),
      })
      expect(await idsIn(dataset)).toEqual(dataset.resourceIds)
    })

    it('are refused with an id that another dataset has', async () => {
      const [dataset, other] = [await ckan.newDataset([{}]), await ckan.newDataset([{}])]
      const answer = await add(dataset, [fresh({ id: other.resourceIds[0] })])
      expect(answer).toMatchObject({ kind: 'refused', faults: new Map([[0, expect.objectContaining({})]]) })
      expect(await idsIn(other)).toEqual(other.resourceIds)
    })

    it.each(['member', 'outsider', 'anonymous'] as const)('are not for the %s', async (who) => {
      const dataset = await ckan.newDataset([{}])
      await expect(add(dataset, [fresh()], who)).rejects.toThrow(NotAllowedError)
      expect(await idsIn(dataset)).toEqual(dataset.resourceIds)
    })

    it('need a dataset', async () => {
      const missing = { id: crypto.randomUUID(), name: 'none', resourceIds: [] }
      await expect(add(missing, [fresh()])).rejects.toThrow(NotFoundError)
      await expect(authorizer.showDataset(missing.id, ckan.tokens.editor)).rejects.toThrow(NotFoundError)
    })

    it('are visible to users who may read the dataset', async () => {
      const hidden = await ckan.newDataset([{ name: 'a' }], { private: true })
      const shown = await authorizer.showDataset(hidden.name, ckan.tokens.member)
      expect(shown).toMatchObject({ id: hidden.id, resources: [{ id: hidden.resourceIds[0], name: 'a' }] })
      await expect(authorizer.showDataset(hidden.id, ckan.tokens.outsider)).rejects.toThrow(NotAllowedError)
    })
  })
}

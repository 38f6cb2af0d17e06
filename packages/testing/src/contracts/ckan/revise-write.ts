import { describe, expect, it } from 'vitest'
import { type CkanApi, only, withoutTimes } from './ckan-subject.ts'

/** What `package_revise` writes, how it is addressed, and how it refuses. */
export function describeReviseWrite(ckan: () => CkanApi): void {
  describe('package_revise, writing', () => {
    it('writes several resources at once and leaves everything else as it was', async () => {
      const { id, resourceIds } = await ckan().newDataset(
        [{ name: 'a', custom: 'x' }, { name: 'b' }, { name: 'c', description: 'third' }],
        { notes: 'Notes' },
      )
      const before = withoutTimes(await ckan().dataset(id))
      const [a = '', b = ''] = resourceIds
      await ckan().result('package_revise', {
        match: { id },
        [`update__resources__${a}`]: { url: 'https://files.example.org/a', size: 1 },
        [`update__resources__${b}`]: { url: 'https://files.example.org/b', size: 2 },
        include: '-*',
      })
      const [beforeA, beforeB, beforeC] = before.resources
      const resources = [
        { ...beforeA, url: 'https://files.example.org/a', size: 1 },
        { ...beforeB, url: 'https://files.example.org/b', size: 2 },
        beforeC,
      ]
      expect(withoutTimes(await ckan().dataset(id))).toEqual({ ...before, resources })
    })

    it('writes all or nothing, and names the faults by position', async () => {
      const { id, resourceIds } = await ckan().newDataset([{}, {}])
      const [a = '', b = ''] = resourceIds
      const reply = await ckan().call('package_revise', {
        match: { id },
        [`update__resources__${a}`]: { url: 'https://files.example.org/a' },
        [`update__resources__${b}`]: { size: 'big' },
      })
      expect(reply.status).toBe(409)
      expect(reply.body.error).toEqual({ resources: [{}, { size: ['Invalid integer'] }], __type: 'Validation Error' })
      expect((await ckan().resource(a)).url).toBe('')
    })

    it('gives back what include names, and nothing for -*', async () => {
      const { id } = await ckan().newDataset()
      expect(await ckan().result('package_revise', { match: { id }, update: { notes: 'x' }, include: '-*' })).toEqual(
        {},
      )
      const few = await ckan().result('package_revise', {
        match: { id },
        update: { notes: 'y' },
        include: ['+package__id', '-package__*'],
      })
      expect(few).toEqual({ package: { id } })
      const all = await ckan().result('package_revise', { match: { id }, update: { notes: 'z' } })
      expect(all.package).toMatchObject({ id, notes: 'z', resources: [{ url: '' }] })
    })

    it('takes the first five letters of an id, or an index from either end', async () => {
      const { id, resourceIds } = await ckan().newDataset([{}, {}])
      const start = (resourceIds[0] ?? '').slice(0, 5)
      await ckan().result('package_revise', {
        match: { id },
        [`update__resources__${start}`]: { name: 'first' },
        'update__resources__-1': { name: 'last' },
      })
      const { resources } = await ckan().dataset(id)
      expect(resources.map((resource: { name: string }) => resource.name)).toEqual(['first', 'last'])
    })

    it('adds resources with extend', async () => {
      const { id } = await ckan().newDataset()
      await ckan().result('package_revise', {
        match: { id },
        update__resources__extend: [{ name: 'added', url: 'http://example.org/b' }],
      })
      expect((await ckan().dataset(id)).resources).toMatchObject([{ url: '' }, { name: 'added', position: 1 }])
    })

    it.each(['xy', 'no-such-resource'])('refuses the key %s that leads to no resource', async (key) => {
      const { id } = await ckan().newDataset()
      const reply = await ckan().call('package_revise', { match: { id }, [`update__resources__${key}`]: { name: 'x' } })
      expect(reply.status).toBe(409)
      expect(reply.body.error).toEqual({ [`resources__${key}`]: [`Unmatched key ${key}`], __type: 'Validation Error' })
    })

    it('decodes a text that is JSON straight below update, and none below an object', async () => {
      const dataset = await ckan().newDataset([{}, {}])
      const [a = '', b = ''] = dataset.resourceIds
      await ckan().result('package_revise', {
        match: { id: dataset.id },
        [`update__resources__${a}__custom`]: '4',
        [`update__resources__${b}`]: { custom: '4' },
      })
      expect((await ckan().resource(a)).custom).toBe(4)
      expect((await ckan().resource(b)).custom).toBe('4')
    })

    it('wants to know the dataset', async () => {
      const none = await ckan().call('package_revise', { update: { notes: 'x' } })
      expect(none).toMatchObject({
        status: 409,
        body: { error: { match__id: 'Missing value', __type: 'Validation Error' } },
      })
      const unknown = await ckan().call('package_revise', {
        match: { id: crypto.randomUUID() },
        update: { notes: 'x' },
      })
      expect(unknown).toMatchObject({ status: 404, body: { error: { __type: 'Not Found Error' } } })
    })

    it('keeps what others do to the dataset and to its resources at the same time', { timeout: 60_000 }, async () => {
      const { id, resourceIds } = await ckan().newDataset(Array.from({ length: 6 }, () => ({})))
      const names = resourceIds.map((_, index) => `name ${index}`)
      const revisions = resourceIds.map((resourceId, index) =>
        ckan().call('package_revise', {
          match: { id },
          [`update__resources__${resourceId}`]: { name: names[index] },
          include: '-*',
        }),
      )
      const replies = await Promise.all([...revisions, ckan().call('package_patch', { id, notes: 'patched' })])
      expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 200))
      const after = await ckan().dataset(id)
      expect(after.notes).toBe('patched')
      expect(after.resources.map((resource: { name: string }) => resource.name)).toEqual(names)
    })

    it('keeps what resource_patch does to other fields at the same time', { timeout: 60_000 }, async () => {
      const { id, resourceIds } = await ckan().newDataset(Array.from({ length: 4 }, () => ({})))
      const words = resourceIds.map((_, index) => `words ${index}`)
      const writes = resourceIds.flatMap((resourceId, index) => [
        ckan().call('package_revise', {
          match: { id },
          [`update__resources__${resourceId}`]: { name: words[index] },
          include: '-*',
        }),
        ckan().call('resource_patch', { id: resourceId, description: words[index] }),
      ])
      const replies = await Promise.all(writes)
      expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 200))
      const { resources } = await ckan().dataset(id)
      expect(resources.map((resource: { name: string }) => resource.name)).toEqual(words)
      expect(resources.map((resource: { description: string }) => resource.description)).toEqual(words)
    })

    it('finds the only resource by its whole id', async () => {
      const dataset = await ckan().newDataset()
      await ckan().result('package_revise', {
        match__id: dataset.id,
        [`update__resources__${only(dataset)}__name`]: 'flat',
      })
      expect((await ckan().resource(only(dataset))).name).toBe('flat')
    })
  })
}

import { describe, expect, it } from 'vitest'
import { type CkanApi, only } from './ckan-subject.ts'

const AS_READ = {
  url: 'http://example.org/a',
  hash: 'h',
  size: 5,
  last_modified: '2024-05-06T07:08:09',
  storage_version: 3,
}

/** Compare-and-set: what `package_revise` matches, and what it says where it doesn't. */
export function describeReviseMatch(ckan: () => CkanApi): void {
  describe('package_revise, matching', () => {
    it.each([
      ['url', '"http://example.org/a"'],
      ['hash', '"h"'],
      ['size', 5],
      ['last_modified', '"2024-05-06T07:08:09"'],
      ['storage_version', 3],
      ['mimetype', null],
      ['name', 'null'],
    ])('writes where %s is as it was read', async (field, value) => {
      const dataset = await ckan().newDataset([AS_READ])
      const id = only(dataset)
      await ckan().result('package_revise', revision(dataset.id, id, { [`match__resources__${id}__${field}`]: value }))
      expect((await ckan().resource(id)).description).toBe('revised')
    })

    it('writes where last_modified is null, as it is read from a resource that has none', async () => {
      const dataset = await ckan().newDataset([{ url: '' }])
      const id = only(dataset)
      const match = { [`match__resources__${id}__url`]: '""', [`match__resources__${id}__last_modified`]: null }
      await ckan().result('package_revise', revision(dataset.id, id, match))
      expect((await ckan().resource(id)).description).toBe('revised')
    })

    it('says by position which field differs, and writes nothing', async () => {
      const dataset = await ckan().newDataset([{}, AS_READ])
      const id = dataset.resourceIds[1] ?? ''
      const before = await ckan().dataset(dataset.id)
      const reply = await ckan().call(
        'package_revise',
        revision(dataset.id, id, { [`match__resources__${id}__hash`]: '"other"' }),
      )
      expect(reply.status).toBe(409)
      expect(reply.body.error).toEqual({ match: ['resources__1__hash'], __type: 'Validation Error' })
      expect(await ckan().dataset(dataset.id)).toEqual(before)
    })

    it('answers 400 to a resource, or a custom field, that is not there', async () => {
      const dataset = await ckan().newDataset([AS_READ])
      const id = only(dataset)
      for (const key of [`match__resources__${crypto.randomUUID()}__url`, `match__resources__${id}__no_such_extra`]) {
        const reply = await ckan().call('package_revise', revision(dataset.id, id, { [key]: 'x' }))
        expect(reply.status).toBe(400)
        expect(reply.body.error.__type).toBe('Integrity Error')
        expect(reply.body.error.message).toMatch(/^Unmatched key resources__/u)
      }
    })

    it.each(['1', '1e5', 'true', 'null', '[1]', '"quoted"', 'plain', '', '日本語 "x"'])(
      'matches the stored text %j only when it is sent as JSON',
      async (text) => {
        const dataset = await ckan().newDataset([{ url: '', custom: text, hash: text }])
        const id = only(dataset)
        await ckan().result(
          'package_revise',
          revision(dataset.id, id, { [`match__resources__${id}__custom`]: JSON.stringify(text) }),
        )
        const flat = await ckan().call(
          'package_revise',
          revision(dataset.id, id, { [`match__resources__${id}__custom`]: text }),
        )
        expect(flat.status).toBe(isJson(text) ? 409 : 200)
      },
    )

    it('matches metadata_modified of the dataset, which then has moved on', async () => {
      const dataset = await ckan().newDataset([AS_READ])
      const id = only(dataset)
      const { metadata_modified } = await ckan().dataset(dataset.id)
      const params = revision(dataset.id, id, { match: { id: dataset.id, metadata_modified } })
      expect((await ckan().call('package_revise', params)).status).toBe(200)
      expect((await ckan().call('package_revise', params)).body.error.match).toEqual(['metadata_modified'])
    })

    it('compares with read permission, before it checks the permission to write', async () => {
      const dataset = await ckan().newDataset([AS_READ])
      const id = only(dataset)
      const wrong = revision(dataset.id, id, { [`match__resources__${id}__hash`]: '"other"' })
      expect((await ckan().call('package_revise', wrong, 'outsider')).status).toBe(409)
      const right = revision(dataset.id, id, { [`match__resources__${id}__hash`]: '"h"' })
      expect((await ckan().call('package_revise', right, 'outsider')).status).toBe(403)
    })

    it('lets exactly one of many writers win each round', { timeout: 120_000 }, async () => {
      const dataset = await ckan().newDataset([{ url: 'http://example.org/0', storage_version: 0 }])
      const id = only(dataset)
      const statuses: number[] = []
      for (let round = 0; round < 10; round += 1) {
        const params = {
          match: { id: dataset.id },
          [`match__resources__${id}__storage_version`]: round,
          [`update__resources__${id}`]: { url: `http://example.org/${round + 1}`, storage_version: round + 1 },
          include: [],
        }
        const replies = await Promise.all(Array.from({ length: 8 }, () => ckan().call('package_revise', params)))
        statuses.push(...replies.map((reply) => reply.status))
      }
      expect(statuses.filter((status) => status === 200)).toHaveLength(10)
      expect(statuses.filter((status) => status === 409)).toHaveLength(70)
    })
  })
}

function revision(datasetId: string, resourceId: string, match: object): object {
  return {
    match: { id: datasetId },
    ...match,
    [`update__resources__${resourceId}`]: { description: 'revised' },
    include: '-*',
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

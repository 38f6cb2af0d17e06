import { describe, expect, it } from 'vitest'
import { type Answer, type CkanApi, type OwnDataset, only, type Who } from './ckan-subject.ts'

const EVERYBODY = ['admin', 'editor', 'member', 'outsider', 'anonymous'] as const
const UPDATERS: readonly Who[] = ['admin', 'editor']

/** Who may update a resource, asked in every way that writes nothing. */
export function describePermissions(ckan: () => CkanApi): void {
  const probe = (dataset: OwnDataset, who: Who) =>
    ckan().call(
      'package_revise',
      {
        match: { id: dataset.id },
        [`update__resources__${only(dataset)}`]: { size: 'probe', last_modified: 'probe' },
        include: '-*',
      },
      who,
    )

  async function makeCollaborator(dataset: OwnDataset, capacity: string): Promise<void> {
    const { id } = await ckan().result('user_show', {}, 'outsider')
    await ckan().result('package_collaborator_create', { id: dataset.id, user_id: id, capacity }, 'admin')
  }

  describe('a write that cannot succeed', () => {
    it.each(EVERYBODY)('tells whether the %s may update, and writes nothing', async (who) => {
      const dataset = await ckan().newDataset([{ name: 'a' }, { name: 'b' }])
      const before = await ckan().dataset(dataset.id)
      const reply = await probe(dataset, who)
      expect(reply.status).toBe(UPDATERS.includes(who) ? 409 : 403)
      expect(reply.body.error.__type).toBe(UPDATERS.includes(who) ? 'Validation Error' : 'Authorization Error')
      if (reply.status === 409) expect(reply.body.error.resources).toEqual(expectedFaults(ckan()))
      expect(await ckan().dataset(dataset.id)).toEqual(before)
    })

    it.each([
      ['editor', 409],
      ['member', 403],
    ])('tells that a collaborator who is %s gets %i', async (capacity, status) => {
      const dataset = await ckan().newDataset()
      await makeCollaborator(dataset, capacity)
      expect((await probe(dataset, 'outsider')).status).toBe(status)
    })

    it('is no answer for a resource of another dataset: everybody gets 409, by another key', async () => {
      const [one, other] = [await ckan().newDataset(), await ckan().newDataset()]
      for (const who of ['editor', 'outsider'] as const) {
        const reply = await probe({ ...one, resourceIds: other.resourceIds }, who)
        expect(reply.status).toBe(409)
        expect(Object.keys(reply.body.error).sort()).toEqual(['__type', `resources__${only(other)}`])
      }
    })

    it('is 404 for a dataset that does not exist, 403 for a private one', async () => {
      const dataset = await ckan().newDataset([{}], { private: true })
      expect((await probe({ ...dataset, id: crypto.randomUUID() }, 'outsider')).status).toBe(404)
      expect((await probe(dataset, 'outsider')).status).toBe(403)
      expect((await probe(dataset, 'member')).status).toBe(403)
      expect((await probe(dataset, 'editor')).status).toBe(409)
    })
  })

  describe('reading', () => {
    it('lets collaborators of either kind read a private dataset', async () => {
      const dataset = await ckan().newDataset([{}], { private: true })
      await makeCollaborator(dataset, 'member')
      expect((await ckan().call('resource_show', { id: only(dataset) }, 'outsider')).status).toBe(200)
    })

    it('describes the caller, and answers 404 without a token', async () => {
      const editor = await ckan().result('user_show', {}, 'editor')
      expect(editor).toMatchObject({
        id: expect.any(String),
        name: expect.any(String),
        sysadmin: false,
        state: 'active',
      })
      expect((await ckan().result('user_show', {}, 'admin')).sysadmin).toBe(true)
      expect(await ckan().call('user_show', {}, 'anonymous')).toMatchObject({
        status: 404,
        body: { error: { __type: 'Not Found Error' } },
      })
    })

    it('lists the organizations in which a caller may update datasets', async () => {
      const names = async (who: Who) => {
        const list: Answer[] = await ckan().result('organization_list_for_user', { permission: 'update_dataset' }, who)
        return list.flatMap(({ id, name }) => [id, name])
      }
      expect(await names('editor')).toContain(ckan().organization)
      expect(await names('member')).not.toContain(ckan().organization)
      expect(await names('anonymous')).toEqual([])
    })
  })

  describe('writing', () => {
    it.each(EVERYBODY)('lets editors and sysadmins write, not the %s otherwise', async (who) => {
      const dataset = await ckan().newDataset()
      const expected = UPDATERS.includes(who) ? 200 : 403
      expect((await ckan().call('resource_patch', { id: only(dataset), name: who }, who)).status).toBe(expected)
      expect((await ckan().call('resource_create', { package_id: dataset.id, name: who }, who)).status).toBe(expected)
      expect((await ckan().call('package_patch', { id: dataset.id, notes: who }, who)).status).toBe(expected)
    })
  })
}

/** CKAN 2.12 lists faults up to the last resource that was changed, earlier ones for all. */
function expectedFaults({ version }: CkanApi): Answer[] {
  const faults = { size: ['Invalid integer'], last_modified: ['Date format incorrect'] }
  return version === '2.12' ? [faults] : [faults, {}]
}

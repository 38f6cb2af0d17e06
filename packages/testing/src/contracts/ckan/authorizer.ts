import { createAuthorizer, createCkanClient } from '@ckan-uplink/ckan'
import { type Authorizer, NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkanApi, type CkanSubject, createCkanApi, type OwnDataset, only, type Who } from './ckan-subject.ts'

const ROLES = ['admin', 'editor', 'member', 'outsider', 'anonymous'] as const

/** What the `Authorizer` port promises, over the product's own client. */
export function describeAuthorizer(name: string, start: () => Promise<CkanSubject>): void {
  describe(`Authorizer on ${name}`, () => {
    let ckan: CkanApi
    let authorizer: Authorizer
    beforeAll(async () => {
      ckan = createCkanApi(await start())
      authorizer = createAuthorizer(createCkanClient({ url: ckan.url, concurrency: 8, timeoutMs: 20_000 }))
    })
    afterAll(() => ckan.close())

    const subjectOf = (dataset: OwnDataset) => ({ id: only(dataset), datasetId: dataset.id })
    const tokenOf = (who: Who) => (who === 'anonymous' ? '' : ckan.tokens[who])
    const mayUpdate = (who: Who, dataset: OwnDataset) => authorizer.mayUpdate(tokenOf(who), subjectOf(dataset))
    async function makeCollaborator(dataset: OwnDataset, capacity: string, who: Who = 'outsider'): Promise<void> {
      const { id } = await ckan.result('user_show', {}, who)
      await ckan.result('package_collaborator_create', { id: dataset.id, user_id: id, capacity }, 'admin')
    }
    async function join(organization: string, who: Who, role: string): Promise<void> {
      const { name: username } = await ckan.result('user_show', {}, who)
      await ckan.result('organization_member_create', { id: organization, username, role }, 'admin')
    }
    /** Whether CKAN takes a real write from each caller, by the action with which the linker writes. */
    async function allRevise(callers: readonly Who[], dataset: OwnDataset): Promise<readonly boolean[]> {
      const answers: boolean[] = []
      for (const who of callers) {
        const params = { match: { id: dataset.id }, [`update__resources__${only(dataset)}`]: { note: who } }
        const { status } = await ckan.call('package_revise', params, who)
        expect([200, 403]).toContain(status)
        answers.push(status === 200)
      }
      return answers
    }

    it('knows whose token it is', async () => {
      const editor = await ckan.result('user_show', {}, 'editor')
      expect(await authorizer.whoami(ckan.tokens.editor)).toEqual({ id: editor.id, name: editor.name, sysadmin: false })
      expect(await authorizer.whoami(`Bearer ${ckan.tokens.admin}`)).toMatchObject({ sysadmin: true })
    })

    it.each(['made-up', '', 'Bearer ', 'Bearer made-up'])('knows no user with the token %j', async (token) => {
      expect(await authorizer.whoami(token)).toBeUndefined()
    })

    it('shows a resource as CKAN shows it to the caller', async () => {
      const open = await ckan.newDataset([{ name: 'a' }])
      const hidden = await ckan.newDataset([{ name: 'b' }], { private: true })
      expect(await authorizer.showResource(only(open))).toMatchObject({ id: only(open), datasetId: open.id, name: 'a' })
      expect(await authorizer.showResource(only(hidden), ckan.tokens.member)).toMatchObject({ name: 'b' })
      await expect(authorizer.showResource(only(hidden))).rejects.toThrow(NotAllowedError)
      await expect(authorizer.showResource(only(hidden), ckan.tokens.outsider)).rejects.toThrow(NotAllowedError)
      await expect(authorizer.showResource(crypto.randomUUID(), ckan.tokens.admin)).rejects.toThrow(NotFoundError)
    })

    it('finds resources by a part of their URL, as far as the caller may see them', async () => {
      const id = crypto.randomUUID()
      const url = `https://uploads.example.org/resource/${id}/download/${id}/a%20b.csv?v=0123456789abcdef`
      const open = await ckan.newDataset([{ url: 'https://example.org/other.csv' }, { url }])
      const hidden = await ckan.newDataset([{ url }], { private: true })
      await ckan.newDataset([{ url: url.replaceAll(id, crypto.randomUUID()) }])
      const found = async (token: string, text = id) =>
        (await authorizer.findResources(token, text)).map((resource) => resource.id).sort()
      const [, pointing = ''] = open.resourceIds
      expect(await found(ckan.tokens.admin)).toEqual([pointing, only(hidden)].sort())
      expect(await found(ckan.tokens.outsider)).toEqual([pointing])
      expect(await found(ckan.tokens.admin, crypto.randomUUID())).toEqual([])
    })

    describe.each([
      ['a public dataset', {}],
      ['a private dataset', { private: true }],
      ['a draft', { state: 'draft' }],
    ])('of %s', (_, fields) => {
      it('lets exactly the callers update whom CKAN lets revise the dataset, and writes nothing', async () => {
        const dataset = await ckan.newDataset([{}], fields)
        const before = await ckan.dataset(dataset.id)
        const answers = await Promise.all(ROLES.map((role) => mayUpdate(role, dataset)))
        expect(answers).toEqual([true, true, false, false, false])
        expect(await ckan.dataset(dataset.id)).toEqual(before)
        expect(await allRevise(ROLES, dataset)).toEqual(answers)
      })

      it('lets admins of the organization update, and collaborators who are editors', async () => {
        const organization = await ckan.result(
          'organization_create',
          { name: `contract-${crypto.randomUUID()}` },
          'admin',
        )
        await join(organization.id, 'editor', 'admin')
        const dataset = await ckan.newDataset([{}], { ...fields, owner_org: organization.id })
        await makeCollaborator(dataset, 'editor', 'outsider')
        await makeCollaborator(dataset, 'member', 'member')
        const answers = await Promise.all(ROLES.map((role) => mayUpdate(role, dataset)))
        expect(answers).toEqual([true, true, false, true, false])
        expect(await allRevise(ROLES, dataset)).toEqual(answers)
      })
    })

    it.each(['', 'made-up', 'Bearer made-up'])('lets no caller update with the token %j', async (token) => {
      expect(await authorizer.mayUpdate(token, subjectOf(await ckan.newDataset()))).toBe(false)
    })

    it.each([
      ['editor', true],
      ['member', false],
    ])('lets a collaborator who is %s update: %s', async (capacity, expected) => {
      const dataset = await ckan.newDataset()
      await makeCollaborator(dataset, capacity)
      expect(await authorizer.mayUpdate(ckan.tokens.outsider, subjectOf(dataset))).toBe(expected)
    })

    it.each([
      ['public', {}],
      ['private', { private: true }],
      ['draft', { state: 'draft' }],
    ])('tells who may update a %s dataset which organization owns it', async (_, fields) => {
      const dataset = await ckan.newDataset([{}], fields)
      await makeCollaborator(dataset, 'editor')
      const { owner_org } = await ckan.dataset(dataset.id)
      for (const who of ['admin', 'editor', 'outsider'] as const) {
        expect(await authorizer.findOwner(tokenOf(who), { id: dataset.id })).toBe(owner_org)
        expect(await authorizer.findOwner(tokenOf(who), { name: dataset.name })).toBe(owner_org)
      }
    })

    it('follows a dataset to another organization at once, and knows no owner of a missing dataset', async () => {
      const dataset = await ckan.newDataset()
      const name = `contract-${crypto.randomUUID()}`
      const organization = await ckan.result('organization_create', { name }, 'admin')
      await ckan.result('package_patch', { id: dataset.id, owner_org: organization.id }, 'admin')
      expect(await authorizer.findOwner(ckan.tokens.admin, { id: dataset.id })).toBe(organization.id)
      expect(await authorizer.findOwner(ckan.tokens.admin, { id: crypto.randomUUID() })).toBeUndefined()
      const hidden = await ckan.newDataset([{}], { private: true })
      expect(await authorizer.findOwner(ckan.tokens.outsider, { id: hidden.id })).toBeUndefined()
    })

    it('lets an editor of one organization update nothing of another', async () => {
      const organization = await ckan.result(
        'organization_create',
        { name: `contract-${crypto.randomUUID()}` },
        'admin',
      )
      const dataset = await ckan.newDataset([{}], { owner_org: organization.id })
      expect(await authorizer.mayUpdate(ckan.tokens.editor, subjectOf(dataset))).toBe(false)
      expect(await authorizer.mayUpdate(ckan.tokens.admin, subjectOf(dataset))).toBe(true)
    })

    it('shows the status of the loader only to users who may update the resource', async () => {
      const id = only(await ckan.newDataset([{ url: 'http://127.0.0.1:9/table.csv', format: 'CSV' }]))
      const ask = (who: 'editor' | 'member') => authorizer.showLoad(ckan.tokens[who], 'xloader', id)
      expect(await authorizer.showLoad(ckan.tokens.editor, 'datapusher', id)).toBeUndefined()
      if (ckan.xloader !== true) return expect(await ask('editor')).toBeUndefined()
      await ckan.result('xloader_submit', { resource_id: id })
      const load = await ask('editor')
      expect(load).toEqual({
        status: expect.stringMatching(/^\w+$/u),
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/u),
        ...(load?.error && { error: load.error }),
      })
      expect(await ask('member')).toBeUndefined()
    })

    it('knows whether the caller may create datasets in some organization', async () => {
      const mayCreate = (who: Who) => authorizer.mayCreateDatasets(tokenOf(who))
      const callers = ['admin', 'editor', 'outsider', 'anonymous'] as const
      expect(await Promise.all(callers.map(mayCreate))).toEqual([true, true, false, false])
      expect(await authorizer.mayCreateDatasets('made-up')).toBe(false)
      const name = `contract-${crypto.randomUUID()}`
      const { id } = await ckan.result('organization_create', { name }, 'admin')
      const find = (organization: string) => authorizer.findOrganization(tokenOf('outsider'), organization)
      await join(id, 'outsider', 'member')
      expect([await mayCreate('outsider'), await find(name)]).toEqual([false, undefined])
      await join(id, 'outsider', 'editor')
      expect(await mayCreate('outsider')).toBe(true)
      expect(await Promise.all([id, name, 'another'].map(find))).toEqual([id, id, undefined])
      await ckan.result('organization_purge', { id }, 'admin')
      expect(await mayCreate('outsider')).toBe(false)
    })

    it('follows a change of permission at once', async () => {
      const dataset = await ckan.newDataset()
      expect(await authorizer.mayUpdate(ckan.tokens.outsider, subjectOf(dataset))).toBe(false)
      await makeCollaborator(dataset, 'editor')
      expect(await authorizer.mayUpdate(ckan.tokens.outsider, subjectOf(dataset))).toBe(true)
    })
  })
}

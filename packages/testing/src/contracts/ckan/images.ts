import { createAuthorizer, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { NotAllowedError, NotFoundError, TokenInvalidError } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkanApi, type CkanSubject, createCkanApi, type Who } from './ckan-subject.ts'

const TYPES = ['organization', 'group', 'user'] as const
type Type = (typeof TYPES)[number]

/** What the ports `Catalog` and `Authorizer` promise of images, over the product's own client. */
export function describeImages(name: string, start: () => Promise<CkanSubject>): void {
  describe(`images on ${name}`, () => {
    let ckan: CkanApi
    beforeAll(async () => {
      ckan = createCkanApi(await start())
    })
    afterAll(() => ckan.close())

    const client = () => createCkanClient({ url: ckan.url, concurrency: 8, timeoutMs: 20_000 })
    const catalogOf = (token: string) => createCatalog(client(), { token })
    const tokenOf = (who: Who) => (who === 'anonymous' ? '' : ckan.tokens[who])
    const newUrl = () => `https://up.example.org/images/${crypto.randomUUID()}/logo.png?v=0123456789abcdef`
    const show = (type: Type, id: string) => ckan.result(`${type}_show`, { id }, 'admin')

    /** One of this type, with an id, a name, extras and an admin: the member, who is the user as well. */
    async function make(type: Type): Promise<{ readonly id: string; readonly name: string }> {
      const member = await ckan.result('user_show', {}, 'member')
      if (type === 'user') return member
      const extras = [{ key: 'k', value: 'v' }]
      const owner = await ckan.result(
        `${type}_create`,
        { name: `contract-${crypto.randomUUID()}`, description: 'Words', extras },
        'admin',
      )
      await ckan.result(`${type}_member_create`, { id: owner.id, username: member.name, role: 'admin' }, 'admin')
      return owner
    }

    describe.each(TYPES)('of a %s', (type) => {
      it.each(['admin', 'member'] as const)('are set by the %s, and nothing else is', async (who) => {
        const { id } = await make(type)
        const before = await show(type, id)
        const url = newUrl()
        await catalogOf(tokenOf(who)).setImage({ type, id }, url)
        const after = await show(type, id)
        const kept = (shown: typeof before) => ({
          ...shown,
          extras: shown.extras?.map(({ key, value }: Record<string, string>) => [key, value]),
        })
        expect(kept(after)).toEqual({ ...kept(before), image_url: url, image_display_url: url })
        expect(await catalogOf(ckan.tokens.admin).readImageOwner(type, id)).toEqual({
          type,
          id,
          state: 'active',
          imageUrl: url,
        })
      })

      it('cannot be set by users who may not update the owner', async () => {
        const { id } = await make(type)
        const before = await show(type, id)
        await expect(catalogOf(ckan.tokens.editor).setImage({ type, id }, newUrl())).rejects.toThrow(NotAllowedError)
        await expect(catalogOf('made-up').setImage({ type, id }, newUrl())).rejects.toThrow(TokenInvalidError)
        expect(await show(type, id)).toEqual(before)
      })

      it('do not exist for an unknown owner', async () => {
        const id = crypto.randomUUID()
        expect(await catalogOf(ckan.tokens.admin).readImageOwner(type, id)).toBeUndefined()
        await expect(catalogOf(ckan.tokens.admin).setImage({ type, id }, newUrl())).rejects.toThrow(NotFoundError)
        await expect(createAuthorizer(client()).showImageOwner(type, id, ckan.tokens.admin)).rejects.toThrow(
          NotFoundError,
        )
      })

      it('may be changed by who may update it; asking writes nothing', async () => {
        const { id } = await make(type)
        const before = await show(type, id)
        const callers = ['admin', 'member', 'editor', 'outsider', 'anonymous'] as const
        const answers = await Promise.all(
          callers.map((who) => createAuthorizer(client()).mayUpdateImage(tokenOf(who), { type, id })),
        )
        expect(answers).toEqual([true, true, false, false, false])
        expect(await createAuthorizer(client()).mayUpdateImage('made-up', { type, id })).toBe(false)
        expect(await show(type, id)).toEqual(before)
      })

      it('belong to an owner that any caller also finds by its name', async () => {
        const { id, name: ownName } = await make(type)
        expect(await createAuthorizer(client()).showImageOwner(type, ownName)).toMatchObject({
          type,
          id,
          state: 'active',
        })
      })
    })

    it.each(['organization', 'group'] as const)('are seen to be of a deleted %s', async (type) => {
      const { id } = await make(type)
      await ckan.result(`${type}_delete`, { id }, 'admin')
      expect(await catalogOf(ckan.tokens.admin).readImageOwner(type, id)).toMatchObject({ id, state: 'deleted' })
    })
  })
}

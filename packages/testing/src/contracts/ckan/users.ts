import { describe, expect, it } from 'vitest'
import type { Answer, CkanApi } from './ckan-subject.ts'

/** Users: patching, images, who may. */
export function describeUsers(ckan: () => CkanApi): void {
  describe('user_patch', () => {
    it.each(['outsider', 'admin'] as const)(
      'sets the image of a user and keeps the rest, when the %s asks',
      async (who) => {
        const { id } = await ckan().result('user_show', {}, 'outsider')
        await ckan().result('user_patch', { id, about: 'Words' }, 'outsider')
        const before = await ckan().result('user_show', { id }, 'admin')
        const image_url = `https://files.example.org/${crypto.randomUUID()}.png?v=0`
        await ckan().result('user_patch', { id, image_url }, who)
        expect(await ckan().result('user_show', { id }, 'admin')).toEqual({
          ...before,
          image_url,
          image_display_url: image_url,
        })
        expect((await ckan().result('user_show', { id }, 'anonymous')).image_url).toBe(image_url)
        await ckan().result('user_patch', { id, image_url: '' }, 'outsider')
        expect((await ckan().result('user_show', { id }, 'admin')).image_url).toBe('')
      },
    )

    it('is closed to other users', async () => {
      const { id } = await ckan().result('user_show', {}, 'outsider')
      const patch = { id, image_url: 'https://files.example.org/theirs.png' }
      for (const who of ['editor', 'member', 'anonymous'] as const)
        expect((await ckan().call('user_patch', patch, who)).status).toBe(403)
      expect((await ckan().call('user_patch', { ...patch, id: crypto.randomUUID() }, 'admin')).status).toBe(404)
    })
  })

  describe('api_token_create, api_token_list and api_token_revoke', () => {
    it('give a token that tells its own id, note when it is used, and end it', async () => {
      const { name: user } = await ckan().result('user_show', {}, 'outsider')
      const name = `contract-${crypto.randomUUID()}`
      const { token } = await ckan().result('api_token_create', { user, name }, 'outsider')
      const { jti } = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')))
      const shown = async () =>
        (await ckan().result('api_token_list', { user_id: user }, 'admin')).find(({ id }: Answer) => id === jti)
      expect(await shown()).toMatchObject({
        name,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
        last_access: null,
      })
      const use = () => fetch(`${ckan().url}/api/3/action/user_show`, { headers: { Authorization: token } })
      expect((await use()).status).toBe(200)
      expect((await shown()).last_access).toMatch(/^\d{4}-\d\d-\d\dT/u)
      await ckan().result('api_token_revoke', { jti }, 'outsider')
      expect([(await use()).status, await shown()]).toEqual([404, undefined])
    })

    it('are for oneself and sysadmins', async () => {
      const { name: user } = await ckan().result('user_show', {}, 'outsider')
      expect((await ckan().call('api_token_list', { user_id: user }, 'editor')).status).toBe(403)
      expect((await ckan().call('api_token_create', { user, name: 'theirs' }, 'editor')).status).toBe(403)
      const revokeUnknown = async (who: 'editor' | 'admin') =>
        (await ckan().call('api_token_revoke', { jti: 'none' }, who)).status
      expect([await revokeUnknown('editor'), await revokeUnknown('admin')]).toEqual([403, 200])
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { CkanApi } from './ckan-subject.ts'

/** Users: patching, images, who may. */
export function describeUsers(ckan: () => CkanApi): void {
  describe('user_patch', () => {
    it.each(['outsider', 'admin'] as const)('sets the image of a user and keeps the rest, when the %s asks', async (who) => {
      const { id } = await ckan().result('user_show', {}, 'outsider')
      await ckan().result('user_patch', { id, about: 'Words' }, 'outsider')
      const before = await ckan().result('user_show', { id }, 'admin')
      const image_url = `https://files.example.org/${crypto.randomUUID()}.png?v=0`
      await ckan().result('user_patch', { id, image_url }, who)
      expect(await ckan().result('user_show', { id }, 'admin')).toEqual({ ...before, image_url, image_display_url: image_url })
      expect((await ckan().result('user_show', { id }, 'anonymous')).image_url).toBe(image_url)
      await ckan().result('user_patch', { id, image_url: '' }, 'outsider')
      expect((await ckan().result('user_show', { id }, 'admin')).image_url).toBe('')
    })

    it('is for nobody else', async () => {
      const { id } = await ckan().result('user_show', {}, 'outsider')
      const patch = { id, image_url: 'https://files.example.org/theirs.png' }
      for (const who of ['editor', 'member', 'anonymous'] as const) expect((await ckan().call('user_patch', patch, who)).status).toBe(403)
      expect((await ckan().call('user_patch', { ...patch, id: crypto.randomUUID() }, 'admin')).status).toBe(404)
    })
  })
}

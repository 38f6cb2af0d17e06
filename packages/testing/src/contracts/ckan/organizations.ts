import { describe, expect, it } from 'vitest'
import type { Answer, CkanApi } from './ckan-subject.ts'

/** Organizations and groups: patching, images, who may. */
export function describeOrganizations(ckan: () => CkanApi): void {
  const kinds = ['organization', 'group'] as const

  async function make(kind: (typeof kinds)[number]) {
    const fields = {
      name: `contract-${crypto.randomUUID()}`,
      title: 'Title',
      description: 'Words',
      extras: [{ key: 'k', value: 'v' }],
    }
    return ckan().result(`${kind}_create`, fields, 'admin')
  }

  describe.each(kinds)('%s_patch', (kind) => {
    it('sets the image and keeps the rest, members included', async () => {
      const { id } = await make(kind)
      const before = await ckan().result(`${kind}_show`, { id }, 'admin')
      await ckan().result(`${kind}_patch`, { id, image_url: 'https://files.example.org/logo.png' }, 'admin')
      const after = await ckan().result(`${kind}_show`, { id }, 'admin')
      const image = 'https://files.example.org/logo.png'
      expect(after).toMatchObject({
        image_url: image,
        image_display_url: image,
        title: 'Title',
        description: 'Words',
        type: kind,
      })
      expect(after.extras).toMatchObject([{ key: 'k', value: 'v' }])
      expect(after.users.map((user: { name: string }) => user.name)).toEqual(
        before.users.map((user: { name: string }) => user.name),
      )
    })

    it('keeps the rest, when its admin sets the image and sends the extras along as well', async () => {
      const { id } = await make(kind)
      const { name } = await ckan().result('user_show', {}, 'member')
      await ckan().result(`${kind}_member_create`, { id, username: name, role: 'admin' }, 'admin')
      const before = await ckan().result(`${kind}_show`, { id }, 'admin')
      for (const [index, more] of [{}, { extras: [{ key: 'k', value: 'v' }] }].entries()) {
        const image_url = `https://files.example.org/logo.png?v=${index}`
        await ckan().result(`${kind}_patch`, { id, image_url, ...more }, 'member')
        const after = await ckan().result(`${kind}_show`, { id }, 'admin')
        expect(settled(after)).toEqual({ ...settled(before), image_url, image_display_url: image_url })
      }
    })

    it('keeps a deleted organization deleted, and shows it to sysadmins', async () => {
      const { id } = await make(kind)
      await ckan().result(`${kind}_delete`, { id }, 'admin')
      expect((await ckan().call(`${kind}_show`, { id }, 'anonymous')).status).toBe(403)
      expect(await ckan().result(`${kind}_show`, { id }, 'admin')).toMatchObject({ state: 'deleted' })
    })

    it('shows it without its members and followers to who asks for less', async () => {
      const { id } = await make(kind)
      await ckan().result(`${kind}_patch`, { id, image_url: 'https://files.example.org/logo.png' }, 'admin')
      const lean = {
        include_users: false,
        include_groups: false,
        include_tags: false,
        include_followers: false,
        include_dataset_count: false,
      }
      const shown = await ckan().result(`${kind}_show`, { id, ...lean }, 'anonymous')
      expect(shown).toMatchObject({
        id,
        state: 'active',
        image_url: 'https://files.example.org/logo.png',
        extras: [{ key: 'k', value: 'v' }],
      })
    })

    it('shows an image of its own store below its own address', async () => {
      const { id } = await make(kind)
      const { image_display_url } = await ckan().result(`${kind}_patch`, { id, image_url: 'logo.png' }, 'admin')
      // CKAN 2.12 with a storage for files has the second address.
      expect(image_display_url).toMatch(/^http.*\/(?:uploads\/group|file\/public-download\/groups)\/logo\.png$/u)
    })

    it('tells by a type that cannot be who may update, and writes nothing', async () => {
      const { id } = await make(kind)
      const before = await ckan().result(`${kind}_show`, { id }, 'admin')
      const probe = { id, type: '__probe__' }
      const field = ckan().version === '2.12' ? 'type' : 'message'
      expect(await ckan().call(`${kind}_patch`, probe, 'admin')).toMatchObject({
        status: 409,
        body: { error: { [field]: 'Type cannot be updated' } },
      })
      for (const who of ['editor', 'outsider', 'anonymous'] as const)
        expect((await ckan().call(`${kind}_patch`, probe, who)).status).toBe(403)
      expect(await ckan().result(`${kind}_show`, { id }, 'admin')).toEqual(before)
    })

    it('is for admins of it, not for its editors', async () => {
      const { id } = await make(kind)
      const { name } = await ckan().result('user_show', {}, 'member')
      await ckan().result(`${kind}_member_create`, { id, username: name, role: 'editor' }, 'admin')
      expect((await ckan().call(`${kind}_patch`, { id, title: 'x' }, 'member')).status).toBe(403)
      await ckan().result(`${kind}_member_create`, { id, username: name, role: 'admin' }, 'admin')
      expect((await ckan().call(`${kind}_patch`, { id, title: 'x' }, 'member')).status).toBe(200)
    })
  })

  it.each(kinds)('forgets a purged %s', async (kind) => {
    const { id } = await make(kind)
    expect((await ckan().call(`${kind}_purge`, { id })).status).toBe(403)
    await ckan().result(`${kind}_purge`, { id }, 'admin')
    expect((await ckan().call(`${kind}_show`, { id }, 'admin')).status).toBe(404)
  })

  it('shows organizations and groups under their own actions only', async () => {
    const { id, name } = await make('organization')
    expect((await ckan().call('group_show', { id })).status).toBe(404)
    expect((await ckan().result('organization_show', { id: name })).id).toBe(id)
    expect(await ckan().result('organization_list', {})).toContain(name)
  })
}

/** Without the fields that CKAN numbers again. */
function settled({ extras, ...shown }: Answer): Answer {
  return {
    ...shown,
    extras: extras.map(({ key, value }: { readonly key: string; readonly value: string }) => ({ key, value })),
  }
}

import { createUplink } from '@ckan-uplink/client'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let ckan: CkanStandIn

beforeAll(async () => {
  ckan = await startCkanStandIn({ extensions: ['xloader'] })
})
afterAll(() => ckan.close())

function uplinkOf(user: 'admin' | 'editor' | 'member') {
  return createUplink({ gateway: ckan.url, token: ckan.tokens[user], firstDelayMs: 1 })
}

describe('a user of CKAN', () => {
  it('lists all datasets, private ones too, with any page size', async () => {
    const editor = uplinkOf('editor')
    const names = ['air-quality', 'one', 'two', 'three', 'four']
    for (const name of names.slice(1))
      await editor.action('package_create', {
        name,
        title: `Number "${name}"`,
        owner_org: ckan.organization,
        private: name === 'two',
      })
    const found = []
    for await (const { name } of editor.datasets({ pageSize: 2 })) found.push(name)
    expect(found.length).toBe(names.length)
    expect(found).toEqual(expect.arrayContaining(names.slice(1)))
  })

  it('finds a dataset by its title, and gets an error if two datasets have it', async () => {
    const editor = uplinkOf('editor')
    expect(await editor.findDataset('Air quality')).toMatchObject({ id: ckan.dataset })
    expect(await editor.findDataset(' AIR quality')).toMatchObject({ id: ckan.dataset })
    expect(await editor.findDataset('Air')).toBeUndefined()
    await editor.action('package_create', { name: 'air-2', title: 'Air quality', owner_org: ckan.organization })
    await expect(editor.findDataset('Air quality')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('air-2'),
    })
  })

  it('is offered datasets with a similar title', async () => {
    const editor = uplinkOf('editor')
    const titles = async (title: string) => (await editor.similarDatasets(title)).map((dataset) => dataset.title)
    expect(await titles('air: (Qualty)')).toContain('Air quality')
    expect(await titles('Water')).toEqual([])
    expect(await titles('?')).toEqual([])
  })

  it('finds the dataset whose title is equal in case, before others', async () => {
    const editor = uplinkOf('editor')
    for (const title of ['Noise', 'NOISE'])
      await editor.action('package_create', {
        name: `noise-${title === 'NOISE'}`,
        title,
        owner_org: ckan.organization,
      })
    expect(await editor.findDataset('NOISE')).toMatchObject({ name: 'noise-true' })
    await expect(editor.findDataset('noise')).rejects.toMatchObject({ code: 'refused' })
  })

  it('lists and creates tokens of its own without giving its name', async () => {
    const { tokens } = uplinkOf('editor')
    const made = await tokens.create('without a name')
    expect((await tokens.list()).map(({ name }) => name)).toContain('without a name')
    await expect(createUplink({ gateway: ckan.url, token: `${made}x` }).tokens.list()).rejects.toMatchObject({
      code: 'not_allowed',
      message: expect.stringContaining('mistyped'),
    })
  })

  it('creates tokens, lists them without their secrets, and revokes several at once', async () => {
    const { tokens, action } = uplinkOf('editor')
    const { name } = await action<{ readonly name: string }>('user_show')
    const made = await Promise.all(['a', 'b'].map((tokenName) => tokens.create(name, tokenName)))
    const mine = (await tokens.list(name)).filter((token) => ['a', 'b'].includes(token.name))
    expect(mine.length).toBe(2)
    const revoked = await tokens.revoke(mine.map(({ id }) => id))
    expect(revoked.map(({ revoked }) => revoked)).toEqual([true, true])
    const former = createUplink({ gateway: ckan.url, token: made[0], firstDelayMs: 1 })
    await expect(former.action('user_show')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('sends the token in the header that this CKAN reads', async () => {
    const migrated = await startCkanStandIn({ tokenHeader: 'X-CKAN-API-Key' })
    try {
      const options = { gateway: migrated.url, token: migrated.tokens.editor, firstDelayMs: 1 }
      await expect(createUplink(options).action('user_show')).rejects.toMatchObject({ code: 'not_found' })
      const uplink = createUplink({ ...options, tokenHeader: 'X-CKAN-API-Key' })
      expect(await uplink.action('user_show')).toMatchObject({ sysadmin: false })
    } finally {
      await migrated.close()
    }
  })

  it('loads a resource and follows the load', async () => {
    const editor = uplinkOf('editor')
    const [, resource = ''] = ckan.resources
    expect(await editor.showLoad(resource)).toBeUndefined()
    expect(await editor.submitLoad(resource)).toBe(true)
    expect(await editor.submitLoad(resource)).toBe(false)
    await expect.poll(() => editor.showLoad(resource)).toMatchObject({ status: 'complete' })
    await expect(editor.submitLoad(resource, 'datapusher')).rejects.toMatchObject({ code: 'refused' })
  })
})

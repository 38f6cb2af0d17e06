import { createUplink, type Uplink } from '@ckan-uplink/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli } from './support/cli.ts'
import { type LocalSite, openLocalSite } from './support/local-site.ts'

const SECRET = '5d9f0c1e7a3b48d2965ec07f1b2a8d4493e6c57a0f1d82b3c4e5968770a1b2c3'
let site: LocalSite

beforeAll(async () => {
  site = await openLocalSite(
    { plugin: { secret: SECRET, gatewayUrl: '' } },
    { UPLOAD_LINKS: 'true', GRANT_SECRETS: SECRET },
  )
})
afterAll(async () => {
  await site?.close()
})

const run = (...args: readonly string[]) =>
  runCli(['link', ...args], {
    cwd: site.home,
    env: { CKAN_UPLINK_GATEWAY: site.local.gateway, CKAN_API_TOKEN: site.ckan.tokens.editor },
  })

/** A person with the address alone. */
function visitorWith(address: string): { readonly id: string; readonly uplink: Uplink } {
  const secret = new URL(address).hash.slice(1)
  const token = `uplink-link-${secret}`
  return { id: secret.split('-')[0] ?? '', uplink: createUplink({ gateway: site.local.gateway, token }) }
}

async function deliver({ id, uplink }: ReturnType<typeof visitorWith>, name: string): Promise<string> {
  const file = new Blob([`name\n${name}\n`])
  const issued = await uplink.action<never>('upload_link_use', { id, name, size: file.size })
  return (await uplink.upload(file, { name, issued })).id
}

describe('ckan-uplink link', () => {
  it('lets a person without an account deliver files, of which an editor accepts one and refuses one', async () => {
    const created = await run('create', '--dataset', site.ckan.dataset, '--files', '3', '--note', 'Ozone, please')
    expect([created.code, created.stderr]).toEqual([0, expect.stringContaining('It is shown once')])
    const visitor = visitorWith(created.stdout.trim())
    const [good, bad] = [await deliver(visitor, 'good.csv'), await deliver(visitor, 'bad.csv')]
    const arrived = async () => {
      const params = { dataset: site.ckan.dataset }
      const found = await site.editor.action<{ readonly proposals: readonly unknown[] }>('upload_proposals', params)
      return found.proposals.length
    }
    await expect.poll(arrived).toBe(2)
    const listed = linesOf((await run('files', site.ckan.dataset, '--json')).stdout) as readonly {
      readonly url: string
    }[]
    expect(await (await fetch(listed[0]?.url ?? '')).text()).toBe('name\ngood.csv\n')

    const accepted = await run('accept', good, '--json')
    expect([accepted.code, linesOf(accepted.stdout)]).toMatchObject([0, [{ id: good, state: 'linked' }]])
    const id = linesOf(accepted.stdout)[0]?.['resource']
    expect(await site.editor.action('resource_show', { id })).toMatchObject({
      name: 'good.csv',
      format: 'CSV',
      size: 14,
    })
    expect(await run('refuse', bad, '--reason', 'It has the wrong year.')).toMatchObject({ code: 0 })
    const late = await run('accept', bad)
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('withdrawn')])
    expect((await run('files', site.ckan.dataset)).stdout).toBe('')

    expect((await run('list', site.ckan.dataset)).stdout).toMatch(/open .* 2 of 3 .* Ozone, please/u)
    expect(await run('revoke', visitor.id)).toMatchObject({ code: 0 })
    await expect(deliver(visitor, 'late.csv')).rejects.toThrow('was revoked')
  })

  it('links the file at once with --publish', async () => {
    const created = await run('create', '--dataset', site.ckan.dataset, '--publish', '--bytes', '1kB', '--json')
    const [{ url }] = linesOf(created.stdout) as readonly [{ readonly url: string }]
    const visitor = visitorWith(url)
    const upload = await deliver(visitor, 'now.csv')
    const { state, entity } = await site.editor.waitFor(upload, 'linked')
    expect(state).toBe('linked')
    expect(await site.editor.action('resource_show', { id: entity.id })).toMatchObject({ name: 'now.csv', size: 13 })
  })

  it('says which of two places is missing', async () => {
    expect(await run('create')).toMatchObject({ code: 2, stderr: expect.stringContaining('--dataset or --resource') })
    expect((await run('create', '--dataset', 'x', '--bytes', '5')).code).toBe(2)
  })
})

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli } from './support/cli.ts'
import { type LocalSite, openLocalSite } from './support/local-site.ts'

let site: LocalSite
let resource: string
let uploads: readonly string[]

beforeAll(async () => {
  site = await openLocalSite()
  resource = (
    await site.editor.action<{ id: string }>('resource_create', { package_id: site.ckan.dataset, name: 'Budget' })
  ).id
  const ids: string[] = []
  for (const name of ['first.csv', 'second.csv']) {
    const { id } = await site.editor.upload(new Blob([`name\n${name}\n`]), { resource, name, checksum: true })
    await site.editor.waitFor(id, 'linked')
    ids.push(id)
  }
  uploads = ids
})
afterAll(async () => {
  await site?.close()
})

const run = (...args: readonly string[]) =>
  runCli(['versions', ...args], {
    cwd: site.home,
    env: { CKAN_UPLINK_GATEWAY: site.local.gateway, CKAN_API_TOKEN: site.ckan.tokens.editor },
  })

describe('ckan-uplink versions', () => {
  it('lists the files of a resource, saves an earlier one, restores it, and removes it in the end', async () => {
    const [first = '', second = ''] = uploads
    const listed = await run('list', resource)
    expect(listed.code).toBe(0)
    expect(listed.stdout).toMatch(new RegExp(`${second} +current[^]*${first} +replaced`))

    expect(await run('open', resource, first)).toMatchObject({ code: 0, stderr: '' })
    expect(await readFile(join(site.home, 'first.csv'), 'utf8')).toBe('name\nfirst.csv\n')

    const restored = await run('restore', resource, first, '--json')
    expect([restored.code, linesOf(restored.stdout)]).toMatchObject([0, [{ state: 'linked', restored_from: first }]])
    const shown = await site.editor.action<{ url: string; hash: string; size: number }>('resource_show', {
      id: resource,
    })
    expect(shown).toMatchObject({ url: expect.stringMatching(/\/first\.csv$/u), size: 15 })
    expect(shown.hash).toMatch(/^sha256:/u)

    expect(await run('remove', second, '--reason', 'It holds names.')).toMatchObject({ code: 0 })
    const { stdout } = await run('list', resource, '--json')
    expect(linesOf(stdout)).toMatchObject([
      { upload: linesOf(restored.stdout)[0]?.['id'], state: 'current', restored_from: first },
      { upload: second, state: 'withdrawn', withdrawn: { reason: 'It holds names.' } },
      { upload: first, state: 'replaced' },
    ])
    const gone = await run('restore', resource, second)
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('withdrawn')])
  })

  it('never overwrites a file, and names a version that does not exist', async () => {
    await writeFile(join(site.home, 'mine.csv'), 'mine')
    const kept = await run('open', resource, uploads[0] ?? '', '--output', 'mine.csv')
    expect([kept.code, kept.stderr]).toEqual([1, expect.stringContaining('There is a file mine.csv already')])
    expect(await readFile(join(site.home, 'mine.csv'), 'utf8')).toBe('mine')
    expect((await run('open', resource, '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22')).stderr).toContain('no such version')
  })
})

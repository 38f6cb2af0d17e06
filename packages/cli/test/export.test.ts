import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli, startCli } from './support/cli.ts'
import { type LocalSite, openLocalSite } from './support/local-site.ts'

const TABLE = 'name\nbudget\n'

let site: LocalSite
let other: Server
let otherUrl: string
/** The token that each request to the foreign host carried. */
const tokens: (string | undefined)[] = []
let theirs = 'theirs'
/** Resolves when the foreign host is asked for a file that it never sends. */
const never = Promise.withResolvers<void>()

beforeAll(async () => {
  site = await openLocalSite()
  other = createServer((request, response) => {
    tokens.push(request.headers.authorization)
    if (request.url === '/never.csv') never.resolve()
    else response.end(theirs)
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  otherUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/theirs.csv`
})
afterAll(async () => {
  other.closeAllConnections()
  other.close()
  await site?.close()
})

const create = async (fields: object) =>
  (await site.editor.action<{ id: string }>('resource_create', { package_id: site.ckan.dataset, ...fields })).id
const words = (...args: readonly string[]) => [
  ...['export', '--dataset', site.ckan.dataset, '--output', 'out', '--json'],
  ...args,
]
const options = () => ({
  cwd: site.home,
  env: { CKAN_UPLINK_GATEWAY: site.local.gateway, CKAN_API_TOKEN: site.ckan.tokens.editor },
})
const run = (...args: readonly string[]) => runCli(words(...args), options())
const descriptor = async () => JSON.parse(await readFile(join(site.home, 'out', 'datapackage.json'), 'utf8'))

describe('ckan-uplink export', () => {
  it('saves the files of a dataset with their checksums, and keeps links as links', async () => {
    const resource = await create({ name: 'Budget' })
    const { id } = await site.editor.upload(new Blob([TABLE]), { resource, name: 'budget.csv', checksum: true })
    await site.editor.waitFor(id, 'linked')
    const link = await create({ name: 'Theirs', url: otherUrl })
    const empty = await create({ name: 'Empty' })

    const { code, stdout } = await run()
    expect([code, linesOf(stdout)]).toMatchObject([0, [{ saved: 1, failures: 0 }]])
    const { resources, ckan: shown, name } = await descriptor()
    expect(name).toBe(shown.name)
    const hash = `sha256:${createHash('sha256').update(TABLE).digest('hex')}`
    const path = `${resource}/budget.csv`
    expect(resources).toContainEqual(
      expect.objectContaining({ name: resource, title: 'Budget', path, format: 'CSV', bytes: TABLE.length, hash }),
    )
    expect(resources).toContainEqual(expect.objectContaining({ name: link, path: otherUrl }))
    // A resource of the standard has a path.
    expect(resources.map((one: { name: string }) => one.name)).not.toContain(empty)
    expect(shown.resources.map((one: { id: string }) => one.id)).toContain(empty)
    expect(await readFile(join(site.home, 'out', path), 'utf8')).toBe(TABLE)
    expect(tokens).toEqual([])
  })

  it('fetches only missing files when it runs again', async () => {
    const saved = (await descriptor()).resources.find(({ bytes }: { bytes?: number }) => bytes !== undefined)
    const file = join(site.home, 'out', saved.path)
    const before = await stat(file)
    expect((await run()).code).toBe(0)
    expect((await stat(file)).ino).toBe(before.ino)
    await rm(file)
    expect((await run()).code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(TABLE)
  })

  it('keeps the files that a killed run has saved', async () => {
    const resource = await create({ name: 'Late' })
    const { id } = await site.editor.upload(new Blob([TABLE]), { resource, name: 'late.csv' })
    await site.editor.waitFor(id, 'linked')
    const link = await create({ name: 'Never', url: otherUrl.replace('theirs', 'never') })
    const killed = startCli(words('--host', '127.0.0.1'), options())
    await never.promise
    killed.kill('SIGKILL')
    await new Promise((resolve) => killed.once('close', resolve))
    const file = join(site.home, 'out', resource, 'late.csv')
    const before = await stat(file)
    await site.editor.action('resource_delete', { id: link })
    tokens.length = 0
    expect((await run()).code).toBe(0)
    expect((await stat(file)).ino).toBe(before.ino)
    expect((await descriptor()).resources.map(({ name }: { name: string }) => name)).toContain(resource)
    expect(await readdir(join(site.home, 'out'))).not.toContain('.saved.jsonl')
  })

  it('sends no token to a host that the user names', async () => {
    expect((await run('--host', '127.0.0.1')).code).toBe(0)
    expect(tokens.length).toBeGreaterThan(0)
    expect(new Set(tokens)).toEqual(new Set([undefined]))
  })

  it('saves a file whose name has a percent sign of its own', async () => {
    const link = await create({ name: 'All', url: otherUrl.replace('theirs.csv', '100%.csv') })
    expect((await run('--host', '127.0.0.1')).code).toBe(0)
    expect((await descriptor()).resources).toContainEqual(expect.objectContaining({ name: link, bytes: theirs.length }))
  })

  it('fetches a file again that was replaced under the same address', async () => {
    const link = await create({ name: 'Replaced', url: otherUrl, last_modified: '2026-01-01T00:00:00' })
    expect((await run('--host', '127.0.0.1')).code).toBe(0)
    theirs = 'their new file'
    await site.editor.action('resource_patch', { id: link, last_modified: '2026-01-02T00:00:00' })
    expect((await run('--host', '127.0.0.1')).code).toBe(0)

    expect(await readFile(join(site.home, 'out', link, 'theirs.csv'), 'utf8')).toBe(theirs)
    const hash = `sha256:${createHash('sha256').update(theirs).digest('hex')}`
    expect((await descriptor()).resources).toContainEqual(
      expect.objectContaining({ name: link, bytes: theirs.length, hash }),
    )
  })
})

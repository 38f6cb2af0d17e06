import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli } from './support/cli.ts'

const TABLE = 'name\nbudget\n'

let home: string
let ckan: CkanStandIn
let local: LocalHandle
let editor: Uplink
let other: Server
let otherUrl: string
/** The token that each request to the foreign host carried. */
const tokens: (string | undefined)[] = []

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ckan-uplink-export-'))
  ckan = await startCkanStandIn()
  local = await startLocal({
    folder: join(home, '.local'),
    ports: await choosePorts('0'),
    ckan: { url: ckan.url, token: ckan.tokens.admin },
    settings: { ALLOW_HTTP_CKAN: 'true' },
  })
  other = createServer((request, response) => {
    tokens.push(request.headers.authorization)
    response.end('theirs')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  otherUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/theirs.csv`
  editor = createUplink({ gateway: local.gateway, token: ckan.tokens.editor })
})
afterAll(async () => {
  other.close()
  await local?.close()
  await ckan?.close()
  await rm(home, { recursive: true, force: true })
})

const create = async (fields: object) =>
  (await editor.action<{ id: string }>('resource_create', { package_id: ckan.dataset, ...fields })).id
const run = (...args: readonly string[]) =>
  runCli(['export', '--dataset', ckan.dataset, '--output', 'out', '--json', ...args], {
    cwd: home,
    env: { CKAN_UPLINK_GATEWAY: local.gateway, CKAN_API_TOKEN: ckan.tokens.editor },
  })
const descriptor = async () => JSON.parse(await readFile(join(home, 'out', 'datapackage.json'), 'utf8'))

describe('ckan-uplink export', () => {
  it('saves the files of a dataset with their checksums, and keeps links as links', async () => {
    const resource = await create({ name: 'Budget' })
    const { id } = await editor.upload(new Blob([TABLE]), { resource, name: 'budget.csv', checksum: true })
    await editor.waitFor(id, 'linked')
    const link = await create({ name: 'Theirs', url: otherUrl })

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
    expect(await readFile(join(home, 'out', path), 'utf8')).toBe(TABLE)
    expect(tokens).toEqual([])
  })

  it('fetches only missing files when it runs again', async () => {
    const saved = (await descriptor()).resources.find(({ bytes }: { bytes?: number }) => bytes !== undefined)
    const file = join(home, 'out', saved.path)
    const before = await stat(file)
    expect((await run()).code).toBe(0)
    expect((await stat(file)).ino).toBe(before.ino)
    await rm(file)
    expect((await run()).code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(TABLE)
  })

  it('sends no token to a host that the user names', async () => {
    expect((await run('--host', '127.0.0.1')).code).toBe(0)
    expect(tokens.length).toBeGreaterThan(0)
    expect(new Set(tokens)).toEqual(new Set([undefined]))
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { cliCommand, cliEnvironment, linesOf, runCli } from './support/cli.ts'

let folder: string
let local: LocalHandle
let editor: Uplink

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  local = await startLocal({ folder: join(folder, '.local'), ports: await choosePorts('0') })
  editor = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runCli(args, { cwd: folder, env })
}

describe('ckan-uplink dataset', () => {
  beforeAll(async () => {
    const { owner_org } = await editor.action<{ readonly owner_org: string }>('package_show', { id: local.dataset })
    await editor.action('package_create', { name: 'water', title: '水\u001b[31m quality', owner_org, private: true })
    for (let index = 0; index < 120; index += 1)
      await editor.action('package_create', { name: `many-${index}`, title: `Many ${index}`, owner_org })
  })

  it('lists all datasets that the caller may see, one per line, over several pages', async () => {
    const { code, stdout } = await cli(['dataset', 'list', '--json'])
    expect([code, linesOf(stdout).length]).toEqual([0, 122])
    const shown = await cli(['dataset', 'list', '--organization', 'example-organization', '--query', 'quality'])
    expect(shown.stdout).toMatch(/^name +title +organization +resources$/mu)
    expect(shown.stdout).toMatch(/^water +水 quality +example-organization +0 +private$/mu)
    expect(shown.stdout).toMatch(/^air-quality +Air quality +example-organization +3$/mu)
    expect(shown.stdout).not.toContain('\u001b')
  })

  it('fails for an unknown organization, and says if no dataset matches', async () => {
    expect(await cli(['dataset', 'list', '--organization', 'none'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('organization_show'),
    })
    expect(await cli(['dataset', 'list', '--query', 'nonsense'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'No dataset that you may see matches.\n',
    })
  })

  it('finds a dataset by its title, and fails if no dataset has it', async () => {
    const found = await cli(['dataset', 'find', 'AIR quality', '--json'])
    expect([found.code, linesOf(found.stdout)]).toMatchObject([0, [{ id: local.dataset, name: 'air-quality' }]])
    expect(await cli(['dataset', 'find', 'Air'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: '✘ Air: no dataset that you may see has this title. Near matches: Air quality (air-quality)\n',
    })
    expect(await cli(['dataset', 'find', 'Nothing'])).toMatchObject({
      code: 1,
      stderr: '✘ Nothing: no dataset that you may see has this title\n',
    })
  })

  it('exits without an error when the reader closes the pipe', async () => {
    const listing = cliCommand(['dataset', 'list', '--json'])
      .map((word) => `'${word}'`)
      .join(' ')
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['-c', `${listing} | head -n 1; exit "\${PIPESTATUS[0]}"`],
      {
        cwd: folder,
        env: cliEnvironment({}),
      },
    )
    expect([linesOf(stdout).length, stderr]).toEqual([1, ''])
  })
})

describe('ckan-uplink token', () => {
  let own: string
  const names = async () => (await editor.tokens.list('editor')).map(({ name }) => name)

  beforeEach(async () => {
    const tokens = await editor.tokens.list('editor')
    own = tokens.find(({ name }) => name === 'built-in')?.id ?? ''
    await editor.tokens.revoke(tokens.flatMap(({ id }) => (id === own ? [] : [id])))
  })

  it('creates a working token, and prints only the token', async () => {
    const { code, stdout, stderr } = await cli(['token', 'create', 'nightly upload'])
    expect([code, stdout]).toMatchObject([0, expect.stringMatching(/^\S+\n$/u)])
    expect(stderr).toContain('CKAN shows this token once')
    const list = await cli(['token', 'list'], { CKAN_UPLINK_GATEWAY: local.gateway, CKAN_API_TOKEN: stdout.trim() })
    expect(list.stdout).toMatch(/^\S+ +nightly upload +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d$/mu)
    expect(list.stdout).not.toContain(stdout.trim())
  })

  it("lists another user's tokens for a sysadmin, and refuses other users and unknown tokens", async () => {
    const admin = await cli(['token', 'list', '--user', 'editor', '--json'], {
      CKAN_API_TOKEN: local.tokens?.admin ?? '',
    })
    expect(linesOf(admin.stdout)).toMatchObject([{ id: own, name: 'built-in', last_access: expect.any(String) }])
    expect(await cli(['token', 'list', '--user', 'admin'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not allow'),
    })
    expect(await cli(['token', 'list'], { CKAN_API_TOKEN: 'wrong' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('revoked, has expired or is mistyped'),
    })
  })

  it('revokes tokens by id, and names the tokens that it could not revoke', async () => {
    await editor.tokens.create('editor', 'old')
    const id = (await editor.tokens.list('editor')).find(({ name }) => name === 'old')?.id ?? ''
    const { code, stdout, stderr } = await cli(['token', 'revoke', id, 'none'])
    expect([code, stdout, stderr]).toMatchObject([1, `✔ ${id}  revoked  old\n`, expect.stringMatching(/^✘ none: /u)])
    expect(await names()).toEqual(['built-in'])
  })

  it('revokes all tokens that match every option, keeps the token in use, and needs --yes in a pipe', async () => {
    let daysAgo = 200
    const ckan = await startCkanStandIn({ clock: () => new Date(Date.now() - daysAgo * 86_400_000) })
    onTestFinished(() => ckan.close())
    const uplinkOf = (token: string) => createUplink({ gateway: ckan.url, token })
    const { tokens } = uplinkOf(ckan.tokens.editor)
    const [, used = ''] = await Promise.all(
      ['Laptop one', 'laptop used', 'laptop two', 'server'].map((name) => tokens.create('editor', name)),
    )
    daysAgo = 20
    await uplinkOf(used).action('user_show')
    await tokens.create('editor', 'laptop new')
    daysAgo = 0
    const left = async () => (await tokens.list('editor')).map(({ name }) => name).sort()
    const revoke = (...args: readonly string[]) =>
      cli(['token', 'revoke', ...args], { CKAN_UPLINK_GATEWAY: ckan.url, CKAN_API_TOKEN: ckan.tokens.editor })

    const description = ['--older-than', '90d', '--unused-for', '30d', '--name-like', 'LAPTOP']
    const dry = await revoke(...description, '--dry-run', '--json')
    expect(linesOf(dry.stdout).map(({ name }) => name)).toEqual(['Laptop one', 'laptop two'])
    expect(await revoke(...description)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--yes'),
    })
    expect((await left()).length).toBe(6)
    expect(await revoke(...description, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(?:✔ \S+ {2}revoked {2}laptop \w+\n){2}$/iu),
    })
    expect(await left()).toEqual(['built-in', 'laptop new', 'laptop used', 'server'])
    expect((await revoke('--name', 'serve', '--yes')).stderr).toBe('No other token matches.\n')
    expect((await revoke('--name', 'server', '--yes')).code).toBe(0)
    expect(await left()).toEqual(['built-in', 'laptop new', 'laptop used'])
    const all = await revoke('--older-than', '10d', '--yes')
    expect(all).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('The token in use matches, too, and is kept'),
    })
    expect(await left()).toEqual(['built-in'])
  })

  it.each([
    ['nothing to revoke', ['revoke']],
    ['ids and a description', ['revoke', 'a', '--name-like', 'b']],
    ['a time without a unit', ['revoke', '--older-than', '90']],
    ['no name', ['create']],
  ])('exits with 2 for %s', async (_what, args) => {
    expect(await cli(['token', ...args])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('ckan-uplink load', () => {
  let ckan: CkanStandIn
  let stoppedAt: Date | undefined
  beforeAll(async () => {
    ckan = await startCkanStandIn({ extensions: ['xloader'], clock: () => stoppedAt ?? new Date() })
  })
  afterAll(() => ckan.close())

  const load = (...args: readonly string[]) =>
    cli(['load', ...args], { CKAN_UPLINK_GATEWAY: ckan.url, CKAN_API_TOKEN: ckan.tokens.editor })

  it('loads all tables of a dataset, and waits until they are loaded', async () => {
    const [, table = ''] = ckan.resources
    const { code, stdout, stderr } = await load('--dataset', 'air-quality', '--wait')
    expect([code, stdout]).toEqual([0, `✔ ${table}  loaded\n`])
    expect(stderr).toBe('Skipped 2 of 3 resources: they are not tables, or have no file.\n')
  })

  it('fails with advice if CKAN does not have the loader', async () => {
    const { code, stderr } = await load(ckan.resources[0] ?? '', '--loader', 'datapusher')
    expect([code, stderr]).toEqual([1, expect.stringContaining('This CKAN has no datapusher')])
  })

  it('reports pending loads, and loads that the loader refused', async () => {
    const [, table = ''] = ckan.resources
    // No load ends while the clock stands still.
    stoppedAt = new Date()
    const { code, stdout } = await load(table, table, 'none', '--json')
    expect([code, linesOf(stdout)]).toMatchObject([
      1,
      [
        { resource: table, state: 'submitted' },
        { resource: table, state: 'pending' },
        { resource: 'none', state: 'failed' },
      ],
    ])
    expect(await load()).toMatchObject({ code: 2 })
  })
})

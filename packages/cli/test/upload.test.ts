import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli, startCli } from './support/cli.ts'

const PARTS = 7
const PART_BYTES = 16 * 1024 ** 2
const MAX_BYTES = 2 * PARTS * PART_BYTES

const COUNTING_PUTS = { NODE_OPTIONS: `--import=${new URL('support/count-puts.ts', import.meta.url)}` }

let folder: string
let local: LocalHandle
let env: { readonly XDG_STATE_HOME: string }
/** How late a notification arrives. */
let lateMs = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  env = { XDG_STATE_HOME: join(folder, 'state') }
  local = await startLocal({
    folder: join(folder, '.local'),
    ports: await choosePorts('0'),
    settings: { MAX_UPLOAD_BYTES: String(MAX_BYTES) },
    delaysMs: () => [lateMs],
  })
  await mkdir(join(folder, 'data', 'more'), { recursive: true })
  await writeFile(join(folder, 'data', 'a.csv'), 'city,population\n東京,13960000\n')
  await writeFile(join(folder, 'data', 'more', 'b.json'), '[]')
  await writeFile(join(folder, 'data', '.hidden'), 'no')
  await writeFile(join(folder, 'wrong.xlsx'), 'no spreadsheet')
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

function editor() {
  return createUplink({ gateway: local.gateway, token: local.tokens?.editor })
}

function cli(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  return runCli(args, { cwd: folder, env: { ...env, ...more } })
}

describe('ckan-uplink on the command line', () => {
  it('uploads a folder without any setting, and replaces the files by name the second time', async () => {
    const first = await cli(['upload', 'data', '--dataset', local.dataset ?? '', '--json'])
    expect([first.code, first.stderr]).toEqual([0, ''])
    const made = linesOf(first.stdout)
    expect(made).toMatchObject([{ file: join(folder, 'data', 'a.csv'), state: 'linked' }, { state: 'linked' }])
    const second = await cli(['upload', 'data', '--dataset', local.dataset ?? '', '--replace-by-name', '--json'])
    expect(linesOf(second.stdout).map(({ resource }) => resource)).toEqual(made.map(({ resource }) => resource))
  })

  it('shows the state of an upload and of a resource, without colour in a pipe', async () => {
    const [resource = ''] = local.resources ?? []
    const [uploaded] = linesOf((await cli(['upload', 'data/a.csv', '--resource', resource, '--json'])).stdout)
    const upload = String(uploaded?.['upload'])
    const { code, stdout } = await cli(['status', upload, resource])
    expect(code).toBe(0)
    const line = `✔ ${upload}  linked  a.csv  resource ${resource}  CKAN shows this file\n`
    expect(stdout).toBe(line + line)
    const watched = await cli(['watch', upload, '--json'])
    expect([watched.code, linesOf(watched.stdout)]).toMatchObject([0, [{ id: upload, state: 'linked' }]])
  })

  it('withdraws a file with a reason, once CKAN shows another file', async () => {
    const args = ['upload', 'data/a.csv', '--dataset', local.dataset ?? '', '--json']
    const [uploaded] = linesOf((await cli(args)).stdout)
    const id = String(uploaded?.['upload'])
    const remove = ['remove', id, '--reason', 'It holds names.']
    expect(await cli(remove)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(`^✘ ${id}: .*shows this file: give it another file or URL`),
    })
    await editor().action('resource_patch', { id: uploaded?.['resource'], url: 'https://example.org/other.csv' })
    expect(await cli(remove)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`^✔ ${id}  withdrawn  a.csv  Stored bytes: The next reconciliation removes them`),
    })
    expect(linesOf((await cli([...remove, '--json'])).stdout)).toMatchObject([
      { id, state: 'withdrawn', withdrawn: { reason: 'It holds names.' }, bytes: expect.any(String) },
    ])
    const words = /withdrew it at .*: It holds names\./u
    expect(await cli(['status', id])).toMatchObject({ code: 1, stderr: expect.stringMatching(words) })
    await expect(editor().waitFor(id, 'linked')).rejects.toThrow(/was withdrawn by .*: It holds names\./u)
  })

  it('fails with the reason, and uploads the other files', async () => {
    const { code, stdout, stderr } = await cli(['upload', 'wrong.xlsx', 'data/a.csv', '--dataset', local.dataset ?? ''])
    expect([code, stderr]).toMatchObject([
      1,
      expect.stringMatching(/^✘ wrong.xlsx: .*is failed: The file has the name/u),
    ])
    expect(stdout).toMatch(/^✔ a.csv {2}linked/u)
    const [, id = ''] = /Upload (\S+)/u.exec(stderr) ?? []
    expect(await cli(['watch', id])).toMatchObject({ code: 1 })
    expect(await cli(['status', id, crypto.randomUUID()])).toMatchObject({ code: 1, stdout: '' })
  })

  it('names the resource that it created for a failed file, and uses it again for the corrected file', async () => {
    const resources = async () =>
      (
        await editor().action<{ readonly resources: readonly { readonly id: string }[] }>('package_show', {
          id: local.dataset,
        })
      ).resources
    const before = (await resources()).map(({ id }) => id)
    await writeFile(join(folder, 'grown.csv'), '')
    await truncate(join(folder, 'grown.csv'), MAX_BYTES + 1)
    const args = ['upload', 'grown.csv', '--dataset', local.dataset ?? '', '--json']
    const refused = linesOf((await cli(args)).stdout)
    const made = (await resources()).map(({ id }) => id).filter((id) => !before.includes(id))
    expect(refused).toMatchObject([
      { state: 'failed', resource: made[0], reason: expect.stringMatching(/size.*the same command uses it again/u) },
    ])
    expect(linesOf((await cli(args)).stdout)).toMatchObject([{ state: 'failed', resource: made[0] }])
    await writeFile(join(folder, 'grown.csv'), 'a,b\n1,2\n')
    expect(linesOf((await cli(args)).stdout)).toMatchObject([{ state: 'linked', resource: made[0] }])
    // That resource has its file now, so the next upload creates another one.
    const [next] = linesOf((await cli(args)).stdout)
    expect(next).toMatchObject({ state: 'linked' })
    expect((await resources()).map(({ id }) => id)).toEqual([...before, made[0], next?.['resource']])
  })

  it('creates a new resource if a user filled or removed the empty one', async () => {
    const args = ['upload', 'claimed.xlsx', '--dataset', local.dataset ?? '', '--json']
    await writeFile(join(folder, 'claimed.xlsx'), 'no spreadsheet')
    const [first] = linesOf((await cli(args)).stdout)
    await editor().action('resource_patch', { id: first?.['resource'], url: 'https://example.org/by-hand' })
    const [second] = linesOf((await cli(args)).stdout)
    await editor().action('resource_delete', { id: second?.['resource'] })
    const [third] = linesOf((await cli(args)).stdout)
    expect(new Set([first, second, third].map((line) => line?.['resource'])).size).toBe(3)
    expect(await editor().action('resource_show', { id: first?.['resource'] })).toMatchObject({
      url: 'https://example.org/by-hand',
    })
  })

  it.each([
    ['no destination', ['upload', 'data']],
    ['two destinations', ['upload', 'data', '--dataset', 'a', '--resource', 'b']],
    ['a file that is not there', ['upload', 'none.csv', '--dataset', 'a']],
    ['several files for one resource', ['upload', 'data', '--resource', 'a']],
    ['a removal without a reason', ['remove', 'a']],
    ['an unknown option', ['upload', 'data', '--token', 'secret']],
    ['a number that is not a number', ['upload', 'data', '--dataset', 'a', '--parts-at-once', 'many']],
    ['a gateway that is not a URL', ['status', 'a', '--gateway', 'nowhere']],
  ])('exits with 2 for %s', async (_what, args) => {
    const { code, stdout, stderr } = await cli(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/\S/u)
    expect(stderr).not.toMatch(/^ +at /mu)
  })

  it('takes the token from the environment or a file, and sends the local token to the local edition only', async () => {
    await writeFile(join(folder, 'token'), `${local.tokens?.editor}\n`)
    const { resources: [resource = ''] = [] } = local
    const gateway = local.gateway.replace('127.0.0.1', 'localhost')
    expect(await cli(['status', resource], { CKAN_UPLINK_GATEWAY: gateway })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CKAN_API_TOKEN'),
    })
    expect(await cli(['status', resource], { CKAN_API_TOKEN_FILE: 'none' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CKAN_API_TOKEN_FILE'),
    })
    const uploads = ['upload', 'data/a.csv', '--resource', resource]
    expect(await cli(uploads, { CKAN_UPLINK_GATEWAY: gateway, CKAN_API_TOKEN_FILE: 'token' })).toMatchObject({
      code: 0,
    })
    expect(await cli(uploads, { CKAN_API_TOKEN: local.tokens?.reader ?? '' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not allow'),
    })
  })

  it('continues after a kill and sends only the missing parts', async () => {
    await writeFile(join(folder, 'large.csv'), Buffer.alloc(PARTS * PART_BYTES, 'city,population\n'))
    const args = [
      'upload',
      'large.csv',
      '--dataset',
      local.dataset ?? '',
      '--replace-by-name',
      '--parts-at-once',
      '1',
      '--json',
    ]
    const killed = startCli(args, { cwd: folder, env })
    const gone = new Promise((resolve) => killed.once('close', resolve))
    await expect.poll(async () => (await arrived()).length, { interval: 20 }).toBeGreaterThanOrEqual(2)
    killed.kill('SIGKILL')
    await gone
    // A part whose bytes were all sent may reach the store later.
    await sleep(1000)
    const [upload] = await begun()
    const { length: there } = await arrived()
    expect(there).toBeLessThan(PARTS)

    const { code, stdout, stderr } = await cli(args, COUNTING_PUTS)
    expect([code, stderr]).toEqual([0, `${PARTS - there} PUTs\n`])
    expect(linesOf(stdout)).toMatchObject([{ state: 'linked', upload }])
    expect(await begun()).toEqual([])
  })

  it('sends nothing again after a kill while it waited', async () => {
    const before = await begun(true)
    await writeFile(join(folder, 'waiting.csv'), 'a,b\n')
    const args = ['upload', 'waiting.csv', '--dataset', local.dataset ?? '', '--json']
    // Otherwise a busy machine links the file before the kill.
    lateMs = 1_500
    const killed = startCli(args, { cwd: folder, env })
    const gone = new Promise((resolve) => killed.once('close', resolve))
    const sent = async () => (await begun(true)).find((id) => !before.includes(id))
    await expect.poll(sent, { interval: 5 }).toBeDefined()
    killed.kill('SIGKILL')
    await gone
    lateMs = 0
    const upload = await sent()
    const { stdout, stderr } = await cli(args, COUNTING_PUTS)
    expect([linesOf(stdout), stderr]).toMatchObject([[{ upload, state: 'linked' }], '0 PUTs\n'])
  })
})

/** The ids of the remembered uploads: multipart uploads under way, or uploads whose bytes were all sent. */
async function begun(isSent = false): Promise<readonly string[]> {
  const kept = join(env.XDG_STATE_HOME, 'ckan-uplink', 'uploads')
  // A draft has the number of its process after a dot. A kill before its name changes leaves nothing remembered.
  const names = (await readdir(kept).catch(() => [])).filter((name) => !name.includes('.'))
  const texts = await Promise.all(names.map((name) => readFile(join(kept, name), 'utf8')))
  return texts.map((text) => JSON.parse(text).upload).flatMap((upload) => (upload?.isSent === isSent ? upload.id : []))
}

/** The stored parts of the upload under way, or none if there is no upload. */
async function arrived(): Promise<readonly unknown[]> {
  const [id] = await begun()
  return id ? (await editor().action<{ readonly parts: readonly unknown[] }>('upload_list_parts', { id })).parts : []
}

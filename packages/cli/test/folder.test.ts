import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { linesOf, runCli } from './support/cli.ts'

/** "é" as one character, and as macOS gives it: a letter and its accent. */
const COMPOSED = '\u00e9t\u00e9.csv'
const DECOMPOSED = COMPOSED.normalize('NFD')

let home: string
let local: LocalHandle
let folder: string
let count = 0

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  local = await startLocal({ folder: join(home, '.local'), ports: await choosePorts('0') })
})
afterAll(async () => {
  await local?.close()
  await rm(home, { recursive: true, force: true })
})
beforeEach(async () => {
  count += 1
  folder = join(home, `folder-${count}`)
  await mkdir(folder)
})

async function write(...path: readonly [string, ...string[]]): Promise<string> {
  const file = join(folder, ...path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, 'a,b\n1,2\n')
  return file
}

function editor() {
  return createUplink({ gateway: local.gateway, token: local.tokens?.editor })
}

async function createDataset(): Promise<string> {
  const { owner_org } = await editor().action<{ readonly owner_org: string }>('package_show', { id: local.dataset })
  const name = `folder-${count}-${crypto.randomUUID()}`
  return (await editor().action<{ readonly id: string }>('package_create', { name, owner_org })).id
}

async function createResource(dataset: string, name: string): Promise<string> {
  return (await editor().action<{ readonly id: string }>('resource_create', { package_id: dataset, name })).id
}

async function namesIn(dataset: string): Promise<readonly string[]> {
  type Shown = { readonly resources: readonly { readonly name: string }[] }
  return (await editor().action<Shown>('package_show', { id: dataset })).resources.map(({ name }) => name)
}

function state() {
  return { XDG_STATE_HOME: join(home, 'state') }
}

function upload(dataset: string, ...more: readonly string[]) {
  return runCli(['upload', folder, '--dataset', dataset, ...more], { cwd: folder, env: state() })
}

describe('a folder on the command line', () => {
  it('is uploaded without hidden files and the files of Windows, macOS and Office', async () => {
    for (const name of ['a.csv', 'Thumbs.db', 'desktop.ini', '.DS_Store', '~$book.xlsx']) await write(name)
    for (const name of ['__MACOSX', '@eaDir', '$RECYCLE.BIN']) await write(name, 'a.csv')
    const dataset = await createDataset()
    const { code, stderr } = await upload(dataset)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^- 7 entries, such as ".*": hidden and system files are left out\.\n$/u)
    expect(await namesIn(dataset)).toEqual(['a.csv'])
  })

  it('is uploaded with the files that its links point to, and with a line for each other link', async () => {
    await symlink(await write('..', 'real.csv'), join(folder, 'linked.csv'))
    await symlink('nowhere.csv', join(folder, 'broken.csv'))
    await symlink(folder, join(folder, 'loop'))
    const dataset = await createDataset()
    const { code, stderr } = await upload(dataset)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^✘ ".*broken\.csv": ENOENT.*\n- ".*loop": It is a link to something else than a file\.\n$/u)
    expect(await namesIn(dataset)).toEqual(['linked.csv'])
  })

  it('is uploaded without the files whose names CKAN cannot take, and no resource is created for those', async () => {
    await write('a.csv')
    await write('new\nline.csv')
    const latin1 = Buffer.concat([Buffer.from(`${folder}/stra`), Buffer.from([0xdf]), Buffer.from('e.csv')])
    // Other systems refuse to create such a file.
    if (process.platform === 'linux') await writeFile(latin1, 'a,b\n')
    const dataset = await createDataset()
    const { code, stdout } = await upload(dataset, '--json')
    expect(code).toBe(1)
    expect(linesOf(stdout)).toMatchObject([
      { state: 'failed', file: join(folder, 'new\nline.csv'), reason: expect.stringMatching(/rename it/u) },
      ...(process.platform === 'linux' ? [{ state: 'failed', reason: expect.stringMatching(/not in UTF-8/u) }] : []),
      { state: 'linked', file: join(folder, 'a.csv') },
    ])
    expect(await namesIn(dataset)).toEqual(['a.csv'])
  })

  it('replaces a resource whose name has the same characters in another Unicode form', async () => {
    const dataset = await createDataset()
    await write(DECOMPOSED)
    expect((await upload(dataset)).code).toBe(0)
    expect((await upload(dataset, '--replace-by-name')).code).toBe(0)
    expect(await namesIn(dataset)).toEqual([COMPOSED])
  })

  it('is refused with --replace-by-name if two of its files claim one resource', async () => {
    const paths = [await write('2023', 'data.csv'), await write('2024', 'data.csv')]
    const dataset = await createDataset()
    const { code, stderr } = await upload(dataset, '--replace-by-name', '--names', 'file')
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${paths.join(' and ')} would both replace`)])
    expect(await namesIn(dataset)).toEqual([])
  })

  it('makes one resource for each path below it, and none more the second time', async () => {
    await write('2023', 'data.csv')
    await write('2024', 'data.csv')
    const dataset = await createDataset()
    await createResource(dataset, 'data.csv')
    const first = await upload(dataset, '--replace-by-name')
    expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/^✔ 2023\/data\.csv {2}linked/u)])
    expect((await upload(dataset, '--replace-by-name')).code).toBe(0)
    expect(await namesIn(dataset)).toEqual(['data.csv', '2023/data.csv', '2024/data.csv'])
  })

  it('replaces the resource with the name of a file that only one of its folders has', async () => {
    await write('2023', 'data.csv')
    const dataset = await createDataset()
    const id = await createResource(dataset, 'data.csv')
    const { stdout } = await upload(dataset, '--replace-by-name', '--json')
    expect(linesOf(stdout)).toMatchObject([{ state: 'linked', resource: id }])
    expect((await upload(dataset, '--replace-by-name', '--names', 'path')).code).toBe(0)
    expect(await namesIn(dataset)).toEqual(['data.csv', '2023/data.csv'])
  })

  it('does not replace a file whose name several resources have, and names them', async () => {
    await write('a.csv')
    await write('b.csv')
    const dataset = await createDataset()
    const ids = [await createResource(dataset, 'a.csv'), await createResource(dataset, 'a.csv')]
    const { code, stdout } = await upload(dataset, '--replace-by-name', '--json')
    expect(code).toBe(1)
    expect(linesOf(stdout)).toMatchObject([
      { state: 'failed', file: join(folder, 'a.csv'), reason: expect.stringContaining(ids.join(' and ')) },
      { state: 'linked', file: join(folder, 'b.csv') },
    ])
    expect(await namesIn(dataset)).toEqual(['a.csv', 'a.csv', 'b.csv'])
  })

  it('is uploaded once if one of its files is given too', async () => {
    const file = await write('2023', 'data.csv')
    const dataset = await createDataset()
    const { code } = await runCli(['upload', folder, file, '--dataset', dataset], { cwd: folder, env: state() })
    expect([code, await namesIn(dataset)]).toEqual([0, ['2023/data.csv']])
  })
})

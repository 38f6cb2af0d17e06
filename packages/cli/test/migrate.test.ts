import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { createUplink } from '@ckan-uplink/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ShownDataset, ShownResource } from '../src/migrate/shown.ts'
import { linesOf, runCli, startCli } from './support/cli.ts'
import { type LocalSite, openLocalSite } from './support/local-site.ts'

interface Row {
  readonly metadata_modified: string
}

/** One transparent pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

const JOURNAL = 'moved.jsonl'

let site: LocalSite

beforeAll(async () => {
  site = await openLocalSite()
})
afterAll(() => site?.close())

const act = <T>(name: string, params: object) => site.editor.action<T>(name, { ...params })
const run = (...args: readonly string[]) =>
  runCli(['migrate', '--dataset', site.ckan.dataset, '--journal', JOURNAL, '--json', ...args], options())
const options = () => ({
  cwd: site.home,
  env: { CKAN_UPLINK_GATEWAY: site.local.gateway, CKAN_API_TOKEN: site.ckan.tokens.editor },
})

/** A file in CKAN's own store. */
async function store(name: string, bytes: Uint8Array | string, more: object = {}): Promise<string> {
  const fields = {
    package_id: site.ckan.dataset,
    name: `About ${name}`,
    url: name,
    url_type: 'upload',
    format: name.includes('csv') ? 'CSV' : 'TXT',
  }
  const { id } = await act<ShownResource>('resource_create', { ...fields, description: 'Kept.', ...more })
  site.ckan.storedFiles.set(id, Buffer.from(bytes))
  return id
}

async function bytesOf(id: string): Promise<Buffer> {
  const { url } = await act<ShownResource>('resource_show', { id })
  return Buffer.from(await (await fetch(url ?? '')).arrayBuffer())
}

describe('ckan-uplink migrate', () => {
  const compressed = gzipSync('a,b\n3,4\n')
  const md5 = createHash('md5').update('a,b\n').digest('hex')
  let before: ShownDataset
  let after: ShownDataset
  /** The ids of the resources. */
  let [years, loaded, changed, lost, gone] = ['', '', '', '', '']

  const showAll = () => act<ShownDataset>('package_show', { id: site.ckan.dataset })
  const findIn = (dataset: ShownDataset, id: string) => dataset.resources.find((resource) => resource.id === id)

  it('says how many files would move, and changes nothing', async () => {
    years = await store('years.csv.gz', compressed, { datastore_active: false })
    loaded = await store('loaded.csv', 'a,b\n', { hash: md5, size: 4, datastore_active: true })
    changed = await store('changed.txt', 'x', { hash: md5 })
    lost = await store('lost.txt', 'y')
    gone = await store('gone.txt', 'z')
    before = await showAll()
    const { code, stdout } = await run()
    expect([code, linesOf(stdout)]).toMatchObject([
      0,
      [{ files: 5 }, { files: 5, unknown: 4, tables: 2, table_bytes: 4, writes: 20, reads: 10 }],
    ])
    expect(await showAll()).toEqual(before)
  })

  it('moves the bytes as they are, and reports a file that CKAN has no more', async () => {
    site.ckan.storedFiles.delete(gone)
    const { code, stdout } = await run('--fix')
    expect([code, linesOf(stdout).at(-1)]).toMatchObject([1, { files: 4, failures: 1 }])
    const reason = `${site.ckan.url} answered 404.`
    expect(linesOf(stdout)).toContainEqual(expect.objectContaining({ resource: gone, reason }))
    after = await showAll()
    expect(await bytesOf(years)).toEqual(compressed)
    expect((await bytesOf(changed)).toString()).toBe('x')
  })

  it('writes only the fields of the file', () => {
    for (const resource of after.resources) {
      const {
        url: _,
        url_type,
        mimetype,
        size,
        hash,
        last_modified,
        metadata_modified,
        ...others
      } = resource as ShownResource & Row
      expect(findIn(before, resource.id)).toMatchObject(others)
    }
    expect(findIn(after, years)).toMatchObject({ size: compressed.length, url_type: '' })
    expect(findIn(after, gone)).toEqual(findIn(before, gone))
  })

  it('keeps the hash by which a loader knows that it has loaded this file, and no other', () => {
    expect(findIn(after, loaded)?.hash).toBe(md5)
    expect(findIn(after, changed)?.hash).toMatch(/^sha256:/u)
  })

  it('goes back, except for what a person has changed and what CKAN has lost since', async () => {
    await act('resource_patch', { id: changed, url: 'https://example.org/theirs.txt' })
    site.ckan.storedFiles.delete(lost)
    expect(linesOf((await run('--undo', JOURNAL)).stdout).at(-1)).toMatchObject({ files: 3, changed: 1 })
    expect(findIn(await showAll(), years)).toEqual(findIn(after, years))

    const { code, stdout } = await run('--undo', JOURNAL, '--fix')
    expect([code, linesOf(stdout).at(-1)]).toMatchObject([1, { changed: 1, failures: 1 }])
    const now = await showAll()
    const metadata_modified = expect.anything()
    for (const id of [years, loaded]) expect(findIn(now, id)).toEqual({ ...findIn(before, id), metadata_modified })
    expect(findIn(now, changed)?.url).toBe('https://example.org/theirs.txt')
    expect(findIn(now, lost)).toEqual({ ...findIn(after, lost), metadata_modified })
    await act('resource_delete', { id: gone })
  })

  it('continues after a kill, and moves each file', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => store(`part-${index}.txt`, `part ${index}`)))
    const killed = startCli(['migrate', '--dataset', site.ckan.dataset, '--journal', JOURNAL, '--fix'], options())
    let isOver = false
    const over = once(killed, 'close').then(() => {
      isOver = true
    })
    const lengthNow = async () => (await readFile(join(site.home, JOURNAL), 'utf8')).length
    const before = await lengthNow()
    while (!isOver && (await lengthNow()) === before) await setImmediate()
    killed.kill('SIGKILL')
    await over
    expect((await run('--fix')).code).toBe(0)
    for (const [index, id] of ids.entries()) expect((await bytesOf(id)).toString()).toBe(`part ${index}`)
  })

  it('leaves a journal to the run that uses it', async () => {
    await writeFile(join(site.home, `${JOURNAL}.lock`), String(process.ppid))
    const { code, stderr } = await run('--fix')
    expect([code, stderr]).toEqual([2, expect.stringContaining(`Process ${process.ppid} moves files with ${JOURNAL}`)])
    await rm(join(site.home, `${JOURNAL}.lock`))
    expect((await run('--fix')).code).toBe(0)
  })

  it('moves the images of organizations and users, and can go back', async () => {
    const admin = createUplink({ gateway: site.local.gateway, token: site.ckan.tokens.admin })
    const imageUrl = '2026-11-27-040711.325176logo.png'
    const owners = [
      { type: 'organization', id: site.ckan.organization, path: `group/${imageUrl}` },
      { type: 'user', id: 'editor', path: `user/${imageUrl}` },
    ]
    for (const { type, id, path } of owners) {
      site.ckan.storedFiles.set(path, PNG)
      await admin.action(`${type}_patch`, { id, image_url: imageUrl })
    }
    const migrate = (...args: readonly string[]) => {
      const { cwd, env } = options()
      const all = ['migrate', '--journal', 'images.jsonl', '--json', ...args]
      return runCli(all, { cwd, env: { ...env, CKAN_API_TOKEN: site.ckan.tokens.admin } })
    }
    const images = () =>
      Promise.all(
        owners.map(
          async ({ type, id }) => (await admin.action<{ image_url: string }>(`${type}_show`, { id })).image_url,
        ),
      )
    expect(linesOf((await migrate()).stdout).at(-1)).toMatchObject({ images: 2 })
    const { code, stdout } = await migrate('--fix')
    expect([code, linesOf(stdout)], stdout).toMatchObject([0, [{ images: 2 }, { failures: 0 }]])
    for (const url of await images()) {
      expect(url).toMatch(/\/logo\.png\?v=/u)
      expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(PNG)
    }
    expect((await migrate('--undo', 'images.jsonl', '--fix')).code).toBe(0)
    expect(await images()).toEqual([imageUrl, imageUrl])
  })

  it('follows no link to an address inside the network', async () => {
    const links = ['https://localhost/theirs.csv', 'http://localhost/theirs.csv', 'https://elsewhere.example.org/a.csv']
    for (const url of links) await act('resource_create', { package_id: site.ckan.dataset, name: 'Theirs', url })
    const { stdout } = await run('--fix', '--host', 'localhost')
    const reasons = linesOf(stdout).flatMap(({ reason }) => (reason === undefined ? [] : [reason]))
    expect(reasons).toEqual([expect.stringMatching(/^localhost leads to (?:127\.0\.0\.1|::1), which is not a public/u)])
    expect(linesOf((await run('--host', 'localhost')).stdout).at(-1)).toMatchObject({ files: 1, left_out: 1 })
  })

  it('takes a host in any spelling, but no address', async () => {
    expect(linesOf((await run('--host', 'LocalHost')).stdout).at(-1)).toMatchObject({ files: 1, left_out: 1 })
    for (const address of ['https://localhost', 'localhost/theirs.csv', 'localhost:8080']) {
      const { code, stderr } = await run('--host', address)
      expect([code, stderr]).toEqual([2, expect.stringContaining('Give the name of a host alone')])
    }
  })

  it('names a dataset that CKAN does not show', async () => {
    const { code, stderr } = await run('--dataset', 'none-such')
    expect([code, stderr]).toEqual([1, expect.stringContaining('CKAN shows your token no dataset none-such.')])
  })

  it('says whose datasets it sees, and refuses an unknown token', async () => {
    expect((await run()).stderr).toContain('The token belongs to editor, who is not a sysadmin')
    const { cwd, env } = options()
    const { code, stderr } = await runCli(['migrate'], { cwd, env: { ...env, CKAN_API_TOKEN: 'unknown' } })
    expect([code, stderr]).toEqual([2, expect.stringContaining('CKAN does not know this token')])
  })

  it('takes only a journal that exists', async () => {
    const { code, stderr } = await run('--undo', 'none.jsonl')
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no journal none.jsonl')])
    await writeFile(join(site.home, 'empty.jsonl'), '')
    expect((await run('--undo', 'empty.jsonl')).code).toBe(0)
  })
})

import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastEntries } from '@ckan-uplink/cli/migrate'
import { NotFoundError, RefusedError } from '@ckan-uplink/core'
import type { UploadRecord } from '@ckan-uplink/core/uploads'
import { createMemoryStore } from '@ckan-uplink/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { listCkanFiles } from '../src/migrate/ckan-files.ts'
import { type FilesMove, moveFile } from '../src/migrate/move-file.ts'

const CONTENT = 'a,b\n1,2\n'
const ORG = '9b9a1f57-5b50-4a8a-9d0a-6a9d9a5b7c10'
const OLD = {
  id: '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10',
  name: 'minutes.csv',
  storage: 'default',
  location: 'ab/cd',
  content_type: 'text/csv',
  size: CONTENT.length,
  owner_type: 'package',
  owner_id: 'dataset-1',
  pinned: true,
}

const REGISTERED = { state: 'linked', file: { id: 'new-file', step: 'given' } } as const

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A CKAN that has these actions and this download, a bucket, and a linker that registers each arriving file. */
async function start({
  actions = {},
  path = '/files/download/',
  content = CONTENT,
  linked = REGISTERED,
}: {
  readonly actions?: Readonly<Record<string, unknown>>
  readonly path?: string
  readonly content?: string
  readonly linked?: Partial<UploadRecord>
} = {}) {
  const downloads: (string | undefined)[] = []
  const server = createServer(({ url = '', headers }, response) => {
    if (!url.startsWith(path)) return void response.writeHead(404).end()
    downloads.push(headers.authorization)
    response.end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => server.close())
  const journal = join(tmpdir(), `move-file-${crypto.randomUUID()}.jsonl`)
  closers.push(() => rm(journal, { force: true }))
  const known: Readonly<Record<string, unknown>> = { package_show: { owner_org: ORG }, ...actions }
  const calls: object[] = []
  const action = async (name: string, fields: object) => {
    calls.push({ name, ...fields })
    const answer = known[name]
    if (answer === undefined) throw new RefusedError(`Bad request - Action name not known: ${name}`)
    if (answer instanceof Error) throw answer
    return answer
  }
  const store = createMemoryStore()
  const records = () => store.keys().filter((key) => key.startsWith('uplink/uploads/'))
  const recordAt = async (key: string): Promise<UploadRecord> =>
    JSON.parse(new TextDecoder().decode((await store.get(key))?.bytes))
  const put = (key: string, value: object | string) =>
    store.put(key, new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)))
  let dies = false
  const write: FilesMove['importer']['write'] = async (bytes, to) => {
    let text = ''
    for await (const chunk of bytes) text += new TextDecoder().decode(chunk)
    return {
      isCompared: false,
      abort: async () => {},
      async complete() {
        if (dies) throw new Error('The command was killed.')
        await put(to.key, text)
        const [key = ''] = records()
        await put(key, { ...(await recordAt(key)), ...linked })
      },
    }
  }
  const { port } = server.address() as AddressInfo
  const move = async (fix = true, file: typeof OLD = OLD) =>
    moveFile(file, fix, {
      work: {
        gateway: `http://127.0.0.1:${port}`,
        tokenHeaders: { Authorization: 'token' },
        uplink: { action },
        signal: new AbortController().signal,
      },
      linkDeps: { store, settings: { keyPrefix: 'resources/api_uploads/' }, clock: { now: () => new Date(0) } },
      importer: { write },
      journal,
      former: await lastEntries(journal),
      waitMs: 0,
    } as unknown as FilesMove)
  const die = (now: boolean) => {
    dies = now
  }
  return { store, journal, calls, downloads, records, recordAt, move, die, action }
}

describe('a file in another storage of CKAN', () => {
  it.each(['/files/download/', '/file/download/'])('comes to the bucket by %s, for the same owner', async (path) => {
    const site = await start({ path })
    expect(await site.move(false)).toEqual({ file: OLD, state: 'moves' })
    expect([site.store.keys(), site.downloads]).toEqual([[], []])
    expect(await site.move()).toEqual({ file: OLD, state: 'registered', to: 'new-file' })
    expect(site.downloads).toEqual(['token'])
    const record = await site.recordAt(site.records()[0] ?? '')
    expect(record).toMatchObject({
      entity: { type: 'file', id: record.id, owner_org: ORG },
      key: `resources/api_uploads/uplink-files/${ORG}/${record.id}/minutes.csv`,
      owner: { type: 'package', id: 'dataset-1', pinned: true },
      declared: {
        name: 'minutes.csv',
        mimetype: 'text/csv',
        size: 8,
        hash: `sha256:${createHash('sha256').update(CONTENT).digest('hex')}`,
      },
      limits: { max_bytes: 8 },
    })
    expect(JSON.parse(await readFile(site.journal, 'utf8'))).toMatchObject({ resource: OLD.id, upload: record.id })
    expect(await site.move()).toEqual({ file: OLD, state: 'there', to: 'new-file' })
    expect(site.downloads).toHaveLength(1)
  })

  it('keeps its upload when the command was killed before the object appeared', async () => {
    const site = await start()
    site.die(true)
    expect(await site.move()).toMatchObject({ state: 'failed', reason: 'The command was killed.' })
    site.die(false)
    expect(await site.move()).toMatchObject({ state: 'registered' })
    expect(site.records()).toHaveLength(1)
  })

  it('is not sent again while the linker has not registered it', async () => {
    const site = await start({ linked: { state: 'scanning' } })
    expect([await site.move(), await site.move()]).toMatchObject([{ state: 'sent' }, { state: 'sent' }])
    expect([site.downloads.length, site.records().length]).toEqual([1, 1])
  })

  it.each([
    [
      'is shown by a resource',
      { owner_type: 'resource' },
      `https://ckan.example.org/file/download/${OLD.id}`,
      'migrate',
    ],
    ['has no owner', { owner_type: null, owner_id: null }, '', 'no owner'],
  ])('that %s stays, with the reason', async (_, more, url, words) => {
    const site = await start({ actions: { resource_show: { url, package_id: 'dataset-1' } } })
    const moved = await site.move(true, { ...OLD, ...more } as typeof OLD)
    expect(moved).toMatchObject({ state: 'left', reason: expect.stringContaining(words) })
    expect(site.store.keys()).toEqual([])
  })

  it.each([
    ['has another size than CKAN says', { content: 'a,b\n' }, '4 arrived'],
    ['cannot be downloaded', { path: '/none/' }, '404'],
    ['belongs to a dataset that is gone', { actions: { package_show: new NotFoundError('Not found.') } }, 'Not found.'],
    ['was refused by the linker', { linked: { state: 'failed', reason: 'It is no CSV.' } as const }, 'It is no CSV.'],
  ])('that %s fails with the reason', async (_, options, words) => {
    const site = await start(options)
    expect(await site.move()).toMatchObject({ state: 'failed', reason: expect.stringContaining(words) })
  })
})

describe('the files of a storage', () => {
  const list = async (site: Awaited<ReturnType<typeof start>>, owners: readonly string[]) => {
    const work = { uplink: { action: site.action }, signal: new AbortController().signal }
    const ids = []
    for await (const { id } of listCkanFiles(work as never, { from: 'default', owners })) ids.push(id)
    return ids
  }
  const page = { count: 2, results: [OLD, { ...OLD, id: 'other', storage: 'uplink' }] }

  it('are searched with ckanext-files', async () => {
    const site = await start({ actions: { files_file_search: page } })
    expect(await list(site, [])).toEqual([OLD.id])
    expect(site.calls).toMatchObject([{ name: 'files_file_search', filters: { storage: 'default' }, start: 0 }])
  })

  it('are read to the end', async () => {
    const site = await start({ actions: { files_file_search: { count: 201, results: [OLD] } } })
    expect(await list(site, [])).toHaveLength(3)
    expect(site.calls).toMatchObject([{ start: 0 }, { start: 100 }, { start: 200 }])
  })

  it('are listed by owner on CKAN 2.12, which lists them no other way', async () => {
    const site = await start({ actions: { file_owner_scan: page } })
    expect(await list(site, ['package/dataset-1'])).toEqual([OLD.id])
    expect(site.calls.at(-1)).toMatchObject({ owner_type: 'package', owner_id: 'dataset-1' })
    await expect(list(site, [])).rejects.toThrow('give --owner')
    await expect(list(site, ['dataset-1'])).rejects.toThrow('package/ID')
  })
})

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createS3Client, createStore } from '@ckan-uplink/aws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli, runCliProcess, startCli } from '../../../packages/cli/test/support/cli.ts'
import type { Answer } from '../../support/ckan-calls.ts'
import { CLIENTS, installClients } from '../clients/python.ts'
import { putByCurl } from '../support/curl.ts'
import {
  type FilesRoad,
  openFilesRoad,
  STEPS,
  WITH_CORE_ALONE,
  WITH_EXTENSION,
  WITH_PLUGIN,
} from '../support/files-road.ts'

const execute = promisify(execFile)
const SITES = [WITH_EXTENSION, WITH_CORE_ALONE, WITH_PLUGIN]
const MIGRATED = 5

describe.each(SITES)('files without a resource on CKAN $name, with the same bucket by $type', (filesSite) => {
  let road: FilesRoad
  beforeAll(async () => {
    road = await openFilesRoad(filesSite)
  })
  afterAll(() => road?.close())

  const put = ({ storage_data: { upload } }: Answer, text: string) => putByCurl(upload.url, text, upload.headers)
  const linked = (id: string) =>
    expect.poll(async () => (await road.result('upload_show', { id })).state).toBe('linked')
  const newOwner = async () => ({ owner_type: 'package', owner_id: (await road.newDataset(0)).id })

  it('are created, listed, renamed, replaced, given away, pinned and deleted by an editor', async () => {
    const [owner, other] = [await newOwner(), await newOwner()]
    const begun = await road.result('file_create', { name: 'minutes.csv', size: 8, ...owner })
    await put(begun, 'a,b\n1,2\n')
    await linked(begun.id)
    const facts = { storage: 'uplink', content_type: 'text/csv', size: 8, ...owner }
    const [file, ...others] = await road.filesOf(owner)
    expect(others).toEqual([])
    expect(file).toMatchObject({ name: 'minutes.csv', location: begun.location, pinned: false, ...facts })

    const { id } = file
    const renamed = await road.result('files_file_rename', { id: begun.id, name: 'march.csv' })
    expect(renamed).toMatchObject({ id, name: 'march.csv' })
    expect(await road.result('files_file_pin', { id })).toMatchObject({ pinned: true })
    const replacing = await road.result('files_file_replace', { id, size: 12 })
    expect(replacing).toMatchObject({ name: 'march.csv', replaces: id, note: expect.stringContaining(id) })
    await put(replacing, 'a,b\n1,2\n3,4\n')
    await linked(replacing.id)
    const both = await road.filesOf(owner)
    expect(both).toHaveLength(2)
    const later = both.find((one: Answer) => one.id !== id)
    expect(later).toMatchObject({ name: 'march.csv', ...facts, size: 12, location: replacing.location, pinned: true })

    const given = { id, ...other }
    expect((await road.ask('files_transfer_ownership', given)).status).toBe(403)
    await road.result('files_file_unpin', { id })
    expect(await road.result('files_transfer_ownership', given)).toMatchObject(other)
    expect(await road.filesOf(other)).toMatchObject([{ id }])
    expect(await road.result('files_file_delete', { id })).toMatchObject({ id })
    expect(await road.filesOf(other)).toEqual([])

    // CKAN has removed the object, so the URL takes another one, which no user of CKAN would find.
    await put(begun, 'a,b\n9,9\n')
    const removed = () =>
      road.logs.some((line) => line.includes(begun.location) && line.includes('was deleted in CKAN'))
    await expect.poll(removed).toBe(true)
    await put(begun, 'a,b\n9,9\n')
  })

  it('are deleted only when no resource points to them', async () => {
    const { id: dataset, resources } = await road.newDataset(1)
    const begun = await road.result('files_file_create', {
      name: 'a.csv',
      size: 8,
      owner_type: 'package',
      owner_id: dataset,
    })
    await put(begun, 'a,b\n1,2\n')
    await linked(begun.id)
    const { id } = await road.result('files_file_show', { id: begun.id })
    const url = `${road.site.url}/file/download/${id}`
    await road.act('resource_patch', { id: resources[0], url }, 'admin')
    const refused = await road.ask('files_file_delete', { id })
    expect([refused.status, refused.body.error?.id?.[0]]).toEqual([409, expect.stringContaining('shows this file')])
    await road.act('resource_patch', { id: resources[0], url: 'https://example.org/other.csv' }, 'admin')
    expect(await road.result('files_file_delete', { id })).toMatchObject({ id })
  })

  it('belong to the caller by default, and are refused for an owner to whom the editor may not give files', async () => {
    const begun = await road.result('files_file_create', { name: 'minutes.csv', size: 8 })
    await put(begun, 'a,b\n7,8\n')
    await linked(begun.id)
    const { owner_id } = begun
    const facts = { name: 'minutes.csv', location: begun.location, owner_type: 'user', owner_id, pinned: false }
    expect(await road.result('files_file_show', { id: begun.id })).toMatchObject(facts)
    const ofOrganization = { owner_type: 'organization', owner_id: road.site.organization }
    // Only admins of an organization may change it.
    const refused = await road.ask('files_file_create', { name: 'minutes.csv', ...ofOrganization })
    expect([refused.status, refused.body.error.message]).toEqual([403, expect.stringContaining('give files')])
    const ofNone = { owner_type: 'group', owner_id: 'none' }
    expect((await road.ask('files_file_create', { name: 'a.csv', ...ofNone })).status).toBe(404)
  })

  it('come from another storage of CKAN, although the command is killed in the middle', async () => {
    const owner = await newOwner()
    const contents = new Map<string, string>()
    for (let number = 0; number < MIGRATED; number += 1) {
      const content = `a,b\n${number},2\n`
      contents.set((await keepInCkan(content, owner)).id, content)
    }
    const env = { LOCAL_DIR: road.folder, CKAN_API_TOKEN: road.site.tokens.admin }
    const options = { cwd: road.folder, program: 'npm run uplink', env } as const
    const whole = ['files', 'migrate', '--from', 'default', '--json']
    const all = await runCli(whole, options)
    if (road.site.name === '2.12') expect([all.code, all.stderr]).toEqual([2, expect.stringContaining('--owner')])
    else expect(linesOf(all.stdout).map(({ file }) => file)).toEqual(expect.arrayContaining([...contents.keys()]))
    const words = [...whole, '--owner', `package/${owner.owner_id}`]
    const dry = linesOf((await runCliProcess(words, options)).stdout)
    expect(dry.at(-1)).toMatchObject({ kind: 'total', moves: MIGRATED })
    expect(await road.filesOf(owner)).toHaveLength(MIGRATED)

    const running = startCli([...words, '--fix'], options)
    const killed = once(running, 'close')
    road.tap.beforeNext(STEPS[road.site.name as keyof typeof STEPS][1], async () => running.kill('SIGKILL'))
    expect((await killed)[1]).toBe('SIGKILL')
    const resumed = await runCliProcess([...words, '--fix'], options)
    expect(resumed.code, resumed.stderr).toBe(0)
    const again = linesOf((await runCliProcess([...words, '--fix'], options)).stdout)
    expect(again.at(-1)).toMatchObject({ kind: 'total', there: MIGRATED })
    const files = await road.filesOf(owner)
    expect(files).toHaveLength(2 * MIGRATED)
    const scanned = linesOf((await runCli(['files', 'scan', '--json'], options)).stdout)
    for (const { file: old, to } of again.slice(0, MIGRATED) as { file: string; to: string }[]) {
      const [before, after] = [old, to].map((id) => files.find((file) => file.id === id))
      const { name, content_type, size } = before
      expect(after).toMatchObject({ name, content_type, size, storage: 'uplink', pinned: true })
      expect(scanned).toContainEqual(expect.objectContaining({ kind: 'tracked', file: to }))
      expect(await contentAt(after.location)).toBe(contents.get(old))
    }
  })

  /** A pinned file that CKAN itself keeps. */
  async function keepInCkan(content: string, owner: object): Promise<Answer> {
    const form = new FormData()
    form.set('upload', new File([content], `${crypto.randomUUID()}.csv`, { type: 'text/csv' }))
    const action = road.site.name === '2.12' ? 'file_create' : 'files_file_create'
    const headers = { Authorization: road.site.tokens.admin }
    const created = await fetch(`${road.site.url}/api/3/action/${action}`, { method: 'POST', headers, body: form })
    const { result } = (await created.json()) as Answer
    const given = await road.ask(
      'files_transfer_ownership',
      { id: result.id, ...owner, pin: true },
      road.site.tokens.admin,
    )
    expect(given.status).toBe(200)
    return result
  }

  async function contentAt(location: string): Promise<string> {
    const { endpoint, bucket, key, secret } = road.s3
    const credentials = { accessKeyId: key, secretAccessKey: secret }
    const client = createS3Client({ endpoint, region: 'auto', forcePathStyle: true, credentials })
    const found = await createStore({ client, bucket }).get(`resources/api_uploads/${location}`)
    return new TextDecoder().decode(found?.bytes)
  }

  if (filesSite === WITH_EXTENSION)
    it('are used by each line of the documentation of ckanext-files', async () => {
      await installClients()
      const name = `${crypto.randomUUID()}.txt`
      const file = join(road.folder, name)
      await writeFile(file, 'hello world')
      const run = async (line: string): Promise<Answer> => {
        const env = { PATH: `${CLIENTS}/bin:/usr/bin:/bin`, TOKEN: road.site.tokens.admin }
        const { stdout } = await execute('bash', ['-c', `ckanapi action ${line} -r ${road.gateway} -a $TOKEN`], { env })
        return JSON.parse(stdout)
      }
      const { id } = await run(`files_file_create upload@${file}`)
      const other = await run(`files_file_create upload@<(echo -n "hello world") name=other-${name}`)
      expect(await run(`files_file_show id=${id}`)).toMatchObject({ id, name, size: 11 })
      expect(await run(`files_file_show id=${id} name=new-name.txt`)).toMatchObject({ id, name })
      expect(await run(`files_file_search filters:'{"size": 11}' rows:1000`)).toMatchObject({
        results: expect.arrayContaining([expect.objectContaining({ id }), expect.objectContaining({ id: other.id })]),
      })
      expect(await run(`files_file_rename id=${id} name=new-name.txt`)).toMatchObject({ id, name: 'new-name.txt' })
      await writeFile(file, 'hello')
      expect(await run(`files_file_replace id=${id} upload@${file}`)).toMatchObject({ size: 5 })
      for (const made of [id, other.id]) expect(await run(`files_file_delete id=${made}`)).toMatchObject({ id: made })
    })
})

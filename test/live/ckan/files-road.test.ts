import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killCkan, restartCkan } from '../../../scripts/ckan/control.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { CLIENTS, installClients } from '../clients/python.ts'
import { putByCurl } from '../support/curl.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSitesNamed } from '../support/sites.ts'

/** ckanext-files is installed together with the library for S3. */
const [site] = liveSitesNamed('2.11-files')
if (site === undefined) throw new Error('CKAN 2.11-files does not run.')
const execute = promisify(execFile)
const STORAGE = 'ckanext.files.storage.uplink'
const STEPS = ['files_file_register', 'files_file_rename', 'files_transfer_ownership'] as const

describe('files that go straight to the bucket, on a CKAN with ckanext-files and the same bucket', () => {
  let road: Road
  let options: Record<string, string>
  beforeAll(async () => {
    const grantSecret = randomBytes(32).toString('hex')
    const settings = { FILES_STORAGE: 'uplink', CKAN_TIMEOUT_MS: '5000', GRANT_SECRETS: grantSecret }
    road = await openRoad(site, { settings })
    const { endpoint, bucket, key, secret } = road.s3
    const parts = { endpoint, bucket, key, secret, type: 'files:s3', path: 'resources/api_uploads/', region: 'auto' }
    options = Object.fromEntries(Object.entries(parts).map(([name, value]) => [`${STORAGE}.${name}`, value]))
    options[`${STORAGE}.disabled_capabilities`] = 'CREATE MULTIPART'
    options['ckanext.files.authenticated_uploads.allow'] = 'true'
    options['ckanext.files.authenticated_uploads.storages'] = 'uplink'
    options['ckan.plugins'] = [...instanceOf(site.name).plugins, 'uplink'].join(' ')
    options['ckanext.uplink.gateway_url'] = road.gateway
    options['ckanext.uplink.grant_secret'] = grantSecret
    await restartCkan(site.name, options)
  })
  afterAll(async () => {
    await road?.close()
    await restartCkan(site.name)
  })

  const filesOf = async (resource: string): Promise<Answer> => {
    const { status, body } = await road.ask('files_file_scan', { owner_type: 'resource', owner_id: resource })
    if (status !== 200) throw new Error(`files_file_scan was answered with ${status}: ${JSON.stringify(body)}`)
    return body.result.results
  }
  const registered = (resource: string, count = 1) =>
    expect
      .poll(async () => (await filesOf(resource)).filter((file: Answer) => file.pinned), { timeout: 60_000 })
      .toHaveLength(count)

  it('are listed for an editor, with type and size, under the name of the upload', async () => {
    const resource = only(await road.newDataset(1))
    const ticket = await road.upload(resource, 'a,b\n1,2\n', { name: 'Budget 2026.csv' })
    expect((await road.settled(ticket)).state).toBe('linked')
    await registered(resource)
    const [file] = await filesOf(resource)
    expect(file).toMatchObject({
      name: 'Budget 2026.csv',
      storage: 'uplink',
      location: ticket.key.slice('resources/api_uploads/'.length),
      content_type: 'text/csv',
      size: 8,
      owner_id: resource,
      pinned: true,
    })
    await expect.poll(async () => (await road.record(ticket)).file).toEqual({ id: file.id, step: 'given' })
  })

  it('are not deleted while the resource shows them, and then with their object', async () => {
    const resource = only(await road.newDataset(1))
    const ticket = await road.upload(resource, 'a,b\n1,2\n')
    await registered(resource)
    const [file] = await filesOf(resource)
    const refused = await road.ask('files_file_delete', { id: file.id })
    expect([refused.status, refused.body.error?.id?.[0]]).toEqual([409, expect.stringContaining('shows this file')])
    await road.upload(resource, 'a,b\n3,4\n')
    await registered(resource, 2)
    expect((await road.ask('files_file_delete', { id: file.id })).status).toBe(200)
    const left = await filesOf(resource)
    expect(left.map(({ location }: Answer) => location)).not.toContain(file.location)
    expect((await road.ask('resource_restore', { id: resource, upload: ticket.id })).status).toBe(404)
  })

  it('are uploaded by files_resource_upload, and shown by the id in its answer', async () => {
    const resource = only(await road.newDataset(1))
    const { body } = await road.ask('files_resource_upload', { resource_id: resource, name: 'measured.csv', size: 8 })
    const { id, location, storage_data } = body.result
    await putByCurl(storage_data.upload.url, 'a,b\n5,6\n', storage_data.upload.headers)
    await registered(resource)
    await expect.poll(async () => (await road.ask('files_file_show', { id })).status, { timeout: 30_000 }).toBe(200)
    const { body: shown } = await road.ask('files_file_show', { id })
    expect(shown.result).toMatchObject({ name: 'measured.csv', location, storage: 'uplink', owner_id: resource })
    expect((await road.resource(resource)).url).toContain('measured.csv')
  })

  it('are uploaded in parts by the actions of ckanext-files', async () => {
    const resource = only(await road.newDataset(1))
    const content = new Uint8Array(6 * 1024 ** 2).fill(97)
    const asked = { resource_id: resource, name: 'parts.txt', size: content.length, multipart: true }
    const { id, storage_data } = (await road.ask('files_resource_upload', asked)).body.result
    for (let part = 0; part < storage_data.part_count; part += 1) {
      const { upload } = (await road.ask('files_multipart_update', { id, part })).body.result.storage_data
      const bytes = content.slice(part * storage_data.part_size, (part + 1) * storage_data.part_size)
      expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: bytes })).status).toBe(200)
    }
    const { body: refreshed } = await road.ask('files_multipart_refresh', { id })
    expect(refreshed.result.storage_data.uploaded).toBe(content.length)
    expect((await road.ask('files_multipart_complete', { id })).status).toBe(200)
    await registered(resource)
    expect(await filesOf(resource)).toMatchObject([{ name: 'parts.txt', size: content.length, owner_id: resource }])
  })

  it('belong to a user, a dataset or an organization where CKAN lets an editor give them, and no resource', async () => {
    const dataset = await road.newDataset(0)
    const owners = [{}, { type: 'package', id: dataset.id }, { type: 'organization', id: site.organization }] as const
    for (const owner of owners) {
      const asked = 'type' in owner ? { owner_type: owner.type, owner_id: owner.id } : {}
      const { status, body } = await road.ask('files_file_create', { name: 'minutes.csv', size: 8, ...asked })
      if (owner === owners[2]) {
        // Only admins of an organization may change it.
        expect([status, body.error.message]).toEqual([403, expect.stringContaining('give files')])
        continue
      }
      expect([status, body.error]).toEqual([200, undefined])
      const { id, location, storage_data, owner_id } = body.result
      await putByCurl(storage_data.upload.url, 'a,b\n7,8\n', storage_data.upload.headers)
      await expect
        .poll(async () => (await road.ask('upload_show', { id })).body.result.state, { timeout: 60_000 })
        .toBe('linked')
      const { body: shown } = await road.ask('files_file_show', { id })
      const facts = { name: 'minutes.csv', location, storage: 'uplink', content_type: 'text/csv', size: 8 }
      expect(shown.result).toMatchObject({ ...facts, ...asked, owner_id, pinned: false })
    }
    expect((await road.ask('files_file_create', { name: 'a.csv', owner_type: 'group', owner_id: 'none' })).status).toBe(
      404,
    )
    expect((await road.dataset(dataset.id)).resources).toEqual([])
  })

  it.each(STEPS)('are registered although CKAN is killed at the step %s', { timeout: 180_000 }, async (step) => {
    const resource = only(await road.newDataset(1))
    let isKilled = false
    road.tap.beforeNext(step, async () => {
      void sleep(20)
        .then(() => killCkan(site.name))
        .then(() => {
          isKilled = true
        })
    })
    const ticket = await road.upload(resource, 'a,b\n1,2\n', { name: 'killed.csv' })
    await expect.poll(() => isKilled, { timeout: 60_000 }).toBe(true)
    await restartCkan(site.name, options)
    await registered(resource)
    expect(await filesOf(resource)).toMatchObject([{ name: 'killed.csv', owner_id: resource }])
    expect((await road.settled(ticket)).state).toBe('linked')
  })

  it.each(STEPS)('are registered although the linker is killed at the step %s', { timeout: 180_000 }, async (step) => {
    const resource = only(await road.newDataset(1))
    let isKilled = false
    // The call reaches CKAN all the same, so the linker never learns its result.
    road.tap.beforeNext(step, async () => {
      await killWorkerd()
      isKilled = true
    })
    const ticket = await road.upload(resource, 'a,b\n1,2\n', { name: 'killed.csv' })
    await expect.poll(() => isKilled, { timeout: 60_000 }).toBe(true)
    await road.restart()
    await registered(resource)
    expect(await filesOf(resource)).toMatchObject([{ name: 'killed.csv', owner_id: resource }])
    await expect.poll(async () => (await road.record(ticket)).file?.step, { timeout: 30_000 }).toBe('given')
  })

  it('are used by each line of the documentation of ckanext-files', async () => {
    await installClients()
    const name = `${crypto.randomUUID()}.txt`
    const file = join(await mkdtemp(join(tmpdir(), 'ckan-uplink-lines-')), name)
    await writeFile(file, 'hello world')
    const run = async (line: string): Promise<Answer> => {
      const env = { PATH: `${CLIENTS}/bin:/usr/bin:/bin`, TOKEN: site.tokens.admin }
      const { stdout } = await execute('bash', ['-c', `ckanapi action ${line} -r ${road.gateway} -a $TOKEN`], { env })
      return JSON.parse(stdout)
    }
    const { id } = await run(`files_file_create upload@${file}`)
    const other = await run(`files_file_create upload@<(echo -n "hello world") name=other-${name}`)
    expect(await run(`files_file_show id=${id}`)).toMatchObject({ id, name, size: 11 })
    expect(await run(`files_file_rename id=${id} name=new-name.txt`)).toMatchObject({ id, name: 'new-name.txt' })
    await writeFile(file, 'hello')
    expect(await run(`files_file_replace id=${id} upload@${file}`)).toMatchObject({ size: 5 })
    for (const made of [id, other.id]) expect(await run(`files_file_delete id=${made}`)).toMatchObject({ id: made })
  })
})

/** Kills the program that runs the gateway and the linker of this process. */
async function killWorkerd(): Promise<void> {
  const { stdout } = await execute('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)])
  const own = [...stdout.matchAll(/^\s*(\d+) workerd$/gmu)].map(([, pid]) => Number(pid))
  expect(own).toHaveLength(1)
  for (const pid of own) process.kill(pid, 'SIGKILL')
}

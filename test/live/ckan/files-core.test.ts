import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../../packages/cli/test/support/cli.ts'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import type { Answer } from '../../support/ckan-calls.ts'
import { linesOf } from '../../support/operated-edition.ts'
import { putByCurl } from '../support/curl.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSitesNamed } from '../support/sites.ts'

const [site] = liveSitesNamed('2.12')
if (site === undefined) throw new Error('CKAN 2.12 does not run.')
const STORAGE = 'ckan.files.storage.uplink'
/**
 * The adapter for S3 of file-keeper, and the same by the plugin of ckanext-file-keeper-cloud. Without the plugin CKAN
 * does not read a list of capabilities, and does not start.
 */
const ADAPTERS = [
  { type: 'file_keeper:s3', plugins: [] },
  { type: 'ckan:s3', plugins: ['file_keeper_cloud'] },
] as const

describe.each(ADAPTERS)('files of CKAN 2.12 alone, with the same bucket by $type', ({ type, plugins }) => {
  let road: Road
  beforeAll(async () => {
    const grantSecret = randomBytes(32).toString('hex')
    road = await openRoad(site, { settings: { FILES_STORAGE: 'uplink', GRANT_SECRETS: grantSecret } })
    const { endpoint, bucket, key, secret } = road.s3
    const parts = { endpoint, bucket, key, secret, type, path: 'resources/api_uploads/', region: 'auto' }
    await restartCkan(site.name, {
      ...Object.fromEntries(Object.entries(parts).map(([name, value]) => [`${STORAGE}.${name}`, value])),
      ...(plugins.length > 0 && { [`${STORAGE}.disabled_capabilities`]: 'CREATE MULTIPART' }),
      'ckan.files.authenticated_uploads.allow': 'true',
      'ckan.files.authenticated_uploads.storages': 'uplink',
      'ckan.plugins': [...instanceOf(site.name).plugins, 'uplink', ...plugins].join(' '),
      'ckanext.uplink.gateway_url': road.gateway,
      'ckanext.uplink.grant_secret': grantSecret,
    })
  })
  afterAll(async () => {
    await road?.close()
    await restartCkan(site.name)
  })

  const act = async (action: string, fields: object): Promise<Answer> => {
    const { status, body } = await road.ask(action, fields)
    if (status !== 200) throw new Error(`${action} was answered with ${status}: ${JSON.stringify(body)}`)
    return body.result
  }
  const put = ({ storage_data: { upload } }: Answer, text: string) => putByCurl(upload.url, text, upload.headers)
  const linked = (id: string) =>
    expect.poll(async () => (await act('upload_show', { id })).state, { timeout: 60_000 }).toBe('linked')

  it('are created, listed, renamed, replaced, given away, pinned and deleted by an editor', async () => {
    const [dataset, other] = [await road.newDataset(0), await road.newDataset(0)]
    const owner = { owner_type: 'package', owner_id: dataset.id }
    const list = async (id: string) => (await act('files_file_scan', { owner_type: 'package', owner_id: id })).results
    const begun = await act('file_create', { name: 'minutes.csv', size: 8, ...owner })
    await put(begun, 'a,b\n1,2\n')
    await linked(begun.id)
    const facts = { storage: 'uplink', content_type: 'text/csv', size: 8, ...owner }
    const [file, ...others] = await list(dataset.id)
    expect(others).toEqual([])
    expect(file).toMatchObject({ name: 'minutes.csv', location: begun.location, pinned: false, ...facts })

    const { id } = file
    expect(await act('files_file_rename', { id: begun.id, name: 'march.csv' })).toMatchObject({ id, name: 'march.csv' })
    expect(await act('files_file_pin', { id })).toMatchObject({ pinned: true })
    const replacing = await act('files_file_replace', { id, size: 12 })
    expect(replacing).toMatchObject({ name: 'march.csv', replaces: id, note: expect.stringContaining(id) })
    await put(replacing, 'a,b\n1,2\n3,4\n')
    await linked(replacing.id)
    const both = await list(dataset.id)
    expect(both).toHaveLength(2)
    const later = both.find((one: Answer) => one.id !== id)
    expect(later).toMatchObject({ name: 'march.csv', ...facts, size: 12, location: replacing.location, pinned: true })

    const given = { id, owner_type: 'package', owner_id: other.id }
    expect((await road.ask('files_transfer_ownership', given)).status).toBe(403)
    await act('files_file_unpin', { id })
    expect(await act('files_transfer_ownership', given)).toMatchObject({ owner_id: other.id })
    expect(await list(other.id)).toMatchObject([{ id }])
    expect(await act('files_file_delete', { id })).toMatchObject({ id })
    expect(await list(other.id)).toEqual([])

    // CKAN has removed the object, so the URL takes another one, which no user of CKAN would find.
    await put(begun, 'a,b\n9,9\n')
    const removed = () =>
      road.logs.some((line) => line.includes(begun.location) && line.includes('was deleted in CKAN'))
    await expect.poll(removed, { timeout: 30_000 }).toBe(true)
    await put(begun, 'a,b\n9,9\n')
  })

  it('come from another storage of CKAN by files migrate, for the same owner, and the old ones stay', async () => {
    const owner = { owner_type: 'package', owner_id: (await road.newDataset(0)).id }
    const list = async () => (await act('files_file_scan', owner)).results
    const form = new FormData()
    form.set('upload', new File(['a,b\n1,2\n'], `${crypto.randomUUID()}.csv`, { type: 'text/csv' }))
    const headers = { Authorization: site.tokens.admin }
    const created = await fetch(`${site.url}/api/3/action/file_create`, { method: 'POST', headers, body: form })
    const { result: old } = await created.json()
    const give = { id: old.id, ...owner, pin: true }
    expect((await road.ask('files_transfer_ownership', give, site.tokens.admin)).status).toBe(200)

    const env = { LOCAL_DIR: road.folder, CKAN_API_TOKEN: site.tokens.admin }
    const migrate = async (...more: string[]) => {
      const words = ['files', 'migrate', '--from', 'default', '--owner', `package/${owner.owner_id}`, '--json', ...more]
      return runCli(words, { cwd: road.folder, program: 'npm run uplink', env })
    }
    expect(linesOf(await migrate())).toMatchObject([
      { kind: 'moves', file: old.id },
      { kind: 'total', moves: 1 },
    ])
    const moved = await migrate('--fix')
    expect([moved.code, linesOf(moved)], moved.stderr).toMatchObject([0, [{ kind: 'registered', file: old.id }, {}]])
    const files = await list()
    expect(files).toHaveLength(2)
    const { id, ...file } = files.find((one: Answer) => one.storage === 'uplink')
    expect(id).toBe(linesOf(moved)[0]?.['to'])
    const { name, content_type } = old
    expect(file).toMatchObject({ name, content_type, size: 8, pinned: true, ...owner })
    expect(linesOf(await migrate('--fix'))[0]).toMatchObject({ kind: 'there', to: id })
    expect(await list()).toHaveLength(2)
  })
})

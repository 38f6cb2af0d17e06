import { randomBytes } from 'node:crypto'
import { MIB } from '@ckan-uplink/core/support'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import { liveSitesNamed, type Site } from '../support/sites.ts'
import { type AzureRoad, openAzureRoad } from './support/azure-road.ts'
import { ACCOUNT, ACCOUNT_KEY } from './support/azurite.ts'

const CSV = 'city,people\nBern,134\n'
const MD5_OF_CSV = '5314516ffcbe96388d96005659f1638f'
const WITH_EXTENSION = { prefix: 'ckanext.files', type: 'files:azure_blob', plugins: [], page: 'files/download' }
const WITH_PLUGIN = {
  prefix: 'ckan.files',
  type: 'ckan:azure_blob',
  plugins: ['file_keeper_cloud'],
  page: 'file/download',
}
const adapterOf = ({ name }: Site) => (name === '2.12' ? WITH_PLUGIN : WITH_EXTENSION)

/** Starts CKAN with a storage `uplink` that is the container of the app, opened by the key of its account. */
async function startWithStorage(site: Site, road: AzureRoad, secret: string): Promise<void> {
  const { prefix, type, plugins } = adapterOf(site)
  const storage = {
    type,
    account_name: ACCOUNT,
    account_key: ACCOUNT_KEY,
    account_url: road.operatorEnv['STORAGE_URL'] ?? '',
    container_name: road.settings['BUCKET_NAME'] ?? '',
    path: 'resources/api_uploads/',
    disabled_capabilities: 'CREATE MULTIPART',
  }
  // Python's requests, by which CKAN reads the storage, take the emulator's certificate from here.
  vi.stubEnv('REQUESTS_CA_BUNDLE', road.operatorEnv['NODE_EXTRA_CA_CERTS'])
  const options = Object.entries(storage).map(([name, value]) => [`${prefix}.storage.uplink.${name}`, value])
  await restartCkan(site.name, {
    ...Object.fromEntries(options),
    [`${prefix}.authenticated_uploads.allow`]: 'true',
    [`${prefix}.authenticated_uploads.storages`]: 'uplink',
    'ckan.plugins': [...instanceOf(site.name).plugins, 'uplink', ...plugins].join(' '),
    'ckanext.uplink.gateway_url': road.settings['GATEWAY_URL'] ?? '',
    'ckanext.uplink.grant_secret': secret,
  })
}

describe.each(liveSitesNamed('2.11-files', '2.12'))('files of CKAN $name in a container of Azure', (site) => {
  let road: AzureRoad
  beforeAll(async () => {
    const secret = randomBytes(32).toString('hex')
    road = await openAzureRoad(site, { settings: { FILES_STORAGE: 'uplink', GRANT_SECRETS: secret } })
    await startWithStorage(site, road, secret)
  })
  afterAll(async () => {
    await road?.purge()
    await road?.close()
    vi.unstubAllEnvs()
    await restartCkan(site.name)
  })

  const result = async (action: string, fields: object): Promise<Answer> => {
    const { status, body } = await road.ask(action, fields)
    if (status !== 200) throw new Error(`${action} was answered with ${status}: ${JSON.stringify(body)}`)
    return body.result
  }
  const filesOf = async (owner_type: string, owner_id: string): Promise<readonly Answer[]> =>
    (await result('files_file_scan', { owner_type, owner_id })).results
  /** As CKAN itself sends the file, which it reads from Azure. */
  const downloaded = async (id: string): Promise<string> => {
    const headers = { Authorization: site.tokens.editor }
    const answer = await fetch(`${site.url}/${adapterOf(site).page}/${id}`, { headers })
    return answer.text()
  }

  it('have the type, size and MD5 that Azure knows, and CKAN sends their bytes', async () => {
    const resource = only(await road.newDataset())
    const ticket = await road.upload(resource, CSV, { name: 'cities.csv' })
    expect((await road.settled(ticket)).state).toBe('linked')
    await expect.poll(async () => (await road.record(ticket)).file?.step).toBe('given')
    const [file, ...others] = await filesOf('resource', resource)
    expect(others).toEqual([])
    expect(file).toMatchObject({
      name: 'cities.csv',
      storage: 'uplink',
      location: ticket.key.slice('resources/api_uploads/'.length),
      content_type: 'text/csv',
      size: CSV.length,
      hash: MD5_OF_CSV,
      owner_id: resource,
      pinned: true,
    })
    expect(await downloaded(file.id)).toBe(CSV)
  })

  it('that no resource links to belong to their owner, and are deleted with their blob', async () => {
    const { id: owner_id } = await road.newDataset(0)
    const asked = { name: 'minutes.csv', size: CSV.length, owner_type: 'package', owner_id }
    const { id, storage_data, location } = await result('files_file_create', asked)
    await putByCurl(storage_data.upload.url, CSV, storage_data.upload.headers)
    await expect.poll(async () => (await result('upload_show', { id })).state).toBe('linked')
    const [file] = await filesOf('package', owner_id)
    expect(file).toMatchObject({ name: 'minutes.csv', location, size: CSV.length, hash: MD5_OF_CSV })
    expect(await downloaded(file.id)).toBe(CSV)
    await result('files_file_delete', { id })
    expect(await road.store.head(`resources/api_uploads/${location}`)).toBeUndefined()
  })

  it('do not exist for a file in parts, which is linked all the same, and the answer says why', async () => {
    const resource = only(await road.newDataset())
    const content = new Uint8Array(9 * MIB).fill(97)
    const asked = { resource_id: resource, name: 'large.txt', size: content.length, multipart: true }
    const { id, storage_data } = await result('files_resource_upload', asked)
    for (let part = 0; part < storage_data.part_count; part += 1) {
      const { upload } = (await result('files_multipart_update', { id, part })).storage_data
      const body = content.slice(part * storage_data.part_size, (part + 1) * storage_data.part_size)
      expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body })).status).toBe(201)
    }
    const reason = expect.stringContaining('Azure keeps no MD5')
    await expect.poll(() => result('files_multipart_complete', { id })).toMatchObject({ id, note: reason })
    const { url, size } = await road.resource(resource)
    expect(size).toBe(content.length)
    expect(new Uint8Array(await (await road.open(url)).arrayBuffer())).toEqual(content)
    const record = await result('upload_show', { id })
    expect(record).toMatchObject({ state: 'linked', file: { step: 'given', reason } })
    expect(road.outcomes(record).map(({ outcome }) => outcome)).toEqual(['linked'])
    expect(await filesOf('resource', resource)).toEqual([])
  })

  it('that no resource links to are refused in parts, before a byte is sent', async () => {
    const { status, body } = await road.ask('files_multipart_start', { name: 'large.txt', size: 9 * MIB })
    expect([status, body.error?.multipart?.[0]]).toEqual([409, expect.stringContaining('in one piece')])
  })
})

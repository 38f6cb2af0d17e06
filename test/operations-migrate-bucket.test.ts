import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pngOf } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from './support/ckan-calls.ts'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

const JOURNAL = 'moved.jsonl'

const PNG = pngOf(3, 2)

let edition: OperatedEdition

beforeAll(async () => {
  edition = await openOperatedEdition()
})
afterAll(() => edition?.close())

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** A resource with a file that another uploader has put under this key. */
async function given(dataset: string, fields: object, keyOf: (id: string) => string, text = 'a,b\n1,2\n') {
  const { id } = await edition.act('resource_create', { package_id: dataset, ...fields })
  await edition.store.put(keyOf(id), bytesOf(text), { contentType: 'text/csv' })
  return id as string
}

const uploaded = (name: string) => ({ url: name, url_type: 'upload', name: 'Budget', description: 'As it was.' })
const inFilestore = (name: string) => (id: string) => `old/resources/${id}/${name}`
const migrate = (dataset: string, more = '', from = 's3filestore') =>
  edition.operate(
    `migrate-bucket --from ${from} --path old --dataset ${dataset} --journal ${join(edition.folder, JOURNAL)} --json ${more}`,
  )

async function download({ url }: Answer): Promise<string> {
  const response = await fetch(url, { headers: { Authorization: edition.ckan.tokens.editor } })
  return response.ok ? response.text() : String(response.status)
}

const owned = ['url', 'url_type', 'format', 'mimetype', 'size', 'hash', 'last_modified', 'metadata_modified']
const othersOf = (resource: Answer) =>
  Object.fromEntries(Object.entries(resource).filter(([name]) => !owned.includes(name)))

describe('migrate-bucket', () => {
  it('moves the files of s3filestore and goes back', async () => {
    const { id: dataset } = await edition.newDataset()
    const table = { ...uploaded('budget.csv'), datastore_active: false }
    const first = await given(dataset, table, inFilestore('budget.csv'))
    const second = await given(dataset, uploaded('notes.txt'), inFilestore('notes.txt'), 'notes')
    const { id: lost } = await edition.act('resource_create', { package_id: dataset, ...uploaded('lost.csv') })
    const before = await Promise.all([first, second, lost].map((id) => edition.resource(id)))

    const plan = await migrate(dataset)
    expect([plan.code, linesOf(plan)], plan.stderr).toMatchObject([
      0,
      [
        { files: 2, bytes: 13, left_out: [{ resource: lost, reason: expect.stringContaining('has no object') }] },
        { datasets: 1, files: 2, bytes: 13, tables: 1, table_bytes: 8 },
      ],
    ])
    expect(await edition.resource(first)).toEqual(before[0])

    const moved = await migrate(dataset, '--fix')
    expect([moved.code, linesOf(moved).at(-1)], moved.stdout + moved.stderr).toMatchObject([0, { files: 2, bytes: 13 }])
    const after = await Promise.all([first, second].map((id) => edition.resource(id)))
    expect(await Promise.all(after.map(download))).toEqual(['a,b\n1,2\n', 'notes'])
    expect(after.map(othersOf)).toEqual(before.slice(0, 2).map(othersOf))
    const sha256 = createHash('sha256').update('a,b\n1,2\n').digest('hex')
    expect(after[0]).toMatchObject({ url_type: '', size: 8, hash: `sha256:${sha256}`, format: 'CSV' })
    expect(await edition.resource(lost)).toEqual(before[2])
    expect(linesOf(await migrate(dataset)).at(-1)).toMatchObject({ files: 0 })
    expect(await edition.store.head(inFilestore('budget.csv')(first))).toBeDefined()

    const back = await edition.operate(`migrate-bucket --undo ${join(edition.folder, JOURNAL)} --fix --json`)
    expect([back.code, linesOf(back).at(-1)], back.stderr).toMatchObject([0, { files: 2, failures: 0 }])
    for (const resource of before.slice(0, 2)) {
      const { url, url_type, last_modified } = await edition.resource(resource.id)
      expect({ url, url_type, last_modified }).toEqual({
        url: resource.url,
        url_type: 'upload',
        last_modified: resource.last_modified,
      })
    }
  })

  it('keeps the change of a person, and the upload of a run that was cut short', async () => {
    const { id: dataset } = await edition.newDataset()
    const id = await given(dataset, uploaded('data.csv'), inFilestore('data.csv'))
    const command = `migrate-bucket --from s3filestore --path old --dataset ${dataset} --fix`
    const running = edition.startOperating(`${command} --journal ${join(edition.folder, 'cut.jsonl')}`)
    const journal = () => readFile(join(edition.folder, 'cut.jsonl'), 'utf8').catch(() => '')
    await expect.poll(journal, { interval: 5 }).toContain(id)
    running.kill('SIGKILL')
    await new Promise((resolve) => running.once('close', resolve))
    const again = await edition.operate(`${command} --journal ${join(edition.folder, 'cut.jsonl')}`)
    expect(again.code, again.stderr).toBe(0)
    await expect.poll(() => edition.resource(id).then(download)).toBe('a,b\n1,2\n')
    const uploads = (await journal())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).upload)
    expect((await edition.resource(id)).url).toContain(uploads.at(-1))

    await edition.act('resource_patch', { id, url: 'https://example.org/mine.csv' })
    const undo = await edition.operate(`migrate-bucket --undo ${join(edition.folder, 'cut.jsonl')} --fix --json`)
    expect(linesOf(undo).at(-1)).toMatchObject({ files: 0, changed: 1 })
    expect((await edition.resource(id)).url).toBe('https://example.org/mine.csv')
  })

  it.each([
    ['cloudstorage', uploaded('a.csv'), inFilestore('a.csv')],
    ['files', uploaded('b.csv'), (id: string) => `old/${id.slice(0, 3)}/${id.slice(3, 6)}/${id.slice(6)}`],
  ])('moves the files of the layout %s', async (from, fields, keyOf) => {
    const { id: dataset } = await edition.newDataset()
    const id = await given(dataset, fields, keyOf)
    const { code, stderr } = await migrate(dataset, '--fix', from)
    expect(code, stderr).toBe(0)
    expect(await download(await edition.resource(id))).toBe('a,b\n1,2\n')
  })

  it('moves the plain keys of the first version, which have no name', async () => {
    const { id: dataset } = await edition.newDataset()
    const keyOf = (id: string) => `old/resources/api_uploads/${id}`
    const id = await given(dataset, { url: '', format: 'CSV' }, keyOf)
    await edition.act('resource_patch', { id, url: `https://files.example.org/resources/api_uploads/${id}` })
    const { code, stderr } = await migrate(dataset, '--fix', 'api_uploads')
    expect(code, stderr).toBe(0)
    const resource = await edition.resource(id)
    expect([resource.url, await download(resource)]).toEqual([expect.stringMatching(/\.csv$/u), 'a,b\n1,2\n'])
  })

  it('moves the images of s3filestore, and can go back', async () => {
    const name = '2026-11-27-040711.325176logo.png'
    const owners = [
      { type: 'organization', id: edition.ckan.organization, key: `pics/storage/uploads/group/${name}` },
      { type: 'user', id: 'editor', key: `pics/storage/uploads/user/${name}` },
      { type: 'user', id: 'member', key: undefined },
    ]
    for (const { type, id, key } of owners) {
      await edition.act(`${type}_patch`, { id, image_url: key === undefined ? 'lost.png' : name }, 'admin')
      if (key !== undefined) await edition.store.put(key, PNG, { contentType: 'image/png' })
    }
    const shown = () =>
      Promise.all(owners.map(async ({ type, id }) => (await edition.act(`${type}_show`, { id })).image_url as string))
    const run = (more: string) =>
      edition.operate(`migrate-bucket --journal ${join(edition.folder, 'images.jsonl')} --json ${more}`)
    const layout = '--from s3filestore --path pics'

    const plan = linesOf(await run(layout))
    expect(plan.at(-1)).toMatchObject({ images: 2, image_bytes: 2 * PNG.length, images_left_out: 1 })
    expect(plan.find(({ image }) => image === 'lost.png')).toMatchObject({
      user: 'member',
      reason: expect.stringContaining('no object pics/storage/uploads/user/lost.png'),
    })
    const moved = await run(`${layout} --fix`)
    expect([moved.code, linesOf(moved).at(-1)], moved.stderr).toMatchObject([0, { images: 2, failures: 0 }])
    const [logo = '', face = '', lost] = await shown()
    for (const url of [logo, face]) {
      expect(url).toMatch(/\/logo\.png\?v=/u)
      expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(PNG)
    }
    expect(lost).toBe('lost.png')
    expect(linesOf(await run(layout)).at(-1)).toMatchObject({ images: 0 })

    const undo = await edition.operate(`migrate-bucket --undo ${join(edition.folder, 'images.jsonl')} --fix --json`)
    expect(undo.code, undo.stderr).toBe(0)
    expect(await shown()).toEqual([name, name, 'lost.png'])
  })

  it('leaves it to the linker in the cloud to register the files in CKAN, once', async () => {
    const other = await openOperatedEdition({
      ckan: { version: '2.12' },
      local: { settings: { FILES_STORAGE: 'default' } },
    })
    try {
      const { id: dataset } = await other.newDataset()
      const { id } = await other.act('resource_create', { package_id: dataset, ...uploaded('kept.csv') })
      await other.store.put(inFilestore('kept.csv')(id), bytesOf('a,b\n1,2\n'), { contentType: 'text/csv' })
      const layout = `--from s3filestore --path old --dataset ${dataset}`
      const moved = await other.operate(`migrate-bucket ${layout} --fix --journal ${join(other.folder, JOURNAL)}`)
      expect(moved.code, moved.stderr).toBe(0)
      const files = async () => {
        const owner = { owner_type: 'resource', owner_id: id }
        return (await other.act('file_owner_scan', owner, 'admin')).results as readonly Answer[]
      }
      await expect.poll(files).toMatchObject([{ name: 'kept.csv', owner_id: id, pinned: true }])
      expect(other.ckan.faults.calls('file_register')).toBe(1)
    } finally {
      await other.close()
    }
  })

  it('leaves tables of private datasets to --private', async () => {
    const { id: dataset } = await edition.newDataset([{}], { private: true })
    const id = await given(
      dataset,
      { ...uploaded('t.csv'), format: 'CSV', datastore_active: false },
      inFilestore('t.csv'),
    )
    expect(linesOf(await migrate(dataset))[0]).toMatchObject({
      files: 0,
      left_out: [{ resource: id, reason: expect.stringContaining('--private') }],
    })
    expect(linesOf(await migrate(dataset, '--private'))[0]).toMatchObject({ files: 1 })
  })

  it('reads another store by the protocol of S3', async () => {
    const { id: dataset } = await edition.newDataset()
    const id = await given(dataset, uploaded('far.csv'), inFilestore('far.csv'), 'far,away\n')
    const credentials = JSON.parse(await readFile(join(edition.folder, '.local', 'credentials.json'), 'utf8'))
    const { R2_S3_ENDPOINT: endpoint, BUCKET_NAME: bucket } = edition.local.settings
    const moved = await edition.operate(
      `migrate-bucket --from s3filestore --path old --endpoint ${endpoint} --bucket ${bucket} --dataset ${dataset} --fix --json`,
      { SOURCE_ACCESS_KEY_ID: credentials.accessKeyId, SOURCE_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    )
    expect([moved.code, linesOf(moved).at(-1)], moved.stderr).toMatchObject([0, { files: 1 }])
    expect(await download(await edition.resource(id))).toBe('far,away\n')
  })

  it('goes out again to another bucket as Data Packages, and sends each file once', async () => {
    const { id: dataset, resources } = await edition.newDataset()
    const [resource = ''] = resources
    const { id } = await edition.uplink.upload(new Blob(['a,b\n1,2\n']), { resource, name: 'out.csv' })
    await edition.uplink.waitFor(id, 'linked')
    const { name } = await edition.dataset(dataset)
    const credentials = JSON.parse(await readFile(join(edition.folder, '.local', 'credentials.json'), 'utf8'))
    const { R2_S3_ENDPOINT: endpoint, BUCKET_NAME: bucket } = edition.local.settings
    const target = `export-bucket --endpoint ${endpoint} --bucket ${bucket} --path /archive/ --dataset ${dataset} --json`
    const run = () =>
      edition.operate(target, {
        TARGET_ACCESS_KEY_ID: credentials.accessKeyId,
        TARGET_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      })
    const first = await run()
    expect([first.code, linesOf(first)], first.stderr).toMatchObject([
      0,
      [{ dataset: name, folder: `${bucket}/archive/${name}/`, saved: 1, failures: 0 }],
    ])
    const key = `archive/${name}/datapackage.json`
    const descriptor = async () => JSON.parse(new TextDecoder().decode((await edition.store.get(key))?.bytes))
    const [file] = (await descriptor()).resources
    expect(file).toMatchObject({ name: resource, path: `${resource}/out.csv`, bytes: 8 })
    const copy = await edition.store.get(`archive/${name}/${file.path}`)
    expect(new TextDecoder().decode(copy?.bytes)).toBe('a,b\n1,2\n')

    expect(linesOf(await run())).toMatchObject([{ saved: 1, failures: 0 }])
    expect((await edition.store.head(`archive/${name}/${file.path}`))?.modifiedAt).toEqual(copy?.object.modifiedAt)
    expect(await edition.operate(target)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('TARGET_ACCESS_KEY_ID'),
    })
  })

  it('names a missing option or key', async () => {
    expect(await edition.operate('migrate-bucket')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--from'),
    })
    const args = 'migrate-bucket --from files --endpoint https://s3.example.org --bucket old'
    expect(await edition.operate(args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SOURCE_ACCESS_KEY_ID'),
    })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from './support/ckan-calls.ts'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

let edition: OperatedEdition

beforeAll(async () => {
  const settings = { QUOTA_BYTES: '1000', MAX_UPLOAD_BYTES: '500', FILES_STORAGE: 'default' }
  edition = await openOperatedEdition({ ckan: { version: '2.12', hasObject: () => true }, local: { settings } })
})
afterAll(() => edition?.close())

/** The line of the organization with a file. */
async function shown() {
  const [line] = linesOf(await edition.operate('quota show --json'))
  return line
}

describe('quota', () => {
  it('shows what an organization has, counts its files, and gives it a limit of its own', async () => {
    const dataset = await edition.newDataset()
    const { owner_org: organization } = await edition.dataset(dataset.id)
    const resource = only(dataset)
    const { id } = await edition.uplink.upload(new Blob(['a,b\n1,2\n']), { resource, name: 'a.csv' })
    await edition.uplink.waitFor(id, 'linked')
    expect(await shown()).toMatchObject({ organization, reserved: { bytes: 8, files: 1 } })

    expect(await edition.operate('quota count')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 org') })
    expect(await shown()).toMatchObject({ organization, limits: { bytes: 1000 }, used: { bytes: 8, files: 1 } })
    expect((await edition.operate('quota show')).stdout).toMatch(/^organization +bytes +of +files +of +counted$/mu)

    const set = await edition.operate(`quota set ${organization} --bytes 10 --files none`)
    expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('of 10 bytes')])
    const refused = edition.uplink.upload(new Blob(['a,b\n1,2\n3,4\n5,6\n7,8\n']), { resource, name: 'b.csv' })
    await expect(refused).rejects.toThrow('may have 10 bytes')
    const byEditor = { CKAN_API_TOKEN: edition.ckan.tokens.editor, CKAN_UPLINK_GATEWAY: edition.local.gateway }
    const own = await edition.operate(`quota ${organization} --json`, byEditor)
    expect(linesOf(own)).toMatchObject([{ organization, limits: { bytes: 10, files: null }, used: { bytes: 8 } }])
    const table = await edition.operate(`quota ${organization}`, byEditor)
    expect(table.stdout).toMatch(/^bytes +8 B +8 B +10 B *\nfiles +1 +1 +any *$/mu)
    const outside = await edition.operate(`quota ${organization}`, { CKAN_API_TOKEN: edition.ckan.tokens.member })
    expect(outside).toMatchObject({ code: 1, stderr: expect.stringContaining('may not create datasets there') })
    const byName = await edition.operate('quota set city --bytes 10')
    expect([byName.code, byName.stderr]).toEqual([0, expect.stringContaining('not for its name')])
    expect((await edition.operate(`quota unset ${organization}`)).stdout).toContain('of 1000 bytes')
    expect(await edition.operate(`quota set ${organization}`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--bytes'),
    })
    expect(await edition.operate(`quota set ${organization} --bytes many`)).toMatchObject({ code: 2 })
  })
})

describe('files', () => {
  it('says to check the name when another storage has none to bring', async () => {
    const { id } = await edition.newDataset()
    const { code, stdout } = await edition.operate(`files migrate --from nope --owner package/${id}`)
    expect([code, stdout]).toEqual([0, expect.stringContaining('none of the storage nope with these owners: check')])
  })

  it('shows which objects are files of CKAN, and registers the others', async () => {
    const resource = only(await edition.newDataset())
    const { id } = await edition.uplink.upload(new Blob(['a,b\n1,2\n']), { resource, name: 'a.csv' })
    const record = `uplink/uploads/${id}.json`
    const read = async () => JSON.parse(new TextDecoder().decode((await edition.store.get(record))?.bytes))
    await expect.poll(async () => (await read()).file).toMatchObject({ step: 'given' })
    const { file, key, ...linked } = await read()
    await edition.store.put(record, new TextEncoder().encode(JSON.stringify({ key, ...linked })))

    const scanned = await edition.operate('files scan --json')
    expect(scanned.code).toBe(0)
    expect(linesOf(scanned)).toContainEqual({ kind: 'untracked', key, size: 8 })
    const registered = await edition.operate('files register --json')
    expect(registered.code).toBe(0)
    expect(linesOf(registered)).toEqual([
      { kind: 'registered', key, size: 8, file: file.id },
      { kind: 'total', registered: 1 },
    ])
    expect(await edition.operate('files scan')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^tracked +${key} +0.0 +${file.id}`, 'mu')),
    })
  })
})

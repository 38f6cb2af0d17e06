import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OwnDataset, only } from '../../support/ckan-calls.ts'
import { getByCurl, putByCurl } from '../support/curl.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSites } from '../support/sites.ts'

const CSV = 'city,people\nTokyo,13960000\n'
const JSON_TEXT = '{"city": "Osaka", "people": 2750000}'
const THEIRS = 'https://data.example.org/theirs.csv'
const REASON = 'It holds names of persons.'

interface Versions {
  readonly dataset: OwnDataset
  readonly resource: string
  readonly first: Ticket
  readonly second: Ticket
}

describe.each(liveSites())('earlier files in CKAN $name', (site) => {
  let road: Road
  beforeAll(async () => {
    road = await openRoad(site, { settings: { PUBLIC_VERSIONS: 'true' } })
  })
  afterAll(() => road?.close())

  /** A resource that showed a CSV file first and shows a JSON file now. */
  async function newVersions(fields: object = {}): Promise<Versions> {
    const dataset = await road.newDataset([{ name: 'Cities', custom: 'theirs' }], fields)
    const resource = only(dataset)
    const first = await road.upload(resource, CSV, { name: 'cities.csv' })
    expect(await road.settled(first)).toMatchObject({ state: 'linked' })
    const second = await road.upload(resource, JSON_TEXT, { name: 'cities.json' })
    expect(await road.settled(second)).toMatchObject({ state: 'linked' })
    return { dataset, resource, first, second }
  }

  async function restore(resource: string, { id }: Ticket): Promise<Ticket> {
    const { status, body } = await road.ask('resource_restore', { id: resource, upload: id })
    expect(status).toBe(200)
    return body.result.upload
  }

  async function statesOf(resource: string): Promise<readonly (readonly string[])[]> {
    const { body } = await road.ask('resource_versions', { id: resource })
    return body.result.versions.map(({ upload, state }: { upload: string; state: string }) => [upload, state])
  }

  it('are shown again with the fields of the file, and no field of a person changes', async () => {
    const { resource, first, second } = await newVersions()
    const before = await road.resource(resource)
    expect(before).toMatchObject({ mimetype: 'application/json', size: JSON_TEXT.length })
    const writes = road.tap.revisions().length
    const restored = await restore(resource, first)
    expect(await road.settled(restored)).toMatchObject({ state: 'linked', restored_from: first.id })
    expect(road.tap.revisions()).toHaveLength(writes + 1)
    const after = await road.resource(resource)
    expect(after).toMatchObject({
      name: 'Cities',
      custom: 'theirs',
      format: 'CSV',
      mimetype: 'text/csv',
      size: CSV.length,
    })
    expect(after.url).toContain(`/${restored.id}/`)
    expect(after.last_modified >= before.last_modified).toBe(true)
    expect(await getByCurl(after.url)).toBe(CSV)
    expect(await statesOf(resource)).toEqual([
      [restored.id, 'current'],
      [second.id, 'replaced'],
      [first.id, 'replaced'],
    ])
  })

  it('give way to an upload that was requested after the restoration', async () => {
    const { resource, first } = await newVersions()
    const restored = await restore(resource, first)
    const later = await road.upload(resource, 'later,1\n', { name: 'later.csv' })
    expect(await road.settled(later)).toMatchObject({ state: 'linked' })
    await expect.poll(async () => (await road.record(restored)).state).toMatch(/^(?:linked|superseded)$/u)
    expect(await getByCurl((await road.resource(resource)).url)).toBe('later,1\n')
  })

  it('win over an upload that was requested before the restoration and arrives later', async () => {
    const { resource, first } = await newVersions()
    const early = await road.askForUrl(resource, { name: 'early.csv' })
    const restored = await restore(resource, first)
    expect(await road.settled(restored)).toMatchObject({ state: 'linked' })
    await putByCurl(early.url, 'early,1\n', early.headers)
    expect(await road.settled(early)).toMatchObject({ state: 'superseded' })
    expect(await getByCurl((await road.resource(resource)).url)).toBe(CSV)
  })

  it("leave a person's change between the linker's read and its write alone", async () => {
    const { resource, first } = await newVersions()
    road.tap.beforeNext('package_revise', () =>
      road.act('resource_patch', { id: resource, url: THEIRS, format: 'XLSX' }),
    )
    const restored = await restore(resource, first)
    expect(await road.settled(restored)).toMatchObject({ state: 'failed', code: 'changed_in_ckan' })
    expect(await road.resource(resource)).toMatchObject({ url: THEIRS, format: 'XLSX' })
  })

  it('are not restored once they are withdrawn, and their list says who withdrew them', async () => {
    const { resource, first } = await newVersions()
    expect((await road.ask('upload_remove', { id: first.id, reason: REASON })).status).toBe(200)
    expect((await road.ask('resource_restore', { id: resource, upload: first.id })).status).toBe(410)
    const { body } = await road.ask('resource_versions', { id: resource })
    expect(body.result.versions[1]).toMatchObject({ upload: first.id, withdrawn: { by: 'editor', reason: REASON } })
  })

  it('are listed for users who may read the resource, and restored only by users who may update it', async () => {
    const { resource, first } = await newVersions({ private: true })
    const { member, outsider } = site.tokens
    const list = await road.ask('resource_versions', { id: resource }, member)
    expect(list.status).toBe(200)
    const [, earlier] = list.body.result.versions
    expect(earlier).toMatchObject({ upload: first.id, state: 'replaced', size: CSV.length })
    expect(earlier).not.toHaveProperty('by')
    const file = await fetch(earlier.url, { headers: { Authorization: member } })
    expect(await file.text()).toBe(CSV)
    expect((await road.ask('resource_versions', { id: resource }, outsider)).status).toBe(403)
    for (const token of [member, outsider])
      expect((await road.ask('resource_restore', { id: resource, upload: first.id }, token)).status).toBe(403)
  })
})

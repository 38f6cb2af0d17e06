import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { linesOf, runCli } from '../../../packages/cli/test/support/cli.ts'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { createScene } from '../../support/scene.ts'
import { inDatastore, spoilDataset } from '../support/database.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSitesNamed } from '../support/sites.ts'

const CITIES = 'city,population\nTokyo,13960000\nOsaka,8837685\n'
const MORE_CITIES = `${CITIES}Kyoto,1464890\n`
const LOAD_MS = 60_000

describe.each(liveSitesNamed('2.11'))('tables in the DataStore of CKAN $name, loaded by xloader', (site) => {
  let road: Road
  const tickets: Ticket[] = []
  beforeAll(async () => {
    road = await openRoad(site)
    // Loads that other tests have left behind are nobody's concern any more, and each takes its time.
    await road.act('job_clear', {}, 'admin')
  })
  afterAll(() => road?.close())

  it('are there seconds after a CSV was put by curl, and follow each later upload', async () => {
    const id = only(await road.newDataset([{ format: 'CSV' }]))
    await upload(road, id, CITIES)
    await expectRows(id, ['Tokyo', 'Osaka'])
    const later = await upload(road, id, MORE_CITIES)
    await expectRows(id, ['Tokyo', 'Osaka', 'Kyoto'])
    await expectLoaded(later)
  })

  it.each([
    ['with nothing declared', {}],
    ['with its SHA-256', { hash: `sha256:${createHash('sha256').update(CITIES).digest('hex')}` }],
  ])('are not loaded again when the same file is uploaded again, %s', async (_, declared) => {
    const id = only(await road.newDataset([{ format: 'CSV' }]))
    await upload(road, id, CITIES, declared)
    await expectRows(id, ['Tokyo', 'Osaka'])
    await expectLogged(id, '')
    // What a load would undo.
    await inDatastore(site, `UPDATE "${id}" SET city = 'Edo' WHERE city = 'Tokyo';`)
    const again = await upload(road, id, CITIES, declared)
    await expectLogged(id, "the file hash hasn't changed")
    await expectLoaded(again)
    await expectRows(id, ['Edo', 'Osaka'])
  })

  it('are waited for by the command line, which has them loaded again, and says why one was not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-loader-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const env = { CKAN_UPLINK_GATEWAY: road.gateway, CKAN_API_TOKEN: site.tokens.editor, XDG_STATE_HOME: folder }
    const cli = (...args: readonly string[]) => runCli([...args, '--json'], { cwd: folder, env })
    const { id: dataset } = await road.newDataset(0)
    await writeFile(join(folder, 'cities.csv'), CITIES)
    const uploaded = await cli('upload', 'cities.csv', '--dataset', dataset, '--wait', 'loaded')
    const [{ resource } = {}] = linesOf(uploaded.stdout)
    expect([uploaded.code, linesOf(uploaded.stdout)]).toMatchObject([0, [{ state: 'loaded' }]])
    await expectRows(String(resource), ['Tokyo', 'Osaka'])
    const loaded = await cli('load', '--dataset', dataset, '--wait')
    expect([loaded.code, linesOf(loaded.stdout)]).toEqual([0, [{ resource, state: 'loaded' }]])
    await road.act('resource_create', { package_id: dataset, url: `${site.url}/none.csv`, format: 'CSV' })
    const failed = await cli('load', '--dataset', dataset, '--wait')
    expect([failed.code, linesOf(failed.stdout)]).toMatchObject([
      1,
      [
        { resource, state: 'loaded' },
        { state: 'error', reason: expect.stringContaining('404') },
      ],
    ])
  })

  it('are asked for by the linker where LOADER says so', async () => {
    const asking = await openRoad(site, { settings: { LOADER: 'xloader' } })
    try {
      const id = only(await asking.newDataset([{ format: 'CSV' }]))
      const ticket = await upload(asking, id, CITIES)
      await expectRows(id, ['Tokyo', 'Osaka'])
      // xloader was asked by CKAN itself already, and takes the linker's request once it has no load of this resource pending.
      await expect
        .poll(() => asking.record(ticket), { timeout: LOAD_MS })
        .toMatchObject({ state: 'linked', submitted_at: expect.any(String) })
      expect(asking.tap.calls).toContainEqual({ action: 'xloader_submit', params: { resource_id: id } })
      await expectRows(id, ['Tokyo', 'Osaka'])
      for (const text of [...asking.logs, ...asking.answers, JSON.stringify(await asking.record(ticket))])
        expect(text).not.toContain(site.tokens.admin)
    } finally {
      await asking.close()
    }
  })

  it('are never of a time to come, though the clocks of bucket, gateway and linker are an hour ahead', async () => {
    const spoil = (dataset: string) => spoilDataset(site, dataset)
    const scene = createScene({ ...site, spoil, isKept: true, close: async () => {} }, 3_600_000)
    try {
      const place = await scene.newPlace()
      const { key } = await scene.ask(place)
      await scene.put(key, CITIES)
      expect(await scene.deliver(key)).toMatchObject([{ kind: 'linked' }])
      const { headers } = await fetch(`${site.url}/api/3/action/status_show`)
      const { last_modified } = await scene.resource(place.resource)
      expect(Date.parse(`${last_modified}Z`)).toBeLessThanOrEqual(Date.parse(headers.get('date') ?? ''))
    } finally {
      await scene.close()
    }
  })

  it('are never kept from being loaded by a bare MD5 of ours', () => {
    const written = road.tap
      .revisions()
      .flatMap(({ params }) => Object.entries<Answer>(params).filter(([key]) => key.startsWith('update__resources__')))
    expect(written.length).toBeGreaterThan(0)
    for (const [, { hash = '' }] of written) expect(hash).toMatch(/^(?:|sha256:[0-9a-f]{64})$/u)
  })

  it("are told of without the site's own token, which CKAN itself hands to every editor", async () => {
    const resource_id = tickets[0]?.key.split('/').at(-3)
    expect(JSON.stringify(await road.act('xloader_status', { resource_id }))).toContain(site.tokens.admin)
    expect(await road.ask('xloader_status', { resource_id })).toMatchObject({
      status: 200,
      body: { result: { status: 'complete', task_info: { api_key: null } } },
    })
    const records = await Promise.all(tickets.map(async (ticket) => JSON.stringify(await road.record(ticket))))
    for (const text of [...road.logs, ...road.answers, ...records]) expect(text).not.toContain(site.tokens.admin)
  })

  async function upload(by: Road, id: string, content: string, declared: object = {}): Promise<Ticket> {
    const ticket = await by.upload(id, content, { name: 'cities.csv', ...declared })
    if (by === road) tickets.push(ticket)
    expect(await by.settled(ticket)).toMatchObject({ state: 'linked' })
    return ticket
  }

  async function expectRows(id: string, cities: readonly string[]): Promise<void> {
    const read = async () => {
      const table = await road.act('datastore_search', { resource_id: id, sort: '_id' }).catch(() => ({ records: [] }))
      return table.records.map(({ city }: Answer) => city)
    }
    await expect.poll(async () => (await read()).sort(), { timeout: LOAD_MS, interval: 500 }).toEqual(cities.toSorted())
  }

  /** What the gateway tells whoever may update the resource. */
  async function expectLoaded({ id }: Ticket): Promise<void> {
    const show = async () => (await road.ask('upload_show', { id })).body.result
    await expect
      .poll(show, { timeout: LOAD_MS, interval: 500 })
      .toMatchObject({ state: 'loaded', load: { status: 'complete' } })
  }

  /** What xloader says of its latest job for the resource, once that is complete. */
  async function expectLogged(id: string, words: string): Promise<void> {
    const read = async () => {
      const { status, task_info } = await road.act('xloader_status', { resource_id: id })
      return `${status}: ${task_info?.logs?.map(({ message }: Answer) => message).join('\n')}`
    }
    await expect.poll(read, { timeout: LOAD_MS, interval: 500 }).toMatch(new RegExp(`^complete: .*(?:${words})`, 'su'))
  }
})

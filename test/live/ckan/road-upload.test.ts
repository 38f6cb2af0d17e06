import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import { getByCurl, putByCurl } from '../support/curl.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { inTurns } from '../support/in-turns.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSites } from '../support/sites.ts'

const CSV = '都市,人口\n東京,13960000\n大阪,8837685\n'

describe.each(liveSites())('uploads to CKAN $name', (site) => {
  let road: Road
  // The edition holds notifications until `release`, so that many arrive at once.
  let release = 0
  beforeAll(async () => {
    road = await openRoad(site, { delaysMs: () => [Math.max(0, release - Date.now())] })
  })
  afterAll(() => road?.close())

  it('uploads a file by curl, shows it in CKAN within seconds and serves the same bytes', async () => {
    const dataset = await road.newDataset([{ name: 'Cities', custom: 'theirs' }])
    const ticket = await road.upload(only(dataset), CSV, { name: '都市.csv' })
    expect(await road.settled(ticket)).toMatchObject({
      state: 'linked',
      requested_by: 'editor',
      entity: { dataset_id: dataset.id },
    })
    const resource = await road.resource(only(dataset))
    expect(resource).toMatchObject({
      name: 'Cities',
      custom: 'theirs',
      format: 'CSV',
      mimetype: 'text/csv',
      size: new TextEncoder().encode(CSV).length,
    })
    const path = `/resource/${only(dataset)}/download/${ticket.id}/[0-9a-f]{16}/${encodeURIComponent('都市.csv')}`
    expect(resource.url).toMatch(new RegExp(`^${road.gateway}${path}$`, 'u'))
    expect(await getByCurl(resource.url)).toBe(CSV)
    const { headers } = await fetch(`${site.url}/api/3/action/status_show`)
    expect(Date.parse(`${resource.last_modified}Z`)).toBeLessThanOrEqual(Date.parse(headers.get('date') ?? ''))
  })

  it("replaces a file by a later file, and keeps a person's choice of format", async () => {
    const dataset = await road.newDataset([{ format: 'GTFS' }])
    // The first bytes of an archive.
    const [first, second] = ['PK\u0003\u0004 first', 'PK\u0003\u0004 second']
    await road.settled(await road.upload(only(dataset), first, { name: 'feed.zip' }))
    const later = await road.upload(only(dataset), second, { name: 'feed-2.zip' })
    expect(await road.settled(later)).toMatchObject({ state: 'linked' })
    const resource = await road.resource(only(dataset))
    expect(resource).toMatchObject({ format: 'GTFS', mimetype: 'application/zip', size: second.length })
    expect(await getByCurl(resource.url)).toBe(second)
  })

  it('links 200 simultaneous uploads into 10 datasets with few writes, and parks nothing', async () => {
    const datasets = await inTurns(
      4,
      Array.from({ length: 10 }, () => () => road.newDataset(20)),
    )
    const resources = datasets.flatMap((dataset) => dataset.resources)
    const tickets = await inTurns(
      8,
      resources.map((id) => () => road.askForUrl(id, { name: 'figures.json' })),
    )
    const written = road.tap.revisions().length
    release = Date.now() + 5000
    await inTurns(
      8,
      tickets.map(
        ({ url }, index) =>
          () =>
            putByCurl(url, `{"number": ${index}}`),
      ),
    )
    await inTurns(
      16,
      tickets.map((ticket) => () => road.settled(ticket)),
    )
    expect(await states(tickets)).toEqual(tickets.map(() => 'linked'))
    for (const dataset of datasets) {
      const shown = await road.dataset(dataset.id)
      const ids = tickets.filter(({ key }) => dataset.resources.some((id) => key.includes(id))).map(({ id }) => id)
      expect(shown.resources.map(({ url }: { readonly url: string }) => url.split('/').at(-3)).sort()).toEqual(
        ids.sort(),
      )
    }
    expect(road.logs.filter((line) => line.includes('"parked"'))).toEqual([])
    // A batch has at most 100 messages. Notifications that arrive later make more batches.
    expect(road.tap.revisions().length - written).toBeLessThanOrEqual(datasets.length * 6)
  })

  it('ends with the last requested upload if two race for a resource', async () => {
    const dataset = await road.newDataset(6)
    await Promise.all(
      dataset.resources.map(async (id, index) => {
        const early = await road.askForUrl(id, { name: 'early.csv' })
        const late = await road.askForUrl(id, { name: 'late.csv' })
        const puts = [() => putByCurl(early.url, 'early'), () => putByCurl(late.url, 'late')]
        // Both at once, or the later upload first.
        if (index % 2 === 0) await Promise.all(puts.map((put) => put()))
        else for (const put of puts.toReversed()) await put()
        expect(await road.settled(late)).toMatchObject({ state: 'linked' })
        expect((await road.settled(early)).state).toMatch(/^(?:linked|superseded)$/u)
        expect((await road.resource(id)).url).toMatch(new RegExp(`/${late.id}/[0-9a-f]{16}/late.csv$`, 'u'))
      }),
    )
  })

  async function states(tickets: readonly Ticket[]): Promise<readonly string[]> {
    return Promise.all(tickets.map(async (ticket) => (await road.record(ticket)).state))
  }
})

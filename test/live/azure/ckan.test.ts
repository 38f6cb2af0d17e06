import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import { inTurns } from '../support/in-turns.ts'
import { fewerInCi, liveSites } from '../support/sites.ts'
import { type AzureRoad, openAzureRoad } from './support/azure-road.ts'

const CSV = 'city,people\nBern,134\n'

// Azure's adapter calls each CKAN in the same way, and other suites call all four.
describe.each(fewerInCi(liveSites()))('the function app before CKAN $name', (site) => {
  let road: AzureRoad
  beforeAll(async () => {
    road = await openAzureRoad(site)
  })
  afterAll(async () => {
    await road?.purge()
    await road?.close()
  })

  it.each(['table (1).csv', '日本語+🙂.csv'])('takes %s from curl to CKAN and back, byte for byte', async (name) => {
    const resource = only(await road.newDataset())
    const ticket = await road.upload(resource, CSV, { name })
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    const shown = await road.resource(resource)
    expect(shown).toMatchObject({ size: CSV.length, mimetype: 'text/csv', format: 'CSV' })
    expect(decodeURIComponent(shown.url).endsWith(`/${name}`)).toBe(true)
    const answer = await road.open(shown.url)
    expect(await answer.text()).toBe(CSV)
  })

  it('links 50 uploads into five datasets', async () => {
    const datasets = await Promise.all(Array.from({ length: 5 }, () => road.newDataset(10)))
    const resources = datasets.flatMap((dataset) => dataset.resources)
    const tickets = await inTurns(
      10,
      resources.map((resource) => () => road.upload(resource, CSV, { name: 'a.csv' })),
    )
    for (const ticket of tickets) expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    for (const { id } of datasets)
      for (const { size } of (await road.dataset(id)).resources) expect(size).toBe(CSV.length)
  })
})

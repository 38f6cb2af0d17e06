import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OwnDataset, only } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import { spoilDataset } from '../support/database.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { newToken, openRoad, type Road } from '../support/road.ts'
import { liveSites } from '../support/sites.ts'

describe.each(liveSites())('uploads that CKAN $name refuses', (site) => {
  let road: Road
  beforeAll(async () => {
    road = await openRoad(site)
  })
  afterAll(() => road?.close())

  it.each([
    ['is deleted', ({ id }: OwnDataset) => road.act('package_delete', { id }), 'is deleted in CKAN'],
    ['is purged', ({ id }: OwnDataset) => road.purge([id]), 'does not exist in CKAN'],
    [
      'has lost the resource',
      (dataset: OwnDataset) => road.act('resource_delete', { id: only(dataset) }),
      'does not exist in CKAN',
    ],
    ['was made invalid by hand', ({ id }: OwnDataset) => spoilDataset(site, id), 'name: Must be purely lowercase'],
  ])('are parked when the dataset %s, and the record says why', async (_, happen, reason) => {
    const dataset = await road.newDataset()
    const ticket = await road.askForUrl(only(dataset), { name: 'table.csv' })
    await happen(dataset)
    await putByCurl(ticket.url, 'ours')
    expect(await road.settled(ticket)).toMatchObject({
      state: 'failed',
      code: 'parked',
      reason: expect.stringContaining(reason),
    })
    expect(road.outcomes(ticket)).toMatchObject([
      { outcome: 'parked', level: 'error', reason: expect.stringContaining(reason) },
    ])
  })

  it('wait for a valid service token if the token is revoked midway', async () => {
    const midway = await openRoad(site)
    try {
      const { token } = await newToken(midway)
      await midway.restart(token)
      const dataset = await midway.newDataset(5)
      const tickets = await Promise.all(dataset.resources.map((id) => midway.askForUrl(id, { name: 'table.csv' })))
      const [first, ...rest] = tickets
      await putAll(first ? [first] : [])
      expect(first && (await midway.settled(first))).toMatchObject({ state: 'linked' })
      await midway.act('api_token_revoke', { token }, 'admin')
      await putAll(rest)
      const cause = expect.stringContaining('CKAN does not know the service token')
      for (const ticket of rest)
        await expect.poll(() => midway.outcomes(ticket)).toMatchObject([{ outcome: 'retry', cause }])
      await midway.restart()
      for (const ticket of rest) expect(await midway.settled(ticket)).toMatchObject({ state: 'linked' })
      expect(midway.logs.filter((line) => line.includes('"parked"') || line.includes(token))).toEqual([])
    } finally {
      await midway.close()
    }
  })

  function putAll(tickets: readonly Ticket[]): Promise<unknown> {
    return Promise.all(tickets.map(({ url }) => putByCurl(url, 'ours')))
  }
})

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { killCkan, pauseCkan, resumeCkan, startCkan, startSolr, stopSolr } from '../../../scripts/ckan/control.ts'
import { putByCurl } from '../support/curl.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { inTurns } from '../support/in-turns.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSitesNamed } from '../support/sites.ts'

const CKAN_TIMEOUT_MS = 2000

describe.each(liveSitesNamed('2.10', '2.12'))('an outage of CKAN $name', (site) => {
  let road: Road
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
    const settings = { CKAN_TIMEOUT_MS: String(CKAN_TIMEOUT_MS), WEBHOOK_URLS: receiver.url }
    road = await openRoad(site, { settings, webhookSecrets: receiver.secret })
  })
  afterEach(async () => {
    await startSolr()
    await startCkan(site.name)
  })
  afterAll(async () => {
    await road?.close()
    await receiver?.close()
  })

  it('with no answers at all only delays uploads', async () => {
    const tickets = await askForSome()
    pauseCkan(site.name)
    await putAll(tickets)
    await expectRetries(tickets, /no answer within/u)
    // A receiver is down when the uploads are linked, and hears of each of them later.
    await receiver.stop()
    resumeCkan(site.name)
    await expectLinked(tickets)
    await expect.poll(() => road.logs.join()).toContain('event_not_delivered')
    await receiver.start()
    for (const ticket of tickets)
      expect(await receiver.hears(ticket, 1)).toMatchObject([{ type: 'ckan-uplink.upload.linked' }])
  })

  it('with a kill during a batch and a restart loses nothing', async () => {
    const tickets = await askForSome()
    let killed: Promise<void> | undefined
    road.tap.beforeNext('package_revise', async () => {
      killed = sleep(50).then(() => killCkan(site.name))
    })
    await putAll(tickets)
    // The write at that moment may or may not have succeeded.
    await expect
      .poll(() => tickets.flatMap(road.outcomes))
      .toContainEqual(retryBecause(/could not be reached|answered \w+ with 502/u))
    await killed
    await startCkan(site.name)
    await expectLinked(tickets)
  })

  it('with Solr down writes nothing, and everything once Solr is back', async () => {
    const tickets = await askForSome()
    await stopSolr()
    await putAll(tickets)
    await expectRetries(tickets, /answered package_revise with 500/u)
    for (const ticket of tickets) expect((await road.resource(resourceOf(ticket))).url).toBe('')
    await startSolr()
    await expectLinked(tickets)
  })

  async function askForSome(): Promise<readonly Ticket[]> {
    const datasets = [await road.newDataset(5), await road.newDataset(5)]
    return inTurns(
      2,
      datasets.flatMap(({ resources }) => resources).map((id) => () => road.askForUrl(id, { name: 'table.csv' })),
    )
  }

  function putAll(tickets: readonly Ticket[]): Promise<unknown> {
    return Promise.all(tickets.map(({ url }) => putByCurl(url, 'ours')))
  }

  async function expectRetries(tickets: readonly Ticket[], cause: RegExp): Promise<void> {
    for (const ticket of tickets) {
      await expect.poll(() => road.outcomes(ticket)).toContainEqual(retryBecause(cause))
      expect(await road.record(ticket)).toMatchObject({ state: 'issued' })
    }
  }

  async function expectLinked(tickets: readonly Ticket[]): Promise<void> {
    for (const ticket of tickets) {
      expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
      const { url } = await road.resource(resourceOf(ticket))
      expect(url).toMatch(new RegExp(`/${ticket.id}/[0-9a-f]{16}/table.csv$`, 'u'))
      expect(road.outcomes(ticket)).not.toContainEqual(expect.objectContaining({ outcome: 'parked' }))
    }
  }

  function retryBecause(cause: RegExp): unknown {
    return expect.objectContaining({ outcome: 'retry', cause: expect.stringMatching(cause) })
  }

  function resourceOf({ key }: Ticket): string {
    return key.split('/').at(-3) ?? ''
  }
})

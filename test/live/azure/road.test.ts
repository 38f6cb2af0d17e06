import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import type { EventGridSchema } from '@ckan-uplink/testing/clouds/azure'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import { testFilestore } from '../support/filestore.ts'
import { testPartsAndImages } from '../support/parts-and-images.ts'
import { type AzureRoad, openAzureRoad, readAll } from './support/azure-road.ts'

const CSV = 'city,people\nBern,134\n'
const NAMES = ['two words.csv', 'table (1).csv', 'plus+sign.csv', '日本語 データ.csv', '🙂 smile.csv', "it's été.csv"]

let ckan: CkanStandIn
beforeAll(async () => {
  ckan = await startCkanStandIn()
})
afterAll(() => ckan.close())
afterEach(() => ckan.faults.reset())

describe.each([
  ['identity', 'EventGridSchema'],
  ['account key', 'CloudEventSchemaV1_0'],
] as const)('the function app with its %s and %s', (kind, schema: EventGridSchema) => {
  let road: AzureRoad
  beforeAll(async () => {
    road = await openAzureRoad(ckan, { kind, subscription: { schema }, settings: { FILESTORE_API: 'true' } })
  })
  afterAll(() => road.close())

  const newResource = async () => only(await road.newDataset())

  it('links an uploaded file and serves the same bytes', async () => {
    const resource = await newResource()
    const ticket = await road.upload(resource, CSV, { name: 'cities.csv' })
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    const shown = await road.resource(resource)
    expect(shown).toMatchObject({
      size: CSV.length,
      mimetype: 'text/csv',
      format: 'CSV',
      url: expect.stringContaining(`/resource/${resource}/download/`),
    })
    expect(await (await road.open(shown.url)).text()).toBe(CSV)
    expect(road.outcomes(ticket).map(({ outcome }) => outcome)).toEqual(['linked'])
  })

  it('links a declared file with its checksum, and refuses to overwrite it', async () => {
    const resource = await newResource()
    const hash = `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(CSV))).toString('hex')}`
    const ticket = await road.upload(resource, CSV, {
      name: 'cities.csv',
      size: CSV.length,
      mimetype: 'text/csv',
      hash,
    })
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    expect(await road.resource(resource)).toMatchObject({ hash, mimetype: 'text/csv' })
    expect((await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: 'other' })).status).toBe(403)
  })

  it.each(NAMES)("keeps the name %s in the resource's URL and in the download", async (name) => {
    const resource = await newResource()
    await road.settled(await road.upload(resource, `name\n${name}\n`, { name }))
    const { url } = await road.resource(resource)
    expect(decodeURIComponent(new URL(url).pathname)).toMatch(new RegExp(`/${name.replace(/[()+]/gu, '\\$&')}$`, 'u'))
    const answer = await road.open(url)
    expect([answer.status, await answer.text()]).toEqual([200, `name\n${name}\n`])
  })

  testPartsAndImages(
    () => road,
    () => ckan.tokens.admin,
  )

  testFilestore(() => ({ gateway: road.settings['GATEWAY_URL'] ?? '', token: ckan.tokens.editor, open: road.open }))

  it('writes a dataset once for simultaneous uploads', async () => {
    const { id, resources } = await road.newDataset(10)
    const tickets = await Promise.all(resources.map((resource) => road.askForUrl(resource, { name: 'a.csv' })))
    await Promise.all(tickets.map(({ url, headers }) => fetch(url, { method: 'PUT', headers, body: CSV })))
    for (const ticket of tickets) expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    expect((await road.dataset(id)).resources.map(({ size }: { readonly size: number }) => size)).toEqual(
      resources.map(() => CSV.length),
    )
  })

  it('links uploads that waited while CKAN was down', async () => {
    const resource = await newResource()
    const ticket = await road.askForUrl(resource, { name: 'a.csv' })
    const back = ckan.faults.add({ effect: 'cut' })
    await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: CSV })
    await expect.poll(() => road.outcomes(ticket).length).toBeGreaterThan(1)
    back()
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    await road.edge.settled()
    expect(new Set(road.outcomes(ticket).map(({ outcome }) => outcome))).toEqual(new Set(['retry', 'linked']))
    expect(await readAll(road.deadLetters)).toEqual([])
  })

  it('finds uploads without a notification on its schedule', async () => {
    const resource = await newResource()
    await road.store.put(`resources/api_uploads/${resource}`, new TextEncoder().encode(CSV), {
      contentType: 'text/csv',
    })
    expect((await road.reconcile()).status).toBe(202)
    expect(await road.resource(resource)).toMatchObject({ size: CSV.length })
  })

  it('reports that it is healthy', async () => {
    const answer = await road.open('https://data.example.org/readyz')
    expect(await answer.json()).toMatchObject({
      status: 'ok',
      checks: { bucket: { status: 'ok', detail: 'open-data' } },
    })
  })

  it('writes no secret to its log', () => {
    expect(road.log().join('\n')).not.toMatch(
      new RegExp(`[?&]sig=|Eby8vdM02|eyJ|${ckan.tokens.admin}|${ckan.tokens.editor}`, 'u'),
    )
  })
})

describe('the function app with a scanner of the platform', () => {
  it('links a file after the result of Defender, and withdraws a file with malware', async () => {
    const road = await openAzureRoad(ckan, { settings: { SCANNER: 'platform' } })
    try {
      const send = async () => road.upload(only(await road.newDataset()), CSV, { name: 'a.csv' })
      const [clean, infected] = [await send(), await send()]
      for (const ticket of [clean, infected]) expect(await road.settled(ticket)).toMatchObject({ state: 'scanning' })
      await road.scanned(clean, 'No threats found')
      await road.scanned(infected, 'Malicious')
      expect(await road.record(clean)).toMatchObject({ state: 'linked' })
      expect(await road.record(infected)).toMatchObject({ state: 'withdrawn', code: 'infected' })
      expect(await road.store.head(infected.key)).toBeUndefined()
    } finally {
      await road.close()
    }
  }, 120_000)
})

describe('the function app with an event that is a day old', () => {
  it('parks it at the last attempt, so that it never becomes a dead letter', async () => {
    const road = await openAzureRoad(ckan, { subscription: { secondMs: 0.05 }, settings: { CKAN_TIMEOUT_MS: '1000' } })
    try {
      const ticket = await road.askForUrl(only(await road.newDataset()), { name: 'a.csv' })
      ckan.faults.add({ effect: { status: 503 } })
      await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: CSV })
      await road.edge.settled()
      expect(await readAll(road.store, 'uplink/parked/')).toMatchObject([
        { event: { key: ticket.key }, reason: expect.stringMatching(/^Given up after 11 attempts/u) },
      ])
      expect(await readAll(road.deadLetters)).toEqual([])
    } finally {
      await road.close()
    }
  }, 120_000)

  it('finds it among the dead letters after a day without the app, and links it on a replay', async () => {
    const road = await openAzureRoad(ckan, { subscription: { secondMs: 0.01 } })
    const resource = only(await road.newDataset())
    try {
      const ticket = await road.askForUrl(resource, { name: '日本語 (1)+a.csv' })
      await road.stop()
      await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: CSV })
      await road.edge.settled()
      expect(await readAll(road.deadLetters)).toMatchObject([
        [{ deadLetterReason: 'TimeToLiveExceeded', deliveryAttempts: 11 }],
      ])
      const reason = expect.stringContaining('TimeToLiveExceeded; attempts: 11')
      expect(await road.replayDeadLetters()).toMatchObject([{ event: { key: ticket.key }, reason, outcome: 'linked' }])
      expect(await road.resource(resource)).toMatchObject({
        size: CSV.length,
        url: expect.stringContaining(encodeURIComponent('日本語')),
      })
      expect([await readAll(road.deadLetters), await readAll(road.store, 'uplink/parked/')]).toEqual([[], []])
    } finally {
      await road.close()
    }
  }, 120_000)
})

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { type AwsRoad, BUCKET, ORIGIN, openAwsRoad } from './support/aws-road.ts'

const CSV = 'city,population\nTokyo,13960000\n'
const DECLARED = {
  name: 'cities.csv',
  size: CSV.length,
  mimetype: 'text/csv',
  hash: `sha256:${createHash('sha256').update(CSV).digest('hex')}`,
}
const FOREIGN = 'https://elsewhere.example.org'

type Change = (ticket: Ticket) => {
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

describe('refusals on AWS, with signatures enforced', () => {
  let ckan: CkanStandIn
  let road: AwsRoad
  let resource: string
  beforeAll(async () => {
    ckan = await startCkanStandIn()
    road = await openAwsRoad('strict', ckan)
    resource = only(await road.newDataset())
  })
  afterAll(async () => {
    await road?.close()
    await ckan?.close()
  })

  it.each<[string, Change]>([
    ['another key', ({ url }) => ({ url: url.replace('cities.csv', 'others.csv') })],
    ['another bucket', ({ url }) => ({ url: url.replace(`/${BUCKET}/`, '/another-bucket/') })],
    [
      'another signature',
      ({ url }) => ({
        url: url.replace(/X-Amz-Signature=./u, (found) => found.replace(/.$/u, (digit) => (digit === '0' ? '1' : '0'))),
      }),
    ],
    ['a longer life', ({ url }) => ({ url: url.replace(/X-Amz-Expires=\d+/u, 'X-Amz-Expires=604800') })],
    ['no signature at all', ({ url }) => ({ url: url.replace(/\?.*$/u, '') })],
    ['a longer file', () => ({ body: `${CSV}Osaka,8837685\n` })],
    ['a shorter file', () => ({ body: CSV.slice(1) })],
    ['another file of the same length', () => ({ body: CSV.replace('1', '2') })],
    ['another type', ({ headers }) => ({ headers: { ...headers, 'Content-Type': 'text/html' } })],
    ['the right to overwrite', ({ headers }) => ({ headers: without(headers, 'If-None-Match') })],
    ['no checksum', ({ headers }) => ({ headers: without(headers, 'x-amz-checksum-sha256') })],
  ])('a signed URL accepts the declared file, and not %s', async (_, change) => {
    const ticket = await road.askForUrl(resource, DECLARED)
    const { url, headers, body } = { url: ticket.url, headers: ticket.headers, body: CSV, ...change(ticket) }
    const refused = await fetch(url, { method: 'PUT', headers, body })
    expect([400, 403]).toContain(refused.status)
    expect(await put(ticket), 'the URL itself').toBe(200)
    expect(await put(ticket), 'the same URL again').toBe(412)
  })

  it('an expired signed URL accepts nothing', async () => {
    const ticket = await road.askForUrl(resource, { ...DECLARED, expires_in: 1 })
    await sleep(2500)
    expect(await put(ticket)).toBe(403)
  })

  it('a download URL reads one file for a limited time', async () => {
    const ticket = await road.askForUrl(resource, DECLARED)
    await put(ticket)
    await road.settled(ticket)
    const { headers } = await road.open((await road.resource(resource)).url, { redirect: 'manual' })
    const location = headers.get('location') ?? ''
    expect((await fetch(location)).status).toBe(200)
    expect((await fetch(location, { method: 'PUT', body: CSV })).status).toBe(403)
    expect((await fetch(location.replace('cities.csv', 'others.csv'))).status).toBe(403)
  })

  it('the bucket shows nothing without a signature', async () => {
    for (const path of ['', '/uplink/uploads/', '?list-type=2'])
      expect((await fetch(`${road.emulator.url}/${BUCKET}${path}`)).status).toBe(403)
  })

  it('browsers can upload only from the portal', async () => {
    const { url } = await road.askForUrl(resource, DECLARED)
    const preflight = async (Origin: string) => {
      const headers = {
        Origin,
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'content-type,if-none-match',
      }
      const answer = await fetch(url, { method: 'OPTIONS', headers })
      return [answer.status, answer.headers.get('access-control-allow-origin')]
    }
    expect(await preflight(ORIGIN)).toEqual([200, ORIGIN])
    expect(await preflight(FOREIGN)).toEqual([403, null])
  })

  it("only the portal's pages can read the gateway's answers", async () => {
    const allowed = async (Origin: string) =>
      (await road.open(`${road.gateway}/healthz`, { headers: { Origin } })).headers.get('access-control-allow-origin')
    expect(await allowed(ORIGIN)).toBe(ORIGIN)
    expect(await allowed(FOREIGN)).toBeNull()
  })

  it('only users who may edit the dataset get a URL', async () => {
    const tokens = { ...ckan.tokens, anonymous: '', revoked: 'revoked' }
    const answers = Object.entries(tokens).map(async ([who, token]) => [
      who,
      (await road.ask('resource_upload', { id: resource }, token)).status,
    ])
    expect(Object.fromEntries(await Promise.all(answers))).toMatchObject({
      admin: 200,
      editor: 200,
      member: 403,
      outsider: 403,
      anonymous: 403,
      revoked: 403,
    })
  })

  async function put({ url, headers }: Ticket): Promise<number> {
    return (await fetch(url, { method: 'PUT', headers, body: CSV })).status
  }

  function without(headers: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(headers).filter(([other]) => other !== name))
  }
})

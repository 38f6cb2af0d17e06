import { createHash, createHmac } from 'node:crypto'
import { clientFrom } from '@ckan-uplink/ckan'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { privateFileChecks } from '../../../packages/operations/src/doctor/private-file-check.ts'
import { only } from '../../support/ckan-calls.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { createPerson, logIn, newUser, type Page, type Person } from '../support/person.ts'
import { liveSitesNamed } from '../support/sites.ts'
import { openPluginRoad, type PluginRoad } from './plugin-road.ts'

const CONTENT = 'station,ozone\nnorth,31\n'

describe.each(liveSitesNamed('2.10', '2.11', '2.12'))('a private file of CKAN $name with the plugin', (site) => {
  const loads = site.version !== '2.10'
  let road: PluginRoad
  let ticket: Ticket
  let resource: string
  let url: string
  beforeAll(async () => {
    const settings = { LOADER: 'xloader', LOAD_PRIVATE: 'true' }
    road = await openPluginRoad(site, loads ? settings : {}, { loads })
    resource = only(await road.newDataset(1, { private: true }))
    ticket = await road.upload(resource, CONTENT)
    const waiting = { timeout: 180_000, interval: 200 }
    await vi.waitUntil(async () => (await road.record(ticket)).state === 'linked', waiting)
    url = (await road.resource(resource)).url
  })
  afterAll(() => road?.close())

  const last = (pages: readonly Page[]) => pages.at(-1)
  const grantIn = (pages: readonly Page[]) => pages.find((page) => page.url.includes('grant='))?.url ?? ''

  it('opens for an editor and a member who are logged in, by the address that CKAN shows', async () => {
    for (const role of ['editor', 'member'] as const) {
      const pages = await (await road.enter(role)).open(url)
      expect(last(pages)).toMatchObject({ status: 200, text: CONTENT })
      // The gateway, CKAN, the gateway, the store.
      expect(pages).toHaveLength(4)
      for (const { headers } of pages.slice(1, 3)) expect(headers['referrer-policy']).toBe('no-referrer')
      expect(pages[1]?.headers['cache-control']).toBe('private, no-store')
    }
  })

  it('opens after the login page for somebody who was logged out', async () => {
    const person = createPerson()
    const page = last(await person.open(url))
    expect(page?.url).toContain('/user/login?')
    const user = await newUser(road, site, 'editor')
    if (page) expect(await logIn(person, page, user)).toMatchObject({ status: 200, text: CONTENT })
  })

  it('stays closed for an outsider, who ends at a page that says so', async () => {
    const pages = await (await road.enter()).open(url)
    expect(last(pages)).toMatchObject({ status: 403 })
    expect(pages.some((page) => page.url.includes('grant='))).toBe(false)
  })

  it('stays closed for programs without a token, and opens for programs with one', async () => {
    expect((await fetch(url)).status).toBe(403)
    const answer = await fetch(url, { headers: { Authorization: site.tokens.member } })
    expect(await answer.text()).toBe(CONTENT)
  })

  it('opens in parts and by HEAD while the grant is valid, and for nothing else', async () => {
    const granted = grantIn(await (await road.enter('member')).open(url))
    const part = await fetch(granted, { headers: { Range: 'bytes=0-6' } })
    expect([part.status, await part.text()]).toEqual([206, 'station'])
    expect((await fetch(granted, { method: 'HEAD' })).status).toBe(200)
    const other = only(await road.newDataset(1, { private: true }))
    await road.settled(await road.upload(other, 'secret'))
    const { search } = new URL(granted)
    expect((await fetch((await road.resource(other)).url + search, { redirect: 'manual' })).status).toBe(403)
    const token = { Authorization: new URL(granted).searchParams.get('grant') ?? '' }
    for (const address of [url, `${road.gateway}/api/3/action/package_search`])
      expect((await fetch(address, { headers: token })).status).toBe(403)
    // CKAN takes it for no token of its own: the caller is anonymous.
    const asked = await fetch(`${site.url}/api/3/action/resource_show?id=${resource}`, { headers: token })
    expect(asked.status).toBe(403)
  })

  it('stays closed for an expired grant and for a grant that CKAN did not sign, without a redirect', async () => {
    const [, upload, version] = /\/download\/([^/]+)\/([^/]+)\//u.exec(url) ?? []
    const now = Math.floor(Date.now() / 1000)
    const claims = { aud: road.gateway, sub: 'x', scope: 'read', resource, upload, version }
    const grants = [
      sign({ ...claims, iat: now - 600, exp: now - 300 }, road.secret),
      sign({ ...claims, iat: now, exp: now + 300 }, 'c0'.repeat(32)),
      site.tokens.admin,
    ]
    for (const grant of grants) {
      const { status, headers } = await createPerson().visit(`${url}?grant=${grant}`)
      expect([status, headers.location]).toEqual([403, undefined])
    }
  })

  it('leads readers from a replaced file to the present one, and editors to the replaced one', async () => {
    const replaced = only(await road.newDataset(1, { private: true }))
    await road.settled(await road.upload(replaced, 'first'))
    const { url: before } = await road.resource(replaced)
    await road.settled(await road.upload(replaced, 'second', { name: 'new.csv' }))
    expect(last(await (await road.enter('member')).open(before))).toMatchObject({ text: 'second' })
    expect(last(await (await road.enter('editor')).open(before))).toMatchObject({ text: 'first' })
  })

  it('is read by the proxy of CKAN for its previews, but only for its own resource', async () => {
    const member = await road.enter('member')
    const proxied = async (person: Person, id: string) => {
      const { package_id } = await road.resource(id)
      return person.visit(`${site.url}/dataset/${package_id}/resource/${id}/proxy`)
    }
    expect(await proxied(member, resource)).toMatchObject({ status: 200, text: CONTENT })
    expect((await proxied(createPerson(), resource)).text).not.toContain(CONTENT)
    // An editor of another dataset can write this address, but not read the file by it.
    const planted = only(await road.newDataset([{ url }]))
    expect((await proxied(member, planted)).status).toBe(409)
  })

  if (loads) {
    it('is loaded into the DataStore, also for the linker, and not by another resource with its address', async () => {
      const planted = only(await road.newDataset([{ url, format: 'CSV' }]))
      const status = async (resource_id: string) => (await road.act('xloader_status', { resource_id }, 'admin')).status
      await expect.poll(() => status(resource), { interval: 500 }).toBe('complete')
      await road.act('xloader_submit', { resource_id: planted }, 'admin')
      await expect.poll(() => status(planted), { interval: 500 }).toBe('error')
      const { records } = await road.act('datastore_search', { resource_id: resource })
      expect(records).toMatchObject([{ station: 'north' }])
      expect(road.tap.calls).toContainEqual({ action: 'xloader_submit', params: { resource_id: resource } })
      await expect.poll(() => road.record(ticket)).toMatchObject({ submitted_at: expect.any(String) })
      expect(JSON.stringify(await road.act('xloader_status', { resource_id: planted }, 'admin'))).not.toContain(
        'grant=',
      )
    })
  }

  it('gives the doctor a grant that the gateway accepts, and that opens nothing', async () => {
    const said = await (await fetch(`${site.url}/uplink/status`)).json()
    expect(said).toMatchObject({ gateway: road.gateway, loads_private_files: loads, forms: { dataset: true } })
    const nothing = `${road.gateway}/resource/00000000-0000-0000-0000-000000000000/download/${'0'.repeat(16)}/doctor`
    const answer = await fetch(`${nothing}?grant=${said.grant}`)
    expect([answer.status, await answer.text()]).toEqual([
      404,
      expect.stringContaining('The resource has no such file'),
    ])
  })

  it('is opened by the doctor, if the token of the operator may read it', async () => {
    const variables = { CKAN_URL: site.url, GATEWAY_URL: road.gateway, BUCKET_NAME: road.s3.bucket }
    const settings = readFrom(variables, readSettings)
    const look = async (token: string) => {
      const checks = privateFileChecks({ client: clientFrom(settings), token, settings, reach: road.gateway })
      return Promise.all(checks.map((check) => check.run()))
    }
    const opened = [{ state: 'right', found: expect.stringContaining('opens by a grant') }]
    expect(await look(site.tokens.member)).toEqual(opened)
    expect(await look(site.tokens.outsider)).toMatchObject([{ state: 'hint' }])
  })

  it('has a grant for a script of CKAN’s pages, which sends the CSRF token, and for a program with a token', async () => {
    const address = `${site.url}/uplink/grant`
    const member = await road.enter('member')
    const page = last(await member.open(`${site.url}/dataset/`))
    const csrf = /<meta name="_csrf_token" content="([^"]*)"/u.exec(page?.text ?? '')?.[1] ?? ''
    expect((await member.post(address, { resource })).status).toBe(400)
    const given = await member.post(address, { resource }, { 'X-CSRFToken': csrf, Referer: site.url })
    expect(given).toMatchObject({ status: 200 })
    const { grant, url: granted } = JSON.parse(given.text)
    expect(await (await fetch(`${granted}?grant=${grant}`)).text()).toBe(CONTENT)
    const statusOf = async (Authorization?: string) =>
      (await createPerson().post(address, { resource }, Authorization ? { Authorization } : {})).status
    const { member: reader, outsider } = site.tokens
    expect([await statusOf(reader), await statusOf(outsider), await statusOf()]).toEqual([200, 403, 403])
  })
})

function sign(claims: object, secret: string): string {
  const kid = createHash('sha256').update(`uplink grant key ${secret}`).digest('hex').slice(0, 16)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256', typ: 'uplink+jwt', kid })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

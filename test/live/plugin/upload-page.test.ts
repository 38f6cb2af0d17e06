import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { launchChromium, logInAsEditor, openTab } from '../support/browser.ts'
import { createPerson, newUser } from '../support/person.ts'
import { fewerInCi, liveSitesNamed } from '../support/sites.ts'
import { openPluginRoad, type PluginRoad } from './plugin-road.ts'
import { signCheck } from './sign-check.ts'

const AXE = fileURLToPath(import.meta.resolve('axe-core'))

const sites = fewerInCi(liveSitesNamed('2.10', '2.11', '2.12'))

describe.each(sites)('the upload page with the plugin, in CKAN $name', (site) => {
  let road: PluginRoad
  let browser: Browser
  beforeAll(async () => {
    road = await openPluginRoad(site)
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await road?.close()
  })

  /** From the gateway's page through CKAN's login to the page of the plugin. */
  async function signIn(place: string): Promise<{ readonly page: Page; readonly user: string }> {
    const page = await openTab(browser)
    await page.goto(`${road.gateway}/upload/${place}`)
    await page.getByRole('link', { name: 'Sign in with CKAN' }).click()
    await page.waitForURL(/\/user\/login/u)
    const user = await logInAsEditor(page, road)
    await page.locator('ckan-uplink .drop').waitFor()
    return { page, user }
  }

  const choose = (page: Page, ...names: readonly string[]) =>
    page
      .locator('ckan-uplink input')
      .first()
      .setInputFiles(names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`This is ${name}`) })))

  const rowOf = (page: Page, name: string) => page.locator('ckan-uplink li', { hasText: name })

  async function expectState(page: Page, name: string, state: RegExp): Promise<void> {
    await expect.poll(() => rowOf(page, name).getAttribute('class')).toMatch(state)
  }

  it('takes files of a person who has never seen a token, and names the place first', async () => {
    const dataset = await road.dataset((await road.newDataset(0)).id)
    const { page, user } = await signIn(dataset.name)
    const facts = await page.locator('.uplink-facts').innerText()
    for (const fact of [user, 'Organization', dataset.title || dataset.name]) expect(facts).toContain(fact)
    await choose(page, 'one.txt', 'two.txt', 'three.txt')
    for (const name of ['one.txt', 'two.txt', 'three.txt']) await expectState(page, name, /linked/u)
    const shown = (await road.dataset(dataset.id)).resources
    expect(shown.map(({ name, size }: { name: string; size: number }) => [name, size])).toEqual([
      ['one.txt', 15],
      ['two.txt', 15],
      ['three.txt', 17],
    ])
    // Neither a grant nor a token is in the address or in the browser's storage.
    expect(new URL(page.url()).pathname).toBe(`/uplink/upload/${dataset.name}`)
    expect(await page.evaluate('JSON.stringify([location.href, { ...sessionStorage, ...localStorage }])')).not.toMatch(
      /eyJ|token/u,
    )
    await page.context().close()
  })

  it('replaces the file of a resource', async () => {
    const dataset = await road.newDataset([{ url: 'https://example.org/before.txt' }])
    const { page } = await signIn(only(dataset))
    expect(await page.locator('.uplink-facts').innerText()).toContain('Resource')
    await choose(page, 'new.txt')
    await expectState(page, 'new.txt', /linked/u)
    expect((await road.resource(only(dataset))).url).toMatch(/new\.txt$/u)
    await page.context().close()
  })

  it('pauses when the session has ended, and goes on after another login', async () => {
    const dataset = await road.newDataset([{}])
    const { page } = await signIn(only(dataset))
    // An answer that is still on its way would bring the cookie back.
    await page.waitForLoadState('networkidle')
    await page.context().clearCookies()
    await choose(page, 'late.txt')
    await expectState(page, 'late.txt', /paused/u)
    expect(await rowOf(page, 'late.txt').innerText()).toContain('You are logged out')
    const other = await page.context().newPage()
    await other.goto(`${site.url}/user/login`)
    await logInAsEditor(other, road)
    await page.getByRole('button', { name: 'Continue: late.txt' }).click()
    await expectState(page, 'late.txt', /linked/u)
    await page.context().close()
  })

  it('leaves no resource of a file that the person cancelled', async () => {
    const dataset = await road.newDataset(0)
    const { page } = await signIn(dataset.id)
    // The store does not answer, so that there is time to cancel.
    await page.route(/partNumber=/u, () => {})
    await choose(page, 'wrong.txt')
    await expectState(page, 'wrong.txt', /sending/u)
    await expect.poll(async () => (await road.dataset(dataset.id)).resources.length).toBe(1)
    await page.getByRole('button', { name: 'Cancel: wrong.txt' }).click()
    await expect.poll(async () => (await road.dataset(dataset.id)).resources.length).toBe(0)
    await page.context().close()
  })

  it('is for people who may change the place, by the address of this CKAN alone', async () => {
    const dataset = await road.newDataset([{}])
    const places = [dataset.id, only(dataset)].map((place) => `${site.url}/uplink/upload/${place}`)
    for (const address of places) {
      const login = (await createPerson().open(address)).at(-1)
      expect(new URL(login?.url ?? '').searchParams.get('came_from')).toBe(new URL(address).pathname)
      for (const role of ['member', undefined] as const)
        expect((await (await road.enter(role)).open(address)).at(-1)).toMatchObject({ status: 403 })
      const page = (await (await road.enter('editor')).open(address)).at(-1)
      expect(page?.status).toBe(200)
      expect(page?.headers).toMatchObject({
        'cache-control': 'private, no-store',
        'content-security-policy': "frame-ancestors 'none'",
        'x-frame-options': 'DENY',
      })
    }
    const editor = await road.enter('editor')
    const page = await editor.visit(`${places[0]}?gateway=https://elsewhere.example`)
    expect(/data-uplink-gateway="([^"]*)"/u.exec(page.text)?.[1]).toBe(road.gateway)
    expect((await editor.visit(`${site.url}/uplink/upload/no-such-place`)).status).toBe(404)
  })

  it('gives no grant to a page of another site, which has no CSRF token', async () => {
    const dataset = await road.newDataset([{}])
    const editor = await road.enter('editor')
    const answer = await editor.post(`${site.url}/uplink/grant`, { scope: 'upload', resource: only(dataset) })
    expect([answer.status, answer.text]).toEqual([400, expect.not.stringContaining('eyJ')])
  })

  /** What the plugin answers the gateway about a user. */
  async function check(
    request: string,
    address = 'check',
  ): Promise<{ readonly status: number; readonly body: Answer }> {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ request }) }
    const response = await fetch(`${site.url}/uplink/${address}`, init)
    return { status: response.status, body: await response.json() }
  }
  const ask = async (claims: object) => (await check(signCheck(road.secret, road.gateway, claims))).body

  it('tells the gateway whether a user may upload now, and what CKAN shows of the place', async () => {
    const dataset = await road.newDataset([{ url: 'https://example.org/air.csv', name: 'Air' }], {
      title: 'Air quality',
    })
    const { name } = await newUser(road, site, 'editor')
    const { id: sub } = await road.act('user_show', { id: name }, 'admin')
    const of = { dataset: dataset.id, title: 'Air quality', user: name, owner_org: expect.any(String) }
    const place = { sub, dataset: dataset.id }
    expect(await ask(place)).toMatchObject({ allowed: true, ...of, resource: null, url: '' })
    const toResource = { sub, resource: only(dataset) }
    const shown = { resource: only(dataset), resource_name: 'Air', url: 'https://example.org/air.csv' }
    expect(await ask(toResource)).toMatchObject({ allowed: true, ...of, ...shown })

    // One resource, however often the gateway asks.
    const create = { id: crypto.randomUUID(), name: 'Ozone' }
    for (const _ of ['first', 'again'])
      expect(await ask({ ...place, create })).toMatchObject({ allowed: true, resource: create.id, url: '' })
    expect((await road.dataset(dataset.id)).resources.map(({ id }: Answer) => id)).toEqual([only(dataset), create.id])
    const other = await road.newDataset(1)
    const elsewhere = { ...place, create: { id: only(other), name: 'Ozone' } }
    for (const [reason, asked] of [
      ['place', elsewhere],
      ['place', { sub, dataset: crypto.randomUUID() }],
      ['place', { sub, dataset: (await road.dataset(dataset.id)).name }],
      ['place', { sub, dataset: only(dataset) }],
      ['user', { ...place, sub: name }],
      ['user', { ...place, sub: crypto.randomUUID() }],
    ] as const)
      expect(await ask(asked)).toEqual({ allowed: false, reason })

    await road.act('organization_member_delete', { id: site.organization, username: name }, 'admin')
    expect(await ask(place)).toEqual({ allowed: false, reason: 'user' })
    const member = { id: site.organization, username: name, role: 'editor' }
    await road.act('organization_member_create', member, 'admin')
    expect(await ask(place)).toMatchObject({ allowed: true })
    await road.act('user_delete', { id: sub }, 'admin')
    for (const asked of [place, toResource, { ...place, create: { ...create, id: crypto.randomUUID() } }])
      expect(await ask(asked)).toEqual({ allowed: false, reason: 'user' })

    for (const request of [
      signCheck('b1'.repeat(32), road.gateway, place),
      signCheck(road.secret, 'https://elsewhere.example.org', place),
      signCheck(road.secret, road.gateway, { ...place, exp: 1 }),
      signCheck(road.secret, road.gateway, place, 'uplink+jwt'),
      'none',
    ])
      expect(await check(request)).toEqual({ status: 403, body: { error: expect.stringContaining('not signed') } })
  })

  it('tells the gateway by the rules of CKAN who may create a file for whom', async () => {
    const dataset = await road.newDataset(0)
    const [admin, editor] = [await road.act('user_show', {}, 'admin'), await road.act('user_show', {}, 'editor')]
    const ask = async (claims: object) =>
      (await check(signCheck(road.secret, road.gateway, { storage: 'default', ...claims }), 'check-file')).body
    const ofDataset = { owner_type: 'package', owner_id: dataset.id }
    const asked = { sub: admin.id, ...ofDataset }
    if (site.version !== '2.12') return expect(await ask(asked)).toEqual({ allowed: false, reason: 'files' })
    const owner_org = site.organization
    expect(await ask(asked)).toEqual({ allowed: true, ...ofDataset, owner_org })
    const byName = { ...asked, owner_id: (await road.dataset(dataset.id)).name }
    expect(await ask(byName)).toEqual({ allowed: true, ...ofDataset, owner_org })
    const own = { owner_type: 'user', owner_id: admin.id, owner_org: null }
    expect(await ask({ sub: admin.id })).toEqual({ allowed: true, ...own })
    const ofOrganization = { owner_type: 'organization', owner_id: site.organization }
    expect(await ask({ sub: admin.id, ...ofOrganization })).toEqual({ allowed: true, ...ofOrganization, owner_org })
    for (const [reason, wrong] of [
      ['place', { ...asked, owner_id: crypto.randomUUID() }],
      ['place', { ...asked, owner_type: 'planet' }],
      ['place', { sub: admin.id, owner_type: 'group', owner_id: site.organization }],
      // CKAN's settings let only sysadmins create files.
      ['user', { ...asked, sub: editor.id }],
      ['user', { ...asked, sub: editor.name }],
    ] as const)
      expect(await ask(wrong)).toEqual({ allowed: false, reason })
    expect(await check('none', 'check-file')).toMatchObject({ status: 403 })
  })

  it('has no fault that axe finds in its own part of the page', async () => {
    const { page } = await signIn((await road.newDataset(0)).id)
    await choose(page, 'one.txt')
    await expectState(page, 'one.txt', /linked/u)
    await page.addScriptTag({ path: AXE })
    const faults = await page.evaluate(
      "axe.run('.primary').then(({ violations }) => violations.map(({ help }) => help))",
    )
    expect(faults).toEqual([])
    await page.context().close()
  })
})

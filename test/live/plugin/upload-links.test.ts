import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { launchChromium, logInAsEditor, openTab, picture } from '../support/browser.ts'
import { createPerson, fieldsOf, newUser } from '../support/person.ts'
import { fewerInCi, liveSitesNamed } from '../support/sites.ts'
import { openPluginRoad, type PluginRoad } from './plugin-road.ts'

const AXE = fileURLToPath(import.meta.resolve('axe-core'))
const LIMITS = { expires_in: 3600, max_files: 2, max_bytes: 1_000_000 }

/** Axe is a script of no page. */
const WITH_AXE = { bypassCSP: true }

// The questions to the plugin are tested on every version, beside the upload page.
const sites = fewerInCi(liveSitesNamed('2.10', '2.11', '2.12'))

describe.each(sites)('an upload link, with CKAN $name', (site) => {
  let road: PluginRoad
  let browser: Browser
  beforeAll(async () => {
    // A right that is lost counts at once.
    road = await openPluginRoad(site, { UPLOAD_LINKS: 'true', REMEMBER_PERMISSION_SECONDS: '0' })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await road?.close()
  })

  /** The result of an action that has to succeed, by default for the editor. */
  async function ask(action: string, fields: object, token?: string): Promise<Answer> {
    const { status, body } = await road.ask(action, fields, token)
    expect([status, body.error]).toEqual([200, undefined])
    return body.result
  }

  /** A browser without an account, at this address. */
  async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openTab(browser, { viewport: { width: 760, height: 620 }, ...options })
    await page.goto(url)
    return page
  }

  const deliver = (page: Page, ...names: readonly string[]) =>
    page
      .locator('ckan-uplink input')
      .first()
      .setInputFiles(names.map((name) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(`name\n${name}\n`) })))

  async function expectState(page: Page, name: string, state: RegExp): Promise<void> {
    const row = page.locator('ckan-uplink li', { hasText: name })
    await expect.poll(() => row.getAttribute('class')).toMatch(state)
  }

  /** An editor accepts the first of two files and refuses the second, on the upload page and without a mouse. */
  async function decideByKeyboard(dataset: string): Promise<Page> {
    const page = await open(`${road.gateway}/upload/${dataset}`, { ...WITH_AXE, viewport: { width: 760, height: 900 } })
    await page.getByLabel('Token').fill(site.tokens.editor ?? '')
    await page.keyboard.press('Enter')
    const accept = page.getByRole('button', { name: 'Accept: budget.csv' })
    const refuse = page.getByRole('button', { name: 'Refuse: draft.csv' })
    await accept.waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Open: budget.csv' }).press('Enter'),
    ])
    expect(download.suggestedFilename()).toBe('budget.csv')
    const row = page.locator('ckan-uplink li', { hasText: 'budget.csv' })
    expect(await row.innerText()).toMatch(/16 bytes.* · link of .* · The budget of 2026, please\./u)
    await picture(page, 'upload-decision')
    await refuse.press('Enter')
    await page.keyboard.type('It is a draft.')
    await page.addScriptTag({ path: AXE })
    expect(await page.evaluate('axe.run().then(({ violations }) => violations.map(({ help }) => help))')).toEqual([])
    await page.keyboard.press('Enter')
    await page.locator('ckan-uplink li', { hasText: 'draft.csv' }).locator('.state', { hasText: 'Refused' }).waitFor()
    await accept.press('Enter')
    await expectState(page, 'budget.csv', /linked/u)
    const spoken = page.locator('ckan-uplink section [role=status]')
    await expect.poll(() => spoken.innerText()).toBe('budget.csv: Linked: CKAN shows the file')
    return page
  }

  it('lets a person without an account deliver a file, which waits, is accepted and is linked', async () => {
    const dataset = await road.newDataset(0, { title: 'City budget' })
    const { url } = await ask('upload_link_create', {
      dataset: dataset.id,
      ...LIMITS,
      note: 'The budget of 2026, please.',
    })
    const page = await open(url, WITH_AXE)
    await page.locator('ckan-uplink .drop').waitFor()
    const text = await page.locator('main').innerText()
    const facts = ['City budget', 'The budget of 2026, please.', 'Files that this link still takes: 2,']
    for (const fact of facts) expect(text).toContain(fact)
    await deliver(page, 'budget.csv')
    await expectState(page, 'budget.csv', /proposed/u)
    await picture(page, 'upload-link')
    await deliver(page, 'draft.csv')
    await expectState(page, 'draft.csv', /proposed/u)
    await page.addScriptTag({ path: AXE })
    expect(await page.evaluate('axe.run().then(({ violations }) => violations.map(({ help }) => help))')).toEqual([])

    expect((await road.dataset(dataset.id)).resources).toEqual([])
    const [{ upload, url: file }, { upload: draft }] = (await ask('upload_proposals', { dataset: dataset.id }))
      .proposals
    expect(await (await fetch(file)).text()).toBe('name\nbudget.csv\n')
    const publicly = await fetch(`${road.gateway}/resource/${upload.entity.id}/download/${upload.id}/budget.csv`)
    expect([401, 403, 404]).toContain(publicly.status)
    const editor = await decideByKeyboard(dataset.id)
    expect(await road.settled(upload)).toMatchObject({ state: 'linked' })
    const again = await ask('upload_refuse', { id: draft.id, reason: 'Again.' })
    expect(again.upload.withdrawn).toMatchObject({ reason: 'It is a draft.' })
    await editor.context().close()
    const [shown] = (await road.dataset(dataset.id)).resources
    expect(shown).toMatchObject({ id: upload.entity.id, name: 'budget.csv', format: 'CSV', size: 16 })
    expect(await (await fetch(shown.url)).text()).toBe('name\nbudget.csv\n')
    await page.context().close()
  })

  /** Delivers a small file as a script with the link does. */
  async function send(url: string, name: string) {
    const fragment = new URL(url).hash.slice(1)
    const [id, token] = [fragment.split('-')[0], `uplink-link-${fragment}`]
    const body = `name\n${name}\n`
    const { resource, upload } = await ask('upload_link_use', { id, name, size: body.length }, token)
    const [part] = (await ask('upload_sign_parts', { id: upload.id, part_numbers: [1] }, token)).parts
    expect((await fetch(part.url, { method: 'PUT', headers: part.headers, body })).status).toBe(200)
    await ask('upload_complete', { id: upload.id }, token)
    await expect.poll(async () => (await road.record(upload)).state).toBe('proposed')
    return { resource, upload }
  }

  it('has its files accepted and refused in CKAN by a person who has a password and no token', async () => {
    const dataset = await road.newDataset(0, { title: 'City budget' })
    const { url } = await ask('upload_link_create', { dataset: dataset.id, ...LIMITS, note: 'The budget of 2026.' })
    const [budget, draft] = [await send(url, 'budget.csv'), await send(url, 'draft.csv')]
    const page = await open(`${site.url}/user/login`, { viewport: { width: 1000, height: 800 } })
    const editor = await logInAsEditor(page, road)
    await page.goto(`${site.url}/dataset/edit/${dataset.id}`)
    await page.getByRole('link', { name: 'Waiting files' }).press('Enter')
    const rowOf = (name: string) => page.locator('.uplink-waiting > li', { hasText: name })
    for (const fact of ['16', 'link of', 'The budget of 2026.'])
      expect(await rowOf('budget.csv').innerText()).toContain(fact)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Open: budget.csv' }).press('Enter'),
    ])
    expect(download.suggestedFilename()).toBe('budget.csv')
    if (site.version === '2.12') await picture(page, 'ckan-waiting')

    await rowOf('draft.csv').locator('summary').press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('It is a draft.')
    await page.addScriptTag({ path: AXE })
    const look = "axe.run('.primary').then(({ violations }) => violations.map(({ help }) => help))"
    expect(await page.evaluate(look)).toEqual([])
    await page.keyboard.press('Enter')
    await page.getByText('draft.csv is refused.').waitFor()
    expect((await road.record(draft.upload)).withdrawn).toMatchObject({ by: editor, reason: 'It is a draft.' })

    await page.getByRole('button', { name: 'Accept: budget.csv' }).press('Enter')
    await page.getByText('budget.csv is accepted.').waitFor()
    await page.getByText('No file waits').waitFor()
    expect(await road.settled(budget.upload)).toMatchObject({ state: 'linked' })
    const shown = (await road.dataset(dataset.id)).resources
    expect(shown).toMatchObject([{ id: budget.resource, name: 'budget.csv', format: 'CSV', size: 16 }])
    expect(await page.content()).not.toMatch(/eyJ/u)
    await page.context().close()
  })

  it('has files for a resource on the page of this resource, without JavaScript', async () => {
    const dataset = await road.newDataset([{ url: 'https://example.org/before.csv' }])
    const [one, other] = [
      await ask('upload_link_create', { resource: only(dataset), ...LIMITS }),
      await ask('upload_link_create', { dataset: dataset.id, ...LIMITS }),
    ]
    const { upload } = await send(one.url, 'now.csv')
    await send(other.url, 'other.csv')
    const editor = await road.enter('editor')
    const edit = await editor.visit(`${site.url}/dataset/${dataset.id}/resource/${only(dataset)}/edit`)
    expect(edit.text).toContain(`/uplink/waiting/${only(dataset)}"`)
    const page = await editor.visit(`${site.url}/uplink/waiting/${only(dataset)}`)
    expect(page.text).toContain('now.csv')
    expect(page.text).not.toContain('other.csv')
    const address = `${page.url}/${upload.id}`
    await editor.send(address, { _csrf_token: fieldsOf(page.text)['_csrf_token'] ?? '', decision: 'accept' })
    expect(await road.settled(upload)).toMatchObject({ state: 'linked' })
    expect((await road.resource(only(dataset))).url).toMatch(/now\.csv$/u)
  })

  it('has its files decided on by no other user, from no other page, and not twice', async () => {
    const [dataset, another] = [await road.newDataset(0), await road.newDataset(0)]
    const { url } = await ask('upload_link_create', { dataset: dataset.id, ...LIMITS })
    const { upload, resource } = await send(url, 'budget.csv')
    const list = `${site.url}/uplink/waiting/${dataset.id}`
    const address = `${list}/${upload.id}`
    const refuse = { decision: 'refuse', reason: 'No.' }
    const csrfIn = (text: string) => ({
      _csrf_token: /<meta name="_csrf_token" content="([^"]*)"/u.exec(text)?.[1] ?? '',
    })

    for (const role of ['member', undefined] as const) {
      const person = await road.enter(role)
      const csrf = csrfIn((await person.open(`${site.url}/dataset/`)).at(-1)?.text ?? '')
      for (const page of [await person.visit(list), await person.visit(address)]) expect(page.status).toBe(403)
      expect((await person.send(address, { ...csrf, ...refuse })).status).toBe(403)
    }
    const stranger = createPerson()
    for (const pages of [await stranger.open(list), await stranger.open(address)])
      expect(pages.at(-1)?.url).toContain('/user/login?')
    expect((await stranger.send(address, refuse)).url).toContain('/user/login?')

    const editor = await road.enter('editor')
    const page = await editor.visit(list)
    expect(page.headers).toMatchObject({
      'cache-control': 'private, no-store',
      'content-security-policy': "frame-ancestors 'none'",
      'x-frame-options': 'DENY',
    })
    expect((await editor.send(address, refuse)).status).toBe(400)
    const csrf = csrfIn(page.text)
    const elsewhere = await editor.send(`${site.url}/uplink/waiting/${another.id}/${upload.id}`, { ...csrf, ...refuse })
    expect(elsewhere.text).toContain('no longer waiting')
    expect((await editor.send(address, { ...csrf, decision: 'refuse', reason: ' ' })).text).toContain('Give a reason')
    expect((await road.record(upload)).state).toBe('proposed')

    const accept = { ...csrf, decision: 'accept' }
    const answers = await Promise.all([editor.send(address, accept), editor.send(address, accept)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers.some(({ text }) => text.includes('is accepted'))).toBe(true)
    expect(await road.settled(upload)).toMatchObject({ state: 'linked' })
    expect((await editor.send(address, { ...csrf, ...refuse })).text).not.toContain('is refused')
    expect((await road.dataset(dataset.id)).resources).toMatchObject([{ id: resource, size: 16 }])
  })

  it('publishes at once where its creator said so, as the creator, in place of the file of a resource', async () => {
    const dataset = await road.newDataset([{ url: 'https://example.org/before.csv' }])
    const places = [{ dataset: dataset.id }, { resource: only(dataset) }]
    for (const place of places) {
      const { url } = await ask('upload_link_create', { ...place, ...LIMITS, publish: true })
      const page = await open(url)
      await deliver(page, 'now.csv')
      await expectState(page, 'now.csv', /linked/u)
      await page.context().close()
    }
    const urls = (await road.dataset(dataset.id)).resources.map((resource: Answer) => resource.url)
    expect(urls).toEqual([expect.stringMatching(/now\.csv$/u), expect.stringMatching(/now\.csv$/u)])
  })

  it('ends with its revocation, and when its creator may no longer change the dataset', async () => {
    const dataset = await road.newDataset(0)
    const { name } = await newUser(road, site, 'editor')
    const made = await road.act('api_token_create', { user: name, name: 'links' }, 'admin')
    const [own, revoked] = [
      await ask('upload_link_create', { dataset: dataset.id, ...LIMITS }, made.token),
      await ask('upload_link_create', { dataset: dataset.id, ...LIMITS }),
    ]
    const page = await open(own.url)
    await page.locator('ckan-uplink .drop').waitFor()
    await road.act('organization_member_delete', { id: site.organization, username: name }, 'admin')
    await deliver(page, 'late.csv')
    await expectState(page, 'late.csv', /failed/u)
    expect(await page.locator('main').innerText()).not.toContain(name)
    await page.reload()
    await page.locator('.fault', { hasText: 'This link does not work' }).waitFor()

    await ask('upload_link_revoke', { id: revoked.link.id })
    await page.goto(revoked.url)
    await page.locator('.fault', { hasText: 'This link does not work' }).waitFor()
    expect((await ask('upload_proposals', { dataset: dataset.id })).proposals).toEqual([])
    await page.context().close()
  })

  it('shows no more than it has to, on a phone in the dark and in other languages', async () => {
    const dataset = await road.newDataset(0, { title: 'City budget' })
    const { url } = await ask('upload_link_create', { dataset: dataset.id, ...LIMITS })
    const phone = { viewport: { width: 360, height: 640 }, colorScheme: 'dark', locale: 'de' } as const
    const page = await open(url, { ...phone, ...WITH_AXE })
    await page.getByRole('heading', { name: 'Dateien abgeben' }).waitFor()
    await page.locator('ckan-uplink .drop').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await page.addScriptTag({ path: AXE })
    expect(await page.evaluate('axe.run().then(({ violations }) => violations.map(({ help }) => help))')).toEqual([])
    await page.goto(`${road.gateway}/link`)
    await page.locator('.fault', { hasText: 'nicht vollständig' }).waitFor()
    await page.context().close()
  })
})

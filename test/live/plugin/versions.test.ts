import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import { launchChromium, logInAsEditor, openTab, picture } from '../support/browser.ts'
import { createPerson, fieldsOf } from '../support/person.ts'
import { fewerInCi, liveSitesNamed } from '../support/sites.ts'
import { openPluginRoad, type PluginRoad } from './plugin-road.ts'

const AXE = fileURLToPath(import.meta.resolve('axe-core'))
const FIRST = 'city,people\nTokyo,13960000\n'
const SECOND = 'city,people\nOsaka,2750000\n'

const sites = fewerInCi(liveSitesNamed('2.10', '2.11', '2.12'))

describe.each(sites)('the versions of a resource, with CKAN $name', (site) => {
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

  /** A resource whose first file was replaced by a second one. */
  async function replaceFile() {
    const dataset = await road.newDataset([{ name: 'Cities' }], { title: 'Cities of Japan' })
    const id = only(dataset)
    const send = async (content: string, name: string) => {
      const ticket = await road.upload(id, content, { name })
      expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
      return ticket
    }
    const [first, second] = [await send(FIRST, 'tokyo.csv'), await send(SECOND, 'osaka.csv')]
    const list = `${site.url}/uplink/versions/${id}`
    return { id, dataset, first, second, send, list, edit: `${site.url}/dataset/${dataset.id}/resource/${id}/edit` }
  }

  async function openAsEditor(options: BrowserContextOptions = {}): Promise<{ page: Page; editor: string }> {
    const page = await openTab(browser, { bypassCSP: true, viewport: { width: 1000, height: 640 }, ...options })
    await page.goto(`${site.url}/user/login`)
    return { page, editor: await logInAsEditor(page, road) }
  }

  async function faultsOf(page: Page): Promise<readonly string[]> {
    await page.addScriptTag({ path: AXE })
    return page.evaluate("axe.run('.primary').then(({ violations }) => violations.map(({ help }) => help))")
  }

  it('are listed, opened and restored in CKAN by an editor who has a password and no token', async () => {
    const { id, first, edit } = await replaceFile()
    const { page, editor } = await openAsEditor()
    await page.goto(edit)
    await page.getByRole('link', { name: 'Versions' }).press('Enter')
    const rows = page.locator('.uplink-versions tbody tr')
    expect(await rows.count()).toBe(2)
    expect(await rows.nth(0).innerText()).toMatch(/osaka\.csv[\s\S]*\beditor\b[\s\S]*Current/u)
    expect(await rows.nth(1).innerText()).toMatch(/tokyo\.csv[\s\S]*\beditor\b[\s\S]*Replaced/u)
    expect(await faultsOf(page)).toEqual([])
    if (site.version === '2.12') await picture(page, 'ckan-versions')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Open: tokyo.csv' }).press('Enter'),
    ])
    expect(download.suggestedFilename()).toBe('tokyo.csv')

    const calls = road.tap.calls.length
    await page.getByRole('link', { name: 'Restore: tokyo.csv' }).press('Enter')
    await page.getByText('The present file, osaka.csv, stays in the list of versions.').waitFor()
    expect(await faultsOf(page)).toEqual([])
    if (site.version === '2.12') await picture(page, 'ckan-restore')
    await page.getByRole('button', { name: 'Restore' }).press('Enter')
    await page.getByText('CKAN will show tokyo.csv again in a few seconds.').waitFor()
    const newest = async () => {
      await page.reload()
      return rows.first().innerText()
    }
    await expect
      .poll(newest, { interval: 1000 })
      .toMatch(/tokyo\.csv[\s\S]*Current[\s\S]*Restored from an earlier version/u)
    expect(await rows.first().innerText()).toContain(editor)
    expect(await rows.count()).toBe(3)
    const shown = await road.resource(id)
    expect(shown).toMatchObject({ name: 'Cities', format: 'CSV', size: FIRST.length })
    expect(await (await fetch(shown.url)).text()).toBe(FIRST)
    expect(shown.url).not.toContain(first.id)
    expect(road.tap.calls.slice(calls).map(({ action }) => action)).not.toContain('user_show')
    expect(await page.content()).not.toMatch(/eyJ/u)
    await page.context().close()
  })

  it('fit a phone, in the dark too', async () => {
    const { list, edit } = await replaceFile()
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openAsEditor({ colorScheme, viewport: { width: 360, height: 740 } })
      await page.goto(edit)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      await page.goto(list)
      // The table scrolls by itself. CKAN's own pages are some pixels wider than a phone.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      expect(await faultsOf(page)).toEqual([])
      await page.locator('.uplink-versions').scrollIntoViewIfNeeded()
      if (site.version === '2.12') await picture(page, `ckan-versions-phone-${colorScheme}`)
      await page.context().close()
    }
  })

  it('are for no one without the right, and restored from no other page', async () => {
    const { id, first, list, edit } = await replaceFile()
    const address = `${list}/${first.id}`
    const before = await road.resource(id)
    for (const role of ['member', undefined] as const) {
      const person = await road.enter(role)
      const csrf = /<meta name="_csrf_token" content="([^"]*)"/u.exec((await person.visit(`${site.url}/dataset/`)).text)
      for (const url of [list, address, `${address}/file`]) expect((await person.visit(url)).status).toBe(403)
      expect((await person.visit(edit)).text).not.toContain('/uplink/versions/')
      const fields = { _csrf_token: csrf?.[1] ?? '', replaces: before.url }
      expect((await person.send(address, fields)).status).toBe(403)
    }
    const stranger = createPerson()
    for (const url of [list, address, `${address}/file`])
      expect((await stranger.open(url)).at(-1)?.url).toContain('/user/login?')
    const editor = await road.enter('editor')
    expect((await editor.send(address, { replaces: before.url })).status).toBe(400)
    expect((await editor.visit(`${site.url}/uplink/versions/no-such-resource`)).status).toBe(404)
    expect((await editor.visit(list)).headers).toMatchObject({
      'cache-control': 'private, no-store',
      'content-security-policy': "frame-ancestors 'none'",
      'x-frame-options': 'DENY',
    })
    expect((await road.resource(id)).url).toBe(before.url)
  })

  it('say why one of them is not restored', async () => {
    const { id, first, second, send, list } = await replaceFile()
    const editor = await road.enter('editor')
    const confirm = await editor.visit(`${list}/${first.id}`)
    const form = fieldsOf(confirm.text)
    const { _csrf_token = '', replaces = '', last_modified = '' } = form
    const fields = { _csrf_token, replaces, last_modified }
    expect((await editor.send(`${list}/${second.id}`, fields)).text).toContain('CKAN shows this file already')
    await send('city\nKyoto\n', 'kyoto.csv')
    expect((await editor.send(`${list}/${first.id}`, fields)).text).toContain('CKAN now shows another file')
    const { status } = await road.ask('upload_remove', { id: first.id, reason: 'It holds names of persons.' })
    expect(status).toBe(200)
    const { url, last_modified: at } = await road.resource(id)
    const now = { ...fields, replaces: url, last_modified: at ?? '' }
    expect((await editor.send(`${list}/${first.id}`, now)).text).toContain('was withdrawn')
    expect((await editor.open(`${list}/${first.id}`)).at(-1)?.text).toContain('was withdrawn')
    expect((await editor.visit(`${list}/${first.id}/file`)).status).toBe(410)
    const page = await editor.visit(list)
    for (const fact of ['Withdrawn', 'It holds names of persons.']) expect(page.text).toContain(fact)
    await road.act('resource_patch', { id, url: 'https://example.org/now.csv' })
    expect((await editor.visit(`${list}/${second.id}`)).text).toContain('https://example.org/now.csv')
    expect((await road.resource(id)).url).toBe('https://example.org/now.csv')
  })

  it('are not shown while the gateway is down, and the page says so', async () => {
    const { list, first } = await replaceFile()
    const editor = await road.enter('editor')
    await road.whileSilent(async () => {
      const page = await editor.visit(list)
      expect([page.status, page.text.includes('The gateway does not answer')]).toEqual([200, true])
      expect((await editor.visit(`${list}/${first.id}/file`)).status).toBe(502)
    })
  })
})

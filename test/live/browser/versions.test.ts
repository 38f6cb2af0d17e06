import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createUplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, openTab, picture } from '../support/browser.ts'

const AXE = fileURLToPath(import.meta.resolve('axe-core'))

let folder: string
let local: LocalHandle
let browser: Browser
let resource: string
const pages: Page[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-versions-'))
  local = await startLocal({ folder: join(folder, '.local'), ports: await choosePorts('0') })
  resource = local.resources?.[0] ?? ''
  for (const city of ['Tokyo', 'Osaka']) await send(city)
  browser = await launchChromium()
})
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close()
})
afterAll(async () => {
  await browser?.close()
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

async function send(city: string): Promise<void> {
  const uplink = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
  const name = `${city.toLowerCase()}.csv`
  const { id } = await uplink.upload(new Blob([`city\n${city}\n`]), { resource, name })
  await uplink.waitFor(id, 'linked')
}

/** The upload page of the resource, with what it asks of the gateway. */
async function open(options: BrowserContextOptions = {}, token = local.tokens?.editor ?? '') {
  const page = await openTab(browser, { viewport: { width: 760, height: 900 }, ...options })
  pages.push(page)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').at(-1) ?? ''))
  await page.goto(`${local.gateway}/upload/${resource}`)
  await page.locator('input#token:focus').waitFor()
  await page.keyboard.type(token)
  await page.keyboard.press('Enter')
  const part = page.locator('ckan-uplink details')
  await part.waitFor()
  return { page, asked, part, rows: part.locator('li') }
}

const hasFocus = (row: Locator) =>
  row.evaluate((element) => (element.getRootNode() as ShadowRoot).activeElement === element)

describe('the versions in the web component', () => {
  it('are asked for when a person opens them, and one is opened and restored by keyboard', async () => {
    const { page, asked, part, rows } = await open()
    expect(asked).not.toContain('resource_versions')
    await page.getByText('Versions', { exact: true }).press('Enter')
    await expect.poll(() => rows.count()).toBe(2)
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/osaka\.csv[\s\S]*Current · 11 bytes · .* · \S/u),
      expect.stringMatching(/tokyo\.csv[\s\S]*Replaced · 11 bytes · .* · \S/u),
    ])
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Open: tokyo.csv' }).press('Enter'),
    ])
    expect(download.suggestedFilename()).toBe('tokyo.csv')

    const restore = page.getByRole('button', { name: 'Restore: tokyo.csv' })
    await restore.press('Enter')
    expect(await rows.nth(1).innerText()).toContain('The present file, osaka.csv, stays in this list.')
    await picture(page, 'widget-versions', { fullPage: true })
    await page.keyboard.press('Escape')
    expect(asked).not.toContain('resource_restore')
    await restore.press('Enter')
    await page.keyboard.press('Enter')
    await expect.poll(() => rows.count()).toBe(3)
    expect(await rows.first().innerText()).toMatch(/tokyo\.csv[\s\S]*Current · .* · Restored from an earlier version/u)
    expect(await part.getByRole('status').innerText()).toBe('tokyo.csv: Linked: CKAN shows the file')
    await expect.poll(() => hasFocus(rows.first())).toBe(true)
    const { result } = await (await fetch(`${local.gateway}/api/3/action/resource_show?id=${resource}`)).json()
    expect(await (await fetch(result.url)).text()).toBe('city\nTokyo\n')
  })

  it('are refused in words to a person who may not update the resource', async () => {
    const { page, part, rows } = await open({}, local.tokens?.reader)
    await page.getByText('Versions', { exact: true }).press('Enter')
    await expect.poll(() => part.locator('p').innerText()).toMatch(/^Failed · .*not authorized/u)
    expect(await rows.count()).toBe(0)
  })

  it('say why a file is neither opened nor restored', async () => {
    const { page, rows } = await open()
    await page.getByText('Versions', { exact: true }).press('Enter')
    await expect.poll(() => rows.count()).toBeGreaterThan(1)
    const uplink = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
    const { versions } = await uplink.action<{ versions: readonly { upload: string }[] }>('resource_versions', {
      id: resource,
    })
    await uplink.action('upload_remove', { id: versions.at(-1)?.upload, reason: 'It holds names of persons.' })
    const last = rows.last()
    await last.getByRole('button', { name: /^Open/u }).press('Enter')
    await expect.poll(() => last.innerText()).toContain('The file of this version is no longer there.')
    await last.getByRole('button', { name: /^Restore/u }).press('Enter')
    await page.keyboard.press('Enter')
    await expect.poll(() => last.innerText()).toContain('was withdrawn')
    await page.getByText('Versions', { exact: true }).press('Enter')
    await page.getByText('Versions', { exact: true }).press('Enter')
    await expect.poll(() => last.innerText()).toMatch(/Withdrawn · .* · editor · It holds names of persons\.$/u)
  })

  it('keep the focus when older pages are empty', async () => {
    const { page, part, rows } = await open()
    let left = 7
    await page.route('**/resource_versions', (route) => {
      left -= 1
      const versions = left === 6 ? [{ upload: 'u', state: 'current', name: 'osaka.csv' }] : []
      return route.fulfill({ json: { success: true, result: { versions, next: left === 0 ? null : 'older' } } })
    })
    await page.getByText('Versions', { exact: true }).press('Enter')
    await expect.poll(() => rows.count()).toBe(1)
    const older = part.getByRole('button', { name: 'Older versions' })
    await older.press('Enter')
    await expect.poll(() => left).toBe(1)
    expect(await hasFocus(older)).toBe(true)
    await older.press('Enter')
    await expect.poll(() => hasFocus(rows.last())).toBe(true)
    expect([left, await older.isVisible()]).toEqual([0, false])
  })

  it('can be left out', async () => {
    const { page, part } = await open()
    const element = page.locator('ckan-uplink')
    await element.evaluate((found) => {
      found.setAttribute('no-versions', '')
      found.setAttribute('lang', 'de')
    })
    await page.getByText('Datei auswählen').waitFor()
    expect(await part.count()).toBe(0)
  })

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 } }],
    ['from right to left', { viewport: { width: 360, height: 740 } }],
  ] as const)('have no fault that axe finds: %s', async (how, options) => {
    const { page, part, rows } = await open({ bypassCSP: true, ...options })
    if (how === 'from right to left') {
      await page.evaluate("import('/widget.js').then(({ addWords }) => addWords('ar', {}))")
      await page.locator('ckan-uplink').evaluate((element) => element.setAttribute('lang', 'ar'))
      await page.locator('ckan-uplink [dir=rtl]').first().waitFor()
    }
    await page.getByText('Versions', { exact: true }).press('Enter')
    await expect.poll(() => rows.count()).toBeGreaterThan(1)
    await part
      .getByRole('button', { name: /^Restore/u })
      .first()
      .press('Enter')
    await page.addScriptTag({ path: AXE })
    expect(await page.evaluate('axe.run().then(({ violations }) => violations.map(({ help }) => help))')).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await picture(page, `widget-versions-${how.replaceAll(' ', '-')}`, { fullPage: true })
  })
})

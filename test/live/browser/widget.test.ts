import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createUplink } from '@ckan-uplink/client'
import { MIB } from '@ckan-uplink/core/support'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { bundleWidget } from '@ckan-uplink/static-files'
import { build } from 'esbuild'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium, openTab } from '../support/browser.ts'
import { servePage, type WebPage } from './web-page.ts'

const AXE = fileURLToPath(import.meta.resolve('axe-core'))
/** Five parts. */
const LARGE = 80 * MIB
/** No inline code and no inline style: the component works under a strict policy. */
const POLICY =
  "default-src 'none'; script-src 'self' http://127.0.0.1:*; worker-src 'self'; connect-src *; img-src data:"

let folder: string
let web: WebPage
let local: LocalHandle
let browser: Browser
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-widget-'))
  const settings = { ALLOWED_ORIGINS: '*' }
  local = await startLocal({ folder: join(folder, '.local'), ports: await choosePorts('0'), settings })
  web = await servePage(await bundleWidget(), pageOf, { 'Content-Security-Policy': POLICY })
  browser = await launchChromium()
  await writeFile(join(folder, 'cities.csv'), 'city,population\n東京,13960000\n')
  await writeFile(join(folder, 'notes.txt'), 'notes')
  await writeFile(join(folder, 'large.bin'), Buffer.alloc(LARGE, 'large '))
})
afterAll(async () => {
  await browser?.close()
  await local?.close()
  web?.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  page = await open()
})
afterEach(() => page.context().close())

function pageOf(query: URLSearchParams): string {
  const place = query.get('resource') ? `resource="${query.get('resource')}"` : `dataset="${local.dataset}"`
  const token = query.get('token') ?? local.tokens?.editor
  const script = query.has('from-gateway') ? `${local.gateway}/widget.js` : '/widget.js'
  return `<!doctype html><html lang="${query.get('lang') ?? 'en'}"><meta charset="utf-8"><title>Upload</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><main><h1>Upload</h1>
<ckan-uplink gateway="${local.gateway}" ${place} token="${token}"></ckan-uplink></main>
<script type="module" src="${script}"></script></html>`
}

async function open(query = '', options: BrowserContextOptions = {}): Promise<Page> {
  const fresh = await openTab(browser, options)
  await fresh.goto(`${web.origin}/${query}`)
  await fresh.locator('ckan-uplink .drop').waitFor()
  return fresh
}

const choose = (inPage: Page, ...names: readonly string[]) =>
  inPage
    .locator('ckan-uplink input')
    .first()
    .setInputFiles(names.map((name) => join(folder, name)))
const rowOf = (inPage: Page, name: string) => inPage.locator('ckan-uplink li', { hasText: name })

/** The texts stay English, but they are laid out from right to left, as those of a page that brings its own. */
async function addArabic(inPage: Page): Promise<void> {
  const direction = () => inPage.locator('ckan-uplink [lang]').first().getAttribute('dir')
  expect(await direction()).toBe('ltr')
  await inPage.evaluate("import('/widget.js').then(({ addWords }) => addWords('ar', {}))")
  await inPage.locator('ckan-uplink').evaluate((element) => element.setAttribute('lang', 'ar'))
  await expect.poll(direction).toBe('rtl')
}

async function expectState(inPage: Page, name: string, state: RegExp): Promise<void> {
  await expect.poll(() => rowOf(inPage, name).getAttribute('class')).toMatch(state)
}

/** Slow enough that a person can stop it. */
async function slowDown(inPage: Page): Promise<void> {
  const session = await inPage.context().newCDPSession(inPage)
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 12 * MIB }
  await session.send('Network.emulateNetworkConditions', conditions)
}

const partIn = (url: string) => new URL(url).searchParams.get('partNumber')

/** The number of the first part of a large file that arrives. */
async function partArrives(inPage: Page): Promise<string | null> {
  const response = await inPage.waitForResponse(
    (answer) => answer.request().method() === 'PUT' && partIn(answer.url()) !== null && answer.ok(),
  )
  return partIn(response.url())
}

/** The numbers of the parts that the page sends from now on. A part may be sent again after a fault. */
function partsSentBy(inPage: Page): ReadonlySet<string | null> {
  const sent = new Set<string | null>()
  inPage.on('request', (request) => {
    if (request.method() === 'PUT') sent.add(partIn(request.url()))
  })
  return sent
}

async function resources(): Promise<readonly { readonly name: string; readonly size: number; readonly url: string }[]> {
  const { action } = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
  const shown = await action<{ readonly resources: [] }>('package_show', { id: local.dataset })
  return shown.resources
}

describe('the widget in Chromium', () => {
  it('links three files of a dataset, and goes on after a reload in the middle of the large one', async () => {
    // The store answers for the first part alone, so that the large file is on its way for as long as the others need.
    await page.route(/partNumber=(?!1\b)/u, () => undefined)
    const arrival = partArrives(page)
    await choose(page, 'cities.csv', 'notes.txt', 'large.bin')
    await expectState(page, 'cities.csv', /linked|loaded/u)
    await expectState(page, 'notes.txt', /linked|loaded/u)
    const arrived = await arrival
    page.on('dialog', (dialog) => dialog.accept())
    await page.reload()
    await expect.poll(() => page.locator('ckan-uplink section').innerText()).toMatch(/Not finished[\s\S]*large\.bin/u)
    await page.unrouteAll()
    const sent = partsSentBy(page)
    await choose(page, 'large.bin')
    await expectState(page, 'large.bin', /linked/u)
    expect([sent.size, sent.has(arrived)]).toEqual([4, false])
    await expect.poll(() => page.locator('ckan-uplink section').isHidden()).toBe(true)
    const named = (await resources()).filter(({ name }) => ['cities.csv', 'notes.txt', 'large.bin'].includes(name))
    expect(named.map(({ name, size }) => [name, size])).toEqual([
      ['cities.csv', 32],
      ['notes.txt', 5],
      ['large.bin', LARGE],
    ])
  })

  it('comes from the gateway for a page of another site', async () => {
    const elsewhere = await open('?from-gateway')
    await choose(elsewhere, 'notes.txt')
    await expectState(elsewhere, 'notes.txt', /linked|loaded/u)
    await elsewhere.context().close()
  })

  it('pauses, continues and cancels by the keyboard, and keeps the focus', async () => {
    await slowDown(page)
    const arrival = partArrives(page)
    await choose(page, 'large.bin')
    await arrival
    await page.getByRole('button', { name: 'Pause: large.bin' }).focus()
    await page.keyboard.press('Enter')
    await expectState(page, 'large.bin', /paused/u)
    await page.keyboard.press('Enter')
    await expectState(page, 'large.bin', /sending/u)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expectState(page, 'large.bin', /cancelled/u)
    expect(await page.locator('ckan-uplink [role=status]').innerText()).toMatch(/^large\.bin: Cancelled/u)
    const focused = await page.locator('ckan-uplink').evaluate((element) => element.shadowRoot?.activeElement?.tagName)
    expect(focused).toBe('LI')
  })

  it('shows why a file failed, and tries again', async () => {
    await page.context().close()
    page = await open(`?token=${local.tokens?.reader}`)
    await choose(page, 'notes.txt')
    await expectState(page, 'notes.txt', /failed/u)
    expect(await rowOf(page, 'notes.txt').innerText()).toMatch(/Failed · .{10}/u)
    await page.locator('ckan-uplink').evaluate((e, token) => e.setAttribute('token', token), local.tokens?.editor ?? '')
    await choose(page, 'notes.txt')
    await expectState(page, 'notes.txt', /linked/u)
  })

  it('replaces the file of a resource, one at a time', async () => {
    const resource = local.resources?.[0] ?? ''
    await page.context().close()
    page = await open(`?resource=${resource}`)
    await choose(page, 'cities.csv')
    await expectState(page, 'cities.csv', /linked|loaded/u)
    const replaced = (await resources()).find((shown) => 'id' in shown && shown.id === resource)
    expect(replaced).toMatchObject({ size: 32 })
  })

  it.each([
    ['light', {}, ''],
    ['dark', { colorScheme: 'dark' }, ''],
    ['on a phone', { viewport: { width: 360, height: 640 } }, ''],
    ['in Ukrainian', {}, '?lang=uk'],
    ['from right to left', {}, '?lang=ar'],
  ] as const)('has no fault that axe finds: %s', async (_how, options, query) => {
    const looked = await open(query, { ...options, bypassCSP: true })
    if (query === '?lang=ar') await addArabic(looked)
    await choose(looked, 'notes.txt')
    await expectState(looked, 'notes.txt', /linked/u)
    await looked.addScriptTag({ path: AXE })
    const { violations } = await looked.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; help: string }[] }> } }).axe.run(),
    )
    expect(violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([])
    await looked.context().close()
  })
})

/** The page's own script, which a portal would bundle in the same way. */
const UPPY = `import Uppy from '@uppy/core'
import { CkanUplink } from '@ckan-uplink/uppy'
globalThis.start = (options) => {
  const uppy = new Uppy().use(CkanUplink, options)
  const [data] = document.querySelector('input').files
  globalThis.pauseResume = uppy.pauseResume.bind(uppy, uppy.addFile({ name: data.name, data }))
  globalThis.result = uppy.upload()
}`

async function serveUppy(): Promise<WebPage> {
  const { outputFiles } = await build({
    stdin: { contents: UPPY, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['source'],
  })
  const html = '<!doctype html><title>Uppy</title><input type="file"><script type="module" src="/uppy.js"></script>'
  return servePage({ files: { 'uppy.js': outputFiles[0]?.text ?? '' }, first: [] }, () => html)
}

describe('Uppy in Chromium', () => {
  it('pauses a large file, goes on with the missing parts, and ends when CKAN shows it', async () => {
    const portal = await serveUppy()
    await page.goto(portal.origin)
    await page.locator('input').setInputFiles(join(folder, 'large.bin'))
    await slowDown(page)
    const arrival = partArrives(page)
    const options = { gateway: local.gateway, dataset: local.dataset, token: local.tokens?.editor }
    await page.evaluate(`start(${JSON.stringify(options)})`)
    const arrived = await arrival
    expect(await page.evaluate('pauseResume()')).toBe(true)
    const sent = partsSentBy(page)
    expect(await page.evaluate('pauseResume()')).toBe(false)
    const address = await page.evaluate('result.then(({ successful: [file] }) => file?.uploadURL)')
    expect(sent.size).toBeGreaterThan(0)
    expect(sent.has(arrived)).toBe(false)
    expect((await resources()).find(({ url }) => url === address)).toMatchObject({ name: 'large.bin', size: LARGE })
    portal.close()
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, openTab, picture } from '../support/browser.ts'

const AXE = fileURLToPath(import.meta.resolve('axe-core'))

let folder: string
let local: LocalHandle
let browser: Browser
const pages: Page[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-page-'))
  // No page of another site may upload here.
  local = await startLocal({ folder: join(folder, '.local'), ports: await choosePorts('0') })
  browser = await launchChromium()
  await writeFile(join(folder, 'cities.csv'), 'city,population\n東京,13960000\n')
})
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close()
})
afterAll(async () => {
  await browser?.close()
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

async function open(place: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openTab(browser, { viewport: { width: 760, height: 560 }, ...options })
  pages.push(page)
  await page.goto(`${local.gateway}/upload/${place}`)
  return page
}

/** By keyboard alone: the field for the token has the focus. */
async function signIn(page: Page, token = local.tokens?.editor ?? ''): Promise<void> {
  await page.locator('input#token:focus').waitFor()
  await page.keyboard.type(token)
  await page.keyboard.press('Enter')
}

async function upload(page: Page, name: string): Promise<void> {
  await page.locator('ckan-uplink input').first().setInputFiles(join(folder, name))
}

async function expectLinked(page: Page, name: string): Promise<void> {
  const row = page.locator('ckan-uplink li', { hasText: name })
  await expect.poll(() => row.getAttribute('class')).toMatch(/linked|loaded/u)
}

async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: AXE })
  return page.evaluate('axe.run().then(({ violations }) => violations.map(({ help }) => help))')
}

describe('the upload page', () => {
  it('takes a person with a token to a dataset, and CKAN shows the file', async () => {
    const page = await open(local.dataset ?? '')
    await signIn(page)
    await page.locator('dl').waitFor()
    expect(await page.locator('dl').innerText()).toMatch(/You\s+.*editor[\s\S]*Organization[\s\S]*Dataset/u)
    await upload(page, 'cities.csv')
    await expectLinked(page, 'cities.csv')
    await picture(page, 'upload-page')
    const answer = await fetch(`${local.gateway}/api/3/action/package_show?id=${local.dataset}`)
    expect((await answer.json()).result.resources).toContainEqual(
      expect.objectContaining({ name: 'cities.csv', url: expect.stringContaining(local.gateway) }),
    )
  })

  it('replaces the file of a resource, and says which file that is', async () => {
    const page = await open(local.resources?.[0] ?? '')
    await signIn(page)
    await page.locator('dt', { hasText: 'Resource' }).waitFor()
    await page.getByText('The file replaces the present file of this resource.').waitFor()
    await upload(page, 'cities.csv')
    await expectLinked(page, 'cities.csv')
  })

  it('keeps the token for this tab alone, until the person signs out', async () => {
    const page = await open(local.dataset ?? '')
    await signIn(page)
    await page.locator('dl').waitFor()
    await page.reload()
    await page.locator('dl').waitFor()
    const other = await page.context().newPage()
    await other.goto(page.url())
    await other.locator('input#token').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('input#token').waitFor()
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })')).not.toContain('token')
  })

  it.each([
    ['a wrong token', 'wrong', 'does not accept this token'],
    ['a text that is no token', 'zwei Wörter', 'does not accept this token'],
  ])('explains %s, and asks again', async (_what, token, explanation) => {
    const page = await open(local.dataset ?? '')
    await signIn(page, token)
    await expect.poll(() => page.getByRole('alert').innerText()).toContain(explanation)
    await signIn(page)
    await page.locator('dl').waitFor()
  })

  it('explains an address that leads nowhere', async () => {
    const page = await open('no-such-dataset')
    await signIn(page)
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('“no-such-dataset”')
  })

  it.each(['light', 'dark'] as const)('is accessible and fits a phone in %s colours', async (colorScheme) => {
    const page = await open(local.dataset ?? '', {
      bypassCSP: true,
      colorScheme,
      viewport: { width: 360, height: 740 },
    })
    await page.locator('input#token').waitFor()
    expect(await faultsOf(page)).toEqual([])
    await signIn(page)
    await page.locator('ckan-uplink .drop').waitFor()
    expect(await faultsOf(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await picture(page, `upload-page-phone-${colorScheme}`)
  })

  it("speaks the reader's language", async () => {
    const page = await open(local.dataset ?? '', { locale: 'uk-UA' })
    await page.getByText('Завантаження файлів').waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('uk')
  })
})

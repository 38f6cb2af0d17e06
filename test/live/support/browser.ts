import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { newUser } from './person.ts'
import type { Road } from './road.ts'

const NO_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"/>'

/** Chromium has no sandbox for root. It opens only our own pages here. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
}

/** A page of a browser without cookies, in English. Close its context. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en', ...options })
  // A limit for hangs only.
  context.setDefaultTimeout(120_000)
  // CKAN shows the picture of a user from a service on the internet.
  await context.route(/gravatar/u, (route) => route.fulfill({ contentType: 'image/svg+xml', body: NO_PICTURE }))
  return context.newPage()
}

/** Fills in the login page that the tab shows, as a new editor. Returns the name of the user. */
export async function logInAsEditor(page: Page, road: Road): Promise<string> {
  const user = await newUser(road, road.site, 'editor')
  await fillInLogin(page, user)
  await page.waitForURL((url) => !url.pathname.includes('login'))
  return user.name
}

/** The page may be another one then, or the login may end in a download. */
export async function fillInLogin(page: Page, user: Awaited<ReturnType<typeof newUser>>): Promise<void> {
  await page.fill('[name=login]', user.name)
  await page.fill('[name=password]', user.password)
  await page.press('[name=password]', 'Enter')
}

/** Lets the tab send only so many bytes in a second. */
export async function slowDown(page: Page, uploadThroughput: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput }
  await session.send('Network.emulateNetworkConditions', conditions)
}

/** With `IMAGES=docs/images` the suite makes the pictures of the docs. */
export async function picture(page: Page, name: string, options: { readonly fullPage?: true } = {}): Promise<void> {
  const { IMAGES } = process.env
  if (IMAGES !== undefined) await page.screenshot({ path: join(IMAGES, `${name}.png`), ...options })
}

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { newUser } from '../support/person.ts'
import type { Road } from '../support/road.ts'

/** Chromium has no sandbox for root. It opens only our own pages here. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
}

/** A page of a browser without cookies. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  return (await browser.newContext({ locale: 'en', ...options })).newPage()
}

/** Fills in the login page that the tab shows, as a new editor. Returns the name of the user. */
export async function logInAsEditor(page: Page, road: Road): Promise<string> {
  const user = await newUser(road, road.site, 'editor')
  await page.fill('[name=login]', user.name)
  await page.fill('[name=password]', user.password)
  await page.press('[name=password]', 'Enter')
  await page.waitForURL((url) => !url.pathname.includes('login'))
  return user.name
}

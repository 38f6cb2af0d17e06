import { readFile } from 'node:fs/promises'
import { MIB } from '@ckan-uplink/core/support'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { fillInLogin, logInAsEditor, openTab, slowDown } from '../support/browser.ts'
import { newUser } from '../support/person.ts'
import {
  addressOf,
  CONTENT,
  COUNT_KEPT,
  choose,
  chooseFile,
  expectFile,
  expectState,
  type FormScene,
  faultsIn,
  press,
  saveButton,
  savedUploader,
  saveInBrowser,
  sendFirstPart,
  uploader,
  watchParts,
  withLargeFile,
} from './in-form.ts'

const LOG_OUT = 'a[href*="_logout"], form[action*="_logout"] button'

/** What an editor does in the browser, from the login to the file. */
export function describeEditor(scene: () => FormScene): void {
  it('takes three files of an editor who has never seen a token, and opens them for readers alone', async () => {
    const { site, road, browser } = scene()
    const { id, name: dataset } = await road.dataset((await road.newDataset(0, { private: true })).id)
    const user = await newUser(road, site, 'editor')
    const page = await openTab(browser)
    await page.goto(`${site.url}/user/login`)
    await fillInLogin(page, user)
    await page.waitForURL((url) => !url.pathname.includes('login'))
    await page.goto(addressOf(site, dataset))

    // The line breaks for one part, and for the first file once more after its form was saved.
    await page.route(/partNumber=/u, (route) => route.abort(), { times: 1 })
    await page.route(/upload_complete/u, (route) => route.abort(), { times: 1 })
    for (const name of ['air.txt', 'water.txt']) {
      await choose(page, name)
      await saveAndAddAnother(page)
    }
    await withLargeFile('large.txt', 2, async (path, bytes) => {
      await slowDown(page, 8 * MIB)
      await sendFirstPart(page, path)
      await saveNow(page)
      await page.waitForURL((url) => !url.pathname.endsWith('/new'))
      await savedUploader(page).getByText('CKAN has saved the form.').waitFor()
      const [air, water, large] = (await road.dataset(id)).resources
      expect([large.name, large.url]).toEqual(['large.txt', ''])

      // The tab is closed half-way. The person comes back by the page of the dataset.
      const later = await page.context().newPage()
      await page.close()
      await later.goto(`${site.url}/dataset/${dataset}`)
      await later.locator('.resource-list').getByText('large.txt').first().click()
      await savedUploader(later).getByText('Choose this file again to continue.').waitFor()
      expect(await faultsIn(later, '.uplink-saved')).toEqual([])
      const parts = watchParts(later)
      await chooseFile(savedUploader(later), path)
      await expectState(savedUploader(later), /linked/u)
      expect(parts).toEqual(['2'])
      await expectFile(scene(), air.id, 'air.txt', CONTENT.length)
      await expectFile(scene(), water.id, 'water.txt', CONTENT.length)
      await expectFile(scene(), large.id, 'large.txt', bytes.length)

      // The page has no unfinished file any more, but a button for the file.
      await later.reload()
      expect(await later.evaluate(COUNT_KEPT)).toBe(0)
      const button = later.locator('.actions .resource-url-analytics')
      const address = (await button.getAttribute('href')) ?? ''
      expect((await downloaded(later, () => button.click())).equals(bytes)).toBe(true)

      await later.locator(LOG_OUT).first().click()
      await later.locator('a[href*="/user/login"]').first().waitFor()
      await later.goto(address)
      expect(new URL(later.url()).pathname).toContain('/user/login')
      expect((await downloaded(later, () => fillInLogin(later, user))).equals(bytes)).toBe(true)
      await later.context().close()
    })
  })

  it('keeps the file and the fields when CKAN refuses "Save now", and links the file after the next save', async () => {
    const { site, road, browser } = scene()
    const { id: dataset } = await road.newDataset(0)
    const page = await openTab(browser)
    await page.goto(`${site.url}/user/login`)
    await logInAsEditor(page, road)
    await page.goto(addressOf(site, dataset))
    await withLargeFile('large.txt', 2, async (path, bytes) => {
      const completed: string[] = []
      page.on('request', (request) => request.url().endsWith('/upload_complete') && completed.push(request.url()))
      await sendFirstPart(page, path)
      await page.fill('[name=description]', 'Hourly')
      const wrong = '<input type="hidden" name="size" value="wrong">'
      await page.locator('#resource-edit').evaluate((form, html) => form.insertAdjacentHTML('beforeend', html), wrong)
      await saveNow(page)
      await page.locator('.error-explanation').waitFor()
      await uploader(page).getByText('Choose this file again to continue.').waitFor()
      expect([await page.inputValue('[name=name]'), await page.inputValue('[name=description]')]).toEqual([
        'large.txt',
        'Hourly',
      ])
      expect(completed).toEqual([])
      expect((await road.dataset(dataset)).resources).toEqual([])

      await page.unrouteAll()
      const parts = watchParts(page)
      await chooseFile(uploader(page), path)
      await expectState(uploader(page), /ready/u)
      expect(parts).toEqual(['2'])
      expect(completed).toEqual([])
      await expectFile(scene(), await saveInBrowser(scene(), page, dataset), 'large.txt', bytes.length)
      expect((await road.dataset(dataset)).resources).toMatchObject([{ description: 'Hourly' }])
    })
    await page.context().close()
  })

  it('does not save the form without a file that has failed, until the person takes the file out', async () => {
    const { road } = scene()
    const { id: dataset } = await road.newDataset(0)
    const { page } = await openForm(scene(), dataset)
    await choose(page, 'empty.txt', '')
    await expectState(uploader(page), /failed/u)
    await uploader(page).locator('li').getByText('Empty files cannot be uploaded here').waitFor()
    await saveButton(page).click()
    await page.getByText('The file has failed.').waitFor()
    expect((await road.dataset(dataset)).resources).toEqual([])
    await press(page, 'Cancel: empty.txt')
    await choose(page, 'air.txt')
    await expectFile(scene(), await saveInBrowser(scene(), page, dataset), 'air.txt', CONTENT.length)
    await page.context().close()
  })

  it('says on the next page that the gateway refuses the file of a saved form for good', async () => {
    const { id: dataset } = await scene().road.newDataset(0)
    const { page } = await openForm(scene(), dataset)
    await choose(page, 'air.txt')
    await expectState(uploader(page), /ready/u)
    const refused = { status: 409, json: { error: { __type: 'Validation Error', id: ['This upload was aborted.'] } } }
    await page.route(/upload_complete/u, (route) => route.fulfill(refused))
    await saveInBrowser(scene(), page, dataset)
    const alert = page.getByRole('alert').filter({ hasText: 'The upload failed: This upload was aborted.' })
    await alert.waitFor()
    await page.reload()
    expect(await alert.count()).toBe(0)
    await page.context().close()
  })

  it('pauses the file when the session has ended, and goes on after a login in another tab', async () => {
    const { road } = scene()
    const { id: dataset } = await road.newDataset(0)
    const { page, logIn } = await openForm(scene(), dataset)
    await page.context().clearCookies()
    await choose(page, 'air.txt')
    await expectState(uploader(page), /paused/u)
    await uploader(page).locator('li').getByText('You are logged out').waitFor()
    await logIn(await page.context().newPage())
    await press(page, 'Continue: air.txt')
    await expectState(uploader(page), /ready/u)
    await page.context().close()
  })
}

/** The form of a new resource in a browser, with the user who has logged in there. */
async function openForm({ site, road, browser }: FormScene, dataset: string) {
  const user = await newUser(road, site, 'editor')
  const page = await openTab(browser)
  const logIn = async (tab: Page) => {
    await tab.goto(`${site.url}/user/login`)
    await fillInLogin(tab, user)
    await tab.waitForURL((url) => !url.pathname.includes('login'))
  }
  await logIn(page)
  await page.goto(addressOf(site, dataset))
  return { page, logIn }
}

/** The form waits for the parts, saves itself, and comes back empty. */
async function saveAndAddAnother(page: Page): Promise<void> {
  const next = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Save & add another' }).click()
  await next
  expect(await page.inputValue('[name=name]')).toBe('')
}

/** Saves the form while the file is under way. */
async function saveNow(page: Page): Promise<void> {
  await saveButton(page).click()
  const bar = saveButton(page).locator('progress')
  await expect.poll(async () => Number(await bar.getAttribute('value'))).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Save now' }).click()
}

async function downloaded(page: Page, act: () => Promise<void>): Promise<Buffer> {
  const begun = page.waitForEvent('download')
  await act()
  return readFile(await (await begun).path())
}

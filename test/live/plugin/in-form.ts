import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MIB } from '@ckan-uplink/core/support'
import type { Browser, Locator, Page, Request } from 'playwright-core'
import { expect } from 'vitest'
import type { Site } from '../support/sites.ts'
import type { PluginRoad } from './plugin-road.ts'

/** A browser, and a CKAN with the plugin. */
export interface FormScene {
  readonly site: Site
  readonly road: PluginRoad
  readonly browser: Browser
}

const AXE = fileURLToPath(import.meta.resolve('axe-core'))
const PART_BYTES = 16 * MIB

/** How many unfinished uploads the browser remembers. */
export const COUNT_KEPT = `new Promise((resolve) => {
  indexedDB.open('ckan-uplink').onsuccess = ({ target: { result } }) => {
    result.transaction('uploads').objectStore('uploads').count().onsuccess = ({ target }) => resolve(target.result)
  }
})`

export const CONTENT = 'Ozone\n'

/** The address of CKAN's form. */
export function addressOf(site: Site, dataset: string, resource?: string): string {
  return `${site.url}/dataset/${dataset}/resource/${resource === undefined ? 'new' : `${resource}/edit`}`
}

/** The field for a file. */
export const uploader = (page: Page): Locator => page.locator('.uplink-upload ckan-uplink')
/** The same on the page after a form that was saved before its file had arrived. */
export const savedUploader = (page: Page): Locator => page.locator('.uplink-saved ckan-uplink')
export const saveButton = (page: Page): Locator => page.locator('#resource-edit .form-actions button.btn-primary')

export function chooseFile(field: Locator, path: string): Promise<void> {
  return field.locator('input').first().setInputFiles(path)
}

export function choose(page: Page, name: string, content: string | Buffer = CONTENT, mimeType = 'text/plain') {
  return uploader(page)
    .locator('input')
    .first()
    .setInputFiles({ name, mimeType, buffer: Buffer.from(content) })
}

export const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).press('Enter')

export function expectState(field: Locator, state: RegExp): Promise<void> {
  return expect.poll(() => field.locator('ul li').first().getAttribute('class')).toMatch(state)
}

/** A file of this many parts on the disk, which `use` chooses in a browser. The last part is short. */
export async function withLargeFile(name: string, parts: number, use: (path: string, bytes: Buffer) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-form-'))
  const [path, bytes] = [join(folder, name), Buffer.alloc((parts - 1) * PART_BYTES + MIB, 'station,ozone\n')]
  await writeFile(path, bytes)
  await use(path, bytes)
  await rm(folder, { recursive: true })
}

/** The numbers of the parts that the page sends from now on. */
export function watchParts(page: Page): string[] {
  const parts: string[] = []
  page.on('request', (request) => {
    const number = partIn(request)
    if (number !== null && request.method() === 'PUT') parts.push(number)
  })
  return parts
}

/** Chooses a file, and waits until its first part has arrived. The store does not answer for the others. */
export async function sendFirstPart(page: Page, path: string): Promise<void> {
  await page.route(/partNumber=/u, (route) => (partIn(route.request()) === '1' ? route.continue() : undefined))
  const first = page.waitForResponse((answer) => partIn(answer.request()) === '1' && answer.status() === 200)
  await chooseFile(uploader(page), path)
  await first
}

/** What axe finds wrong below the element. */
export async function faultsIn(page: Page, selector: string): Promise<unknown> {
  await page.addScriptTag({ path: AXE })
  return page.evaluate(`axe.run('${selector}').then(({ violations }) => violations.map(({ help }) => help))`)
}

/** Presses the button of the form, which waits for the file. Returns the new resource. */
export async function saveInBrowser({ road }: FormScene, page: Page, dataset: string): Promise<string> {
  await saveButton(page).click()
  await page.waitForURL((url) => !url.pathname.endsWith('/new'))
  const [{ id: added }] = (await road.dataset(dataset)).resources
  return added
}

/** Waits until CKAN shows the file. */
export async function expectFile({ road }: FormScene, resource: string, name: string, size: number): Promise<void> {
  const shown = async () => (await road.resource(resource)).url
  await expect.poll(shown, { interval: 500 }).toMatch(new RegExp(`${name}$`, 'u'))
  expect(await road.resource(resource)).toMatchObject({ name, size })
}

function partIn(request: Request): string | null {
  return new URL(request.url()).searchParams.get('partNumber')
}

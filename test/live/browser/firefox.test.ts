import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink } from '@ckan-uplink/client'
import { MIB } from '@ckan-uplink/core/support'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FirefoxTab, openFirefox } from './firefox.ts'
import { servePage, type WebPage } from './web-page.ts'

const ELEMENT = "document.querySelector('ckan-uplink')"
const SHADOW = `${ELEMENT}.shadowRoot`
const CITIES = 'city,population\n東京,13960000\n'
/** Two parts. */
const LARGE = 20 * MIB

let folder: string
let web: WebPage
let local: LocalHandle
let tab: FirefoxTab

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-firefox-files-'))
  const settings = { ALLOWED_ORIGINS: '*' }
  local = await startLocal({ folder: join(folder, '.local'), ports: await choosePorts('0'), settings })
  web = await servePage({ files: {}, first: [] }, pageOf)
  tab = await openFirefox()
  await writeFile(join(folder, 'cities.csv'), CITIES)
  await writeFile(join(folder, 'large.bin'), Buffer.alloc(LARGE, 'large '))
})
afterAll(async () => {
  await tab?.close()
  web?.close()
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

function pageOf(query: URLSearchParams): string {
  const token = query.has('reader') ? local.tokens?.reader : local.tokens?.editor
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Upload</title><link rel="icon" href="data:,">
<ckan-uplink gateway="${local.gateway}" dataset="${local.dataset}" token="${token}"></ckan-uplink>
<script type="module" src="${local.gateway}/widget.js"></script></html>`
}

async function open(query = ''): Promise<void> {
  await tab.goto(`${web.origin}/${query}`)
  await expect.poll(() => tab.evaluate(`${SHADOW}?.querySelector('.drop') !== null`)).toBe(true)
}

const choose = (...names: readonly string[]) =>
  tab.chooseFiles(
    `${SHADOW}.querySelector('input')`,
    names.map((name) => join(folder, name)),
  )

/** The class and the text of the row of a file. */
const rowOf = (name: string) =>
  tab.evaluate(`[...${SHADOW}.querySelectorAll('li')].filter((row) => row.innerText.includes('${name}'))
    .map((row) => row.className + ' ' + row.innerText).join()`)

describe('the widget in Firefox', () => {
  it('links a small file and a large one in parts, and CKAN shows both', async () => {
    await open()
    await choose('cities.csv', 'large.bin')
    for (const name of ['cities.csv', 'large.bin']) await expect.poll(() => rowOf(name)).toMatch(/linked|loaded/u)
    const { action } = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
    const { resources } = await action<{ resources: { name: string; size: number; url: string }[] }>('package_show', {
      id: local.dataset,
    })
    const shown = resources.filter(({ name }) => ['cities.csv', 'large.bin'].includes(name))
    expect(shown.map(({ name, size }) => [name, size])).toEqual([
      ['cities.csv', Buffer.byteLength(CITIES)],
      ['large.bin', LARGE],
    ])
    expect(await (await fetch(shown[0]?.url ?? '')).text()).toBe(CITIES)
  })

  it('shows why a file failed', async () => {
    await open('?reader')
    await choose('cities.csv')
    await expect.poll(() => rowOf('cities.csv')).toMatch(/failed[\s\S]*Failed · .{10}/u)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCkanCalls, only } from '../../support/ckan-calls.ts'
import { serveWebPage, type WebPage } from '../browser/web-page.ts'
import { launchChromium, openTab } from '../support/browser.ts'
import { createGatewayCalls } from '../support/gateway-calls.ts'
import { describeReaders, type Portal } from './describe-readers.ts'

const CSV = 'town,people\nBern,134\n'

let folder: string
let ckan: CkanStandIn
let web: WebPage
let portal: Portal
let publicPortal: Portal
const editions: LocalHandle[] = []

async function openPortal(settings: (gatewayPort: number) => Readonly<Record<string, string>>): Promise<Portal> {
  const ports = await choosePorts('0')
  const local = await startLocal({
    folder: await mkdtemp(join(folder, 'edition-')),
    ports,
    ckan: { url: ckan.url, token: ckan.tokens.admin },
    settings: settings(ports.gateway),
  })
  editions.push(local)
  return {
    ...createCkanCalls(ckan),
    ...createGatewayCalls(() => local.gateway, ckan.tokens.editor),
    token: ckan.tokens.member,
    reach: (url) => url,
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-readers-'))
  ckan = await startCkanStandIn()
  web = await serveWebPage()
  portal = await openPortal(() => ({ ALLOWED_ORIGINS: web.origin }))
  publicPortal = await openPortal((port) => ({ PUBLIC_BUCKET_URL: `http://localhost:${port}` }))
})
afterAll(async () => {
  await Promise.all(editions.map((edition) => edition.close()))
  web?.close()
  await ckan?.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a file of the local edition', () => describeReaders(() => portal))
describe('a file at the public host of the local edition', () => describeReaders(() => publicPortal))

describe('a page at an allowed origin', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  it.each([
    ['without a token', false, false],
    ['with a token', true, true],
    ['by a preview', false, true],
  ])('reads a file and a part of it, and sees what it is: %s', async (how, isPrivate, isSentByGateway) => {
    const name = how === 'by a preview' ? 'map.png' : 'table.csv'
    const content = name === 'map.png' ? PNG : CSV
    const id = only(await portal.newDataset(1, { private: isPrivate }))
    const { url, headers } = await portal.askForUrl(id, { name })
    await fetch(url, { method: 'PUT', headers, body: content })
    await expect.poll(async () => (await portal.resource(id)).url).toContain(name)
    const page = await openTab(browser)
    await page.goto(web.origin)
    const query = how === 'by a preview' ? '?preview=1' : ''
    const task = { url: `${(await portal.resource(id)).url}${query}`, token: isPrivate ? portal.token : undefined }
    const read = await page.evaluate(readInPage, task)
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    expect(read).toMatchObject({
      content: [...bytes],
      range: `bytes 1-2/${bytes.length}`,
      isRedirected: !isSentByGateway,
    })
    expect(read.disposition).toContain(how === 'by a preview' ? 'inline' : 'attachment')
    expect(read.etag).toMatch(/^"[0-9a-f]+"$/u)
    await page.context().close()
  })
})

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Runs in the page. */
async function readInPage({ url, token }: { readonly url: string; readonly token: string | undefined }) {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: token }
  const whole = await fetch(url, { headers })
  const part = await fetch(url, { headers: { ...headers, Range: 'bytes=1-2' } })
  return {
    content: [...new Uint8Array(await whole.arrayBuffer())],
    isRedirected: whole.redirected,
    disposition: whole.headers.get('Content-Disposition'),
    etag: whole.headers.get('ETag'),
    range: part.headers.get('Content-Range'),
  }
}

import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink, type UploadOptions } from '@ckan-uplink/client'
import { MIB } from '@ckan-uplink/core/support'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import type { Browser, Page, Request, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium, openTab } from '../support/browser.ts'
import { serveWebPage, type WebPage } from './web-page.ts'

const LINE = 'city,population\n'

type CreateUplink = typeof createUplink

/** A task for the page: an upload of this many bytes, or of the chosen file. */
interface Task {
  readonly bytes?: number
  readonly options: Pick<UploadOptions, 'multipart' | 'checksum' | 'partsAtOnce' | 'name'> &
    ({ readonly dataset: string } | { readonly resume: string })
  readonly stallMs?: number
  readonly token?: string
  /** Aborts after this many bytes. */
  readonly abortAt?: number
}

interface Ended {
  readonly id?: string
  readonly resource?: string
  /** The id of the upload in parts, complete or not. */
  readonly begun?: string
  /** The values of `onProgress`, in order. */
  readonly sent: readonly number[]
  readonly error?: { readonly code?: string; readonly message: string }
}

let folder: string
let web: WebPage
let local: LocalHandle
let browser: Browser
let page: Page
/** The number of PUTs that the page has begun, and that the store has taken. */
let puts: { begun: number; taken: number }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-browser-'))
  web = await serveWebPage()
  local = await startLocal({
    folder: join(folder, '.local'),
    ports: await choosePorts('0'),
    settings: { ALLOWED_ORIGINS: web.origin },
  })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await local?.close()
  web?.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  page = await newPage(web.origin)
})
afterEach(() => page.context().close())

async function newPage(address: string): Promise<Page> {
  const fresh = await openTab(browser)
  const counts = { begun: 0, taken: 0 }
  puts = counts
  fresh.on('request', (request) => {
    if (isPut(request)) counts.begun += 1
  })
  fresh.on('response', (response) => {
    if (isPut(response.request()) && response.ok()) counts.taken += 1
  })
  await fresh.goto(address)
  await fresh.waitForFunction('globalThis.createUplink')
  return fresh
}

/** Runs in the page. */
async function work({
  gateway,
  token,
  task,
}: {
  readonly gateway: string
  readonly token: string
  readonly task: Task
}): Promise<Ended> {
  const inPage = globalThis as unknown as {
    createUplink: CreateUplink
    document: { querySelector(selector: string): { readonly files: readonly File[] } | null }
  }
  const { bytes, options, stallMs = 120_000, abortAt = Number.POSITIVE_INFINITY } = task
  const line = new TextEncoder().encode('city,population\n')
  const chosen = inPage.document.querySelector('input')?.files[0]
  const made =
    bytes === undefined
      ? undefined
      : new File([new Uint8Array(bytes).map((_, index) => line[index % line.length] ?? 0)], 'cities.csv')
  const stop = new AbortController()
  const sent: number[] = []
  let begun: string | undefined
  try {
    const uploaded = await inPage
      .createUplink({ gateway, token, stallMs, firstDelayMs: 20 })
      .upload((made ?? chosen) as File, {
        ...options,
        signal: stop.signal,
        onBegin({ id }) {
          begun = id
        },
        onProgress(progress) {
          sent.push(progress.sent)
          if (progress.sent >= abortAt) stop.abort(new Error('enough'))
        },
      })
    return { ...uploaded, sent, ...(begun !== undefined && { begun }) }
  } catch (thrown) {
    const { code, message } = thrown as { readonly code?: string; readonly message: string }
    return { sent, error: { message, ...(code !== undefined && { code }) }, ...(begun !== undefined && { begun }) }
  }
}

function upload({ token = local.tokens?.editor ?? '', ...task }: Task, inPage = page): Promise<Ended> {
  return inPage.evaluate(work, { gateway: local.gateway, token, task })
}

/** Waits until the resource shows a file of the expected size. */
async function expectLinked({ resource, error }: Ended, content: string): Promise<void> {
  expect(error).toBeUndefined()
  const show = () => editor().action<{ readonly url: string }>('resource_show', { id: resource })
  await expect.poll(show).toMatchObject({ size: content.length })
  const { url } = await show()
  const there = new Uint8Array(await (await fetch(url)).arrayBuffer())
  expect(createHash('sha256').update(there).digest('hex')).toBe(createHash('sha256').update(content).digest('hex'))
}

const isPut = (request: Request) => request.method() === 'PUT'
const contentOf = (bytes: number) => LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes)
const editor = () => createUplink({ gateway: local.gateway, token: local.tokens?.editor })
const dataset = () => ({ dataset: local.dataset ?? '' })

describe('the client in Chromium', () => {
  it.each([
    ['in one piece', false, 1],
    ['in parts', true, 3],
  ])('uploads a file %s with its checksum, and reports the progress', async (_how, multipart, expectedPuts) => {
    const bytes = 33 * MIB
    const ended = await upload({ bytes, options: { ...dataset(), multipart, checksum: true } })
    await expectLinked(ended, contentOf(bytes))
    expect(ended.sent.at(-1)).toBe(bytes)
    expect(ended.sent.length).toBeGreaterThan(2 * expectedPuts)
    expect(ended.sent).toEqual(ended.sent.toSorted((a, b) => a - b))
    expect(puts).toEqual({ begun: expectedPuts, taken: expectedPuts })
  })

  it('uploads an empty file', async () => {
    const ended = await upload({ bytes: 0, options: { ...dataset(), name: 'empty.csv' } })
    await expectLinked(ended, '')
  })

  it('stops on request, and uploads the missing parts in another tab', async () => {
    const bytes = 35 * MIB
    const options = { ...dataset(), multipart: true, partsAtOnce: 1 }
    const { error, begun = '' } = await upload({ bytes, options, abortAt: 20 * MIB })
    expect(error?.message).toBe('enough')
    const { parts } = await editor().action<{ readonly parts: readonly unknown[] }>('upload_list_parts', { id: begun })
    const missing = 3 - parts.length
    expect(missing).toBeGreaterThan(0)
    await page.context().close()
    page = await newPage(web.origin)
    const ended = await upload({ bytes, options: { resume: begun } })
    await expectLinked(ended, contentOf(bytes))
    expect(puts).toEqual({ begun: missing, taken: missing })
  })

  it('does not take a slow line for a stalled one', async () => {
    const session = await page.context().newCDPSession(page)
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 2 * MIB,
    })
    const ended = await upload({ bytes: 10 * MIB, options: dataset(), stallMs: 2000 })
    await expectLinked(ended, contentOf(10 * MIB))
    expect(puts).toEqual({ begun: 1, taken: 1 })
  })

  it('gives up a stalled attempt and makes another', async () => {
    // The first request is held: it neither proceeds nor fails.
    await page.route(/X-Amz-Signature/u, (route) => (puts.begun === 1 ? undefined : route.continue()))
    const ended = await upload({ bytes: 5 * MIB, options: dataset(), stallMs: 1500 })
    await expectLinked(ended, contentOf(5 * MIB))
    expect(puts).toEqual({ begun: 2, taken: 1 })
  })

  it('reports refusals of the store and of the gateway', async () => {
    const tampered = (route: Route) => route.continue({ url: `${route.request().url()}0` })
    await page.route(/X-Amz-Signature/u, tampered)
    expect((await upload({ bytes: 100, options: dataset() })).error).toMatchObject({
      code: 'store',
      message: expect.stringMatching(/status 403 \(\w+\)/u),
    })
    expect(puts.begun).toBe(1)
    expect((await upload({ bytes: 100, options: dataset(), token: local.tokens?.reader ?? '' })).error).toMatchObject({
      code: 'not_allowed',
    })
  })

  it('reports a file that changed during the upload', async () => {
    const path = join(folder, 'chosen.csv')
    await writeFile(path, contentOf(1000))
    await page.locator('input').setInputFiles(path)
    await expectLinked(await upload({ options: dataset() }), contentOf(1000))
    await writeFile(path, contentOf(2000))
    expect((await upload({ options: dataset() })).error).toMatchObject({ code: 'source' })
  })

  it('cannot upload from a page of another origin', async () => {
    const other = await newPage(web.origin.replace('127.0.0.1', 'localhost'))
    expect((await upload({ bytes: 100, options: dataset() }, other)).error).toMatchObject({ code: 'unavailable' })
    expect(puts.begun).toBe(0)
    await other.context().close()
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink } from '@ckan-uplink/client'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium, openTab } from '../support/browser.ts'

const SERVE = join(import.meta.dirname, '../../../examples/browser/serve.ts')
const CSV = 'city,population\n東京,13960000\n'

let folder: string
let serving: ChildProcess
let printed = ''
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-example-'))
  serving = spawn(process.execPath, ['-C', 'source', SERVE], { stdio: ['ignore', 'pipe', 'inherit'] })
  serving.stdout?.on('data', (chunk) => {
    printed += chunk
  })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await stop()
  await rm(folder, { recursive: true, force: true })
})

async function stop(): Promise<void> {
  if (serving === undefined || serving.exitCode !== null) return
  const closed = new Promise((resolve) => serving.once('close', resolve))
  serving.kill('SIGTERM')
  await closed
}

/** A value for the form that the example has printed. */
function value(name: string): string {
  return new RegExp(`^${name} +(.+)$`, 'mu').exec(printed)?.[1] ?? ''
}

it('the web page uploads a chosen file and links to its resource in CKAN', async () => {
  await expect.poll(() => printed).toMatch(/^token .+\n/mu)
  const file = join(folder, 'cities.csv')
  await writeFile(file, CSV)
  const page = await openTab(browser)
  await page.goto(value('page'))
  for (const name of ['gateway', 'dataset', 'token']) await page.fill(`[name=${name}]`, value(name))
  await page.setInputFiles('[name=file]', file)
  await page.click('button')
  const words = () => page.evaluate<string>('document.querySelector("output").value')
  await expect.poll(words).toMatch(/^CKAN shows the file in resource .+\.$/u)
  const id = /resource (.+)\.$/u.exec(await words())?.[1] ?? ''
  const editor = createUplink({ gateway: value('gateway'), token: value('token') })
  const { url } = await editor.action<{ readonly url: string }>('resource_show', { id })
  expect(await (await fetch(url)).text()).toBe(CSV)
})

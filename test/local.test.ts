import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findLocalEdition } from '@ckan-uplink/cli'
import type { JsonObject } from '@ckan-uplink/core/support'
import { choosePorts, type LocalHandle, type LocalOptions, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPerson } from './live/support/person.ts'

const CSV = '都市,人口\n東京,13960000\n'
const FILE_NAME = '日本語 データ (1)+final.csv'
const REPOSITORY = join(import.meta.dirname, '..')

let folder: string
let local: LocalHandle

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  local = await start()
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(options: Partial<LocalOptions> = {}): Promise<LocalHandle> {
  return startLocal({ folder, ports: await choosePorts('0'), ...options })
}

async function act(
  action: string,
  params: object,
  token = local.tokens?.editor,
): Promise<{ readonly status: number; readonly result: JsonObject }> {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: token }) }
  const response = await fetch(`${local.gateway}/api/3/action/${action}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(params),
  })
  return { status: response.status, result: JSON.parse(await response.text()).result }
}

async function newResource(): Promise<string> {
  const { result } = await act('resource_create', { package_id: local.dataset, name: 'Population' })
  return String(result['id'])
}

async function askForUrl(id: string, declared: object = {}): Promise<string> {
  return String((await act('resource_upload', { id, ...declared })).result['presigned_url'])
}

/** Uploads like `curl -T`: the bytes without a header. */
function put(url: string, content = CSV): Promise<Response> {
  return fetch(url, { method: 'PUT', body: new TextEncoder().encode(content) })
}

async function showWhenLinked(id: string): Promise<JsonObject> {
  await expect.poll(async () => (await act('resource_show', { id })).result['url']).toMatch(/\/download\//u)
  return (await act('resource_show', { id })).result
}

describe('the local edition', () => {
  it('links a file that was uploaded by its URL alone, and serves it', async () => {
    const id = await newResource()
    const response = await put(await askForUrl(id, { name: FILE_NAME }))
    expect(response.status).toBe(200)
    const resource = await showWhenLinked(id)
    expect(resource).toMatchObject({ format: 'CSV', mimetype: 'text/csv', size: new TextEncoder().encode(CSV).length })
    expect(resource['last_modified']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/u)
    const download = await fetch(String(resource['url']))
    expect(await download.text()).toBe(CSV)
    expect(download.headers.get('content-disposition')).toContain(
      encodeURIComponent(FILE_NAME).replace(/[()]/gu, (bracket) => `%${bracket.charCodeAt(0).toString(16)}`),
    )
  })

  it('links a file after a restart if its notification was lost', async () => {
    await local.close()
    local = await start({ delaysMs: () => [] })
    const id = await newResource()
    expect((await put(await askForUrl(id))).status).toBe(200)
    await local.close()
    local = await start()
    expect(await showWhenLinked(id)).toMatchObject({ size: new TextEncoder().encode(CSV).length })
  })

  it('ends in the same state if notifications arrive twice and late', async () => {
    await local.close()
    local = await start({ delaysMs: () => [300, 0, 100] })
    const id = await newResource()
    await put(await askForUrl(id, { name: 'first.csv' }))
    await put(await askForUrl(id, { name: 'second.csv' }))
    await expect.poll(async () => (await act('resource_show', { id })).result['url']).toMatch(/second\.csv/u)
  })

  it('keeps its tokens and its data over a restart', async () => {
    const { tokens, dataset } = local
    const id = await newResource()
    await local.close()
    local = await start()
    expect({ tokens: local.tokens, dataset: local.dataset }).toEqual({ tokens, dataset })
    expect((await act('resource_show', { id })).status).toBe(200)
  })

  it('has upload links, and serves their page', async () => {
    const { status, result } = await act('upload_link_create', {
      dataset: local.dataset,
      max_files: 1,
      max_bytes: 1000,
      expires_in: 60,
    })
    expect(status).toBe(200)
    const address = String(result['url'])
    expect((await fetch(address)).ok).toBe(true)
    const secret = new URL(address).hash.slice(1)
    const [id] = secret.split('-')
    expect((await act('upload_link_show', { id }, `uplink-link-${secret}`)).status).toBe(200)
  })

  it('has an upload page for a token, which leads to no page of CKAN', async () => {
    const page = await (await fetch(`${local.gateway}/upload/${local.dataset}`)).text()
    expect(page).toContain('upload-page.js')
    expect(page).not.toContain(local.ckan)
  })

  it('opens a private file in a browser, which asks for a token as the password', async () => {
    const { owner_org } = (await act('package_show', { id: local.dataset })).result
    const made = await act('package_create', {
      name: 'private',
      owner_org,
      private: true,
      resources: [{ name: 'Air' }],
    })
    const [resource] = made.result['resources'] as readonly JsonObject[]
    const id = String(resource?.['id'])
    await put(await askForUrl(id, { name: 'air.csv' }))
    const { url } = await showWhenLinked(id)
    const person = createPerson()
    const open = async (password = '') => {
      const { headers } = await person.visit(String(url))
      const Authorization = `Basic ${btoa(`me:${password}`)}`
      const page = await person.visit(headers.location ?? '', password === '' ? {} : { Authorization })
      return page.headers.location === undefined ? page : (await person.open(page.headers.location)).at(-1)
    }
    const asks = { status: 401, headers: { 'www-authenticate': expect.stringContaining('a token') } }
    for (const password of ['', 'made-up']) expect(await open(password)).toMatchObject(asks)
    expect(await open(local.tokens?.reader)).toMatchObject({ status: 200, text: CSV })
  })

  it('refuses a tampered URL', async () => {
    const url = await askForUrl(await newResource())
    expect((await put(url.replace(/.$/u, (last) => (last === '0' ? '1' : '0')))).status).toBe(403)
  })

  it('refuses an expired URL', async () => {
    const url = await askForUrl(await newResource(), { expires_in: 1 })
    await expect.poll(async () => (await put(url)).status, { interval: 500 }).toBe(403)
  })

  it('gives a reader and a stranger no URL', async () => {
    const id = await newResource()
    for (const token of [local.tokens?.reader, '', 'made-up'])
      expect((await act('resource_upload', { id }, token)).status).toBe(403)
  })

  it('writes its addresses to a file that only its owner can read, and removes the file at its end', async () => {
    const file = join(folder, 'instance.json')
    const { gateway, ckan, storage, settings, tokens, dataset, resources } = local
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      gateway,
      ckan,
      storage,
      settings,
      tokens,
      dataset,
      resources,
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await local.close()
    await expect(stat(file)).rejects.toThrow('ENOENT')
    local = await start()
  })

  it("works with the user's own CKAN and its plugin, and shows neither token nor secret", async () => {
    const own = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
    const token = local.tokens?.admin ?? ''
    const grantSecret = 'c7'.repeat(32)
    const ckan = { url: local.ckan, token }
    const other = await startLocal({ folder: own, ports: await choosePorts('0'), ckan, grantSecret })
    try {
      expect(await (await fetch(`${other.gateway}/readyz`)).json()).toMatchObject({ status: 'ok' })
      expect(other.settings).toMatchObject({ UPLOAD_LINKS: 'true', ALLOWED_ORIGINS: local.ckan })
      const known = await readFile(join(own, 'instance.json'), 'utf8')
      for (const secret of [token, grantSecret]) expect(known).not.toContain(secret)
    } finally {
      await other.close()
      await rm(own, { recursive: true, force: true })
    }
  })
})

describe('npm start', () => {
  it.each([
    [0, 'gateway'],
    [1, 'storage'],
    [2, 'CKAN'],
  ])('names a port that is taken, and the fix: %d after the first', async (offset, purpose) => {
    const { server, port } = await listenSomewhere()
    const { code, output } = await runStart({ PORT: String(port - offset) })
    server.close()
    expect(code).toBe(1)
    expect(output.trim()).toBe(
      `Port ${port} for the ${purpose} is taken. Stop the program that uses it, or choose other ports: PORT=9000 npm start.`,
    )
  })

  it('explains a valid port', async () => {
    const { code, output } = await runStart({ PORT: 'eighty' })
    expect([code, output.trim()]).toEqual([
      1,
      'PORT is "eighty": give a whole number from 0 to 65533, such as PORT=9000 npm start.',
    ])
  })

  it('runs twice from one clone, with folders, ports and settings of their own', async () => {
    const folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))))
    const children = folders.map((own, index) =>
      startScript('main.ts', [], { LOCAL_DIR: own, PORT: '0', QUOTA_FILES: String(index + 1) }),
    )
    try {
      const find = () => Promise.all(folders.map((own) => findLocalEdition(REPOSITORY, { LOCAL_DIR: own })))
      await expect.poll(find, { timeout: 60_000 }).not.toContain(undefined)
      const gateways = (await find()).map((instance) => instance?.gateway)
      expect(new Set(gateways).size).toBe(2)
      for (const gateway of gateways) expect((await fetch(`${gateway}/healthz`)).ok).toBe(true)
      expect((await find()).map((instance) => instance?.settings['QUOTA_FILES'])).toEqual(['1', '2'])
    } finally {
      for (const child of children) child.kill('SIGINT')
      await Promise.all(children.map((child) => new Promise((resolve) => child.once('close', resolve))))
      await Promise.all(folders.map((own) => rm(own, { recursive: true, force: true })))
    }
  })

  it('names every fault of the settings before it starts', async () => {
    const { code, output } = await runStart({
      QUOTA_FILES: 'many',
      SCANNER: 'platform',
      WEBHOOK_URLS: 'http://10.0.0.1',
    })
    expect(code).toBe(1)
    for (const name of ['QUOTA_FILES is "many"', 'SCANNER is platform', 'WEBHOOK_URLS has', 'WEBHOOK_SECRETS holds'])
      expect(output).toContain(name)
  })

  it('needs both the address and the token of a CKAN, or neither', async () => {
    const { code, output } = await runStart({ CKAN_URL: 'http://127.0.0.1:5000' })
    expect([code, output]).toEqual([1, expect.stringContaining('CKAN_URL and CKAN_API_TOKEN need each other')])
  })
})

describe('npm run demo', () => {
  it('makes the round trip with open data and a difficult name', async () => {
    const { code, output } = await run('demo/main.ts', [])
    expect(output).toContain('6 of 6 files made the round trip.')
    expect(output).toContain(FILE_NAME)
    expect(code).toBe(0)
  })

  it('fails if a file fails', async () => {
    const { code, output } = await run('demo/main.ts', ['no-such-file.csv'])
    expect([code, output]).toEqual([1, expect.stringContaining('no such file')])
  })

  it('explains itself', async () => {
    expect(await run('demo/main.ts', ['--help'])).toEqual({
      code: 0,
      output: expect.stringContaining('npm run demo -- [FILE…]'),
    })
  })
})

/** Below the ports that systems assign by themselves, so that the next ports are free. */
async function listenSomewhere(): Promise<{ readonly server: Server; readonly port: number }> {
  const port = 20_002 + Math.floor(Math.random() * 9000)
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return { server, port }
}

function runStart(environment: Readonly<Record<string, string>>): Promise<Ended> {
  return run('main.ts', [], environment)
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

function startScript(script: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
  const { PATH, HOME } = process.env
  const path = join(REPOSITORY, 'packages/local/src', script)
  return spawn(process.execPath, ['-C', 'source', path, ...args], {
    cwd: REPOSITORY,
    env: { PATH, HOME, NODE_COMPILE_CACHE: join(REPOSITORY, 'node_modules/.cache/compile'), ...environment },
  })
}

async function run(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = startScript(script, args, environment)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
